package moderation

import (
	"context"
	"errors"
	"html"
	"slices"
	"strings"
	"time"

	"ensemble/auth"
	"ensemble/consultation/change"
	"ensemble/consultation/permission"
	"ensemble/consultation/text/clean"
	"ensemble/ent"
	"ensemble/ent/moderationcase"
	"ensemble/ent/process"
)

// hold is the answer of a check that wants a moderator to read the text first. It is not a refusal, and later checks
// may still refuse.
type hold string

// The reasons to hold something.
const (
	holdPreModerated hold = "PRE_MODERATION"
	holdLinks        hold = "LINKS"
	holdWords        hold = "WORDS"
	holdRepeated     hold = "REPEATED"
)

// Error implements error.
func (h hold) Error() string { return "held: " + string(h) }

// Examine runs checks in their order. It returns the first refusal, or, if there is none, all reasons to hold, in the
// order of the checks; nil when there are none.
// Errors: the first one of a check that is not a hold.
func Examine[D any](d D, checks []func(D) error) (held []string, err error) {
	for _, check := range checks {
		err := check(d)
		if why, ok := errors.AsType[hold](err); ok {
			held = append(held, string(why))
		} else if err != nil {
			return nil, err
		}
	}
	return held, nil
}

// RepeatedWithin is how long the same text of the same person counts as repeated.
const RepeatedWithin = time.Hour

// Writing is what somebody wants to publish, in the form that the checks that can hold it look at.
type Writing struct {
	process *ent.Process
	Text    string         // all of it
	Plain   string         // what of it is read, without marks
	Html    string         // as it will be published
	Before  *Writing       // the text that it changes, whose links and words do not count; nil when it is a new text
	wording *clean.Wording // of text and plain, once a word was looked for
	Trusted bool           // those who moderate here need nobody to read them first
	Known   bool           // something of theirs was published here before
	Recent  []string       // what they wrote within RepeatedWithin
}

// NewWriting begins the Writing of what v wants to publish in p. The caller fills in the other fields; Known matters
// only where the process reads newcomers first.
func NewWriting(v auth.Viewer, p *ent.Process) *Writing {
	return &Writing{process: p, Trusted: permission.Ask(v, "hide", permission.About{Process: p.ID}) == nil}
}

// HoldChecks are the checks that can hold a text, and never refuse it. For comments they are the last of the postChecks
// of package roadmap.
var HoldChecks = []func(*Writing) error{
	(*Writing).PreModerated,
	(*Writing).FewLinks,
	(*Writing).NoHeldWord,
	(*Writing).NotRepeated,
}

// PreModerated holds what a moderator has to read first: everything, or the first contribution of each person, as the
// process says.
func (w *Writing) PreModerated() error {
	mode := w.process.PreModeration
	if !w.Trusted && (mode == process.PreModerationALL || mode == process.PreModerationFIRST && !w.Known) {
		return holdPreModerated
	}
	return nil
}

// FewLinks holds what has more new links than the process allows; a limit of 0 means any number.
func (w *Writing) FewLinks() error {
	if limit := w.process.LinkLimit; !w.Trusted && limit > 0 && w.Links() > limit {
		return holdLinks
	}
	return nil
}

// Links counts the links that are new, in the text as it will be published. It returns 0 for a nil Writing.
func (w *Writing) Links() int {
	if w == nil {
		return 0
	}
	return strings.Count(w.Html, "<a ") - w.Before.Links()
}

// NoHeldWord holds what has one of the process's words in it, unless the text that it changes had it already.
func (w *Writing) NoHeldWord() error {
	isNew := func(word string) bool { return w.says(word) && !w.Before.says(word) }
	if !w.Trusted && slices.ContainsFunc(w.process.HeldWords, isNew) {
		return holdWords
	}
	return nil
}

// says reports whether a word, or words in this order, are in the text, however they are written there. It returns
// false for a nil Writing.
func (w *Writing) says(word string) bool {
	if w == nil {
		return false
	}
	if w.wording == nil {
		w.wording = clean.NewWording(w.Text, html.UnescapeString(w.Plain))
	}
	return w.wording.Says(word)
}

// NotRepeated holds what the same person has written lately, unless it changes a text that was the same.
func (w *Writing) NotRepeated() error {
	same := func(earlier string) bool { return clean.Fold(earlier) == clean.Fold(w.Text) }
	if !w.Trusted && w.process.HoldsRepeats && slices.ContainsFunc(w.Recent, same) &&
		(w.Before == nil || !same(w.Before.Text)) {
		return holdRepeated
	}
	return nil
}

// HoldItem puts something that is not published among what waits for moderators; why has the reasons that Examine
// returned. The caller has locked the item.
// Errors: none but those of the database.
func HoldItem(ctx context.Context, tx *change.Tx, i Item, why []string) error {
	c, err := caseOf(ctx, tx, i)
	if err != nil {
		return err
	}

	c, err = c.Update().SetState(moderationcase.StateHELD).SetRemoved(true).SetHeldFor(why).
		SetOpenedAt(tx.Moment()).ClearDecidedAt().Save(ctx)
	if err != nil {
		return err
	}

	queueChanged(tx, c)
	return nil
}
