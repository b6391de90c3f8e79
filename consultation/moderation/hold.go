package moderation

import (
	"context"
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

// The reasons to hold a text until a moderator has read it.
const (
	holdPreModerated = "PRE_MODERATION"
	holdLinks        = "LINKS"
	holdWords        = "WORDS"
	holdRepeated     = "REPEATED"
)

// holdChecks each return the reason for which they hold a text, or "". They refuse nothing.
var holdChecks = []func(*Writing) string{
	(*Writing).preModerated,
	(*Writing).manyLinks,
	(*Writing).heldWord,
	(*Writing).repeated,
}

// Examine returns all reasons to hold a text, in the order of holdChecks; nil when it can be published at once.
func Examine(w *Writing) (held []string) {
	for _, check := range holdChecks {
		if why := check(w); why != "" {
			held = append(held, why)
		}
	}
	return held
}

// RepeatedWithin is how long the same text of the same person counts as repeated. Of many, MaxRecent are compared, the
// newest.
const (
	RepeatedWithin = time.Hour
	MaxRecent      = 100
)

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
	Recent  []string       // what they wrote within RepeatedWithin, at most MaxRecent
}

// NewWriting begins the Writing of what v wants to publish in p. The caller fills in the other fields; Known matters
// only where the process reads newcomers first.
func NewWriting(v auth.Viewer, p *ent.Process) *Writing {
	return &Writing{process: p, Trusted: permission.Ask(v, "hideContent", permission.About{Process: p.ID}) == nil}
}

// preModerated holds what a moderator has to read first: everything, or the first contribution of each person, as the
// process says.
func (w *Writing) preModerated() string {
	mode := w.process.PreModeration
	if !w.Trusted && (mode == process.PreModerationALL || mode == process.PreModerationFIRST && !w.Known) {
		return holdPreModerated
	}
	return ""
}

// manyLinks holds what has more new links than the process allows; a limit of 0 means any number.
func (w *Writing) manyLinks() string {
	if limit := w.process.LinkLimit; !w.Trusted && limit > 0 && w.Links() > limit {
		return holdLinks
	}
	return ""
}

// Links counts the links that are new, in the text as it will be published. It returns 0 for a nil Writing.
func (w *Writing) Links() int {
	if w == nil {
		return 0
	}
	return strings.Count(w.Html, "<a ") - w.Before.Links()
}

// heldWord holds what has one of the process's words in it, unless the text that it changes had it already.
func (w *Writing) heldWord() string {
	isNew := func(word string) bool { return w.says(word) && !w.Before.says(word) }
	if !w.Trusted && slices.ContainsFunc(w.process.HeldWords, isNew) {
		return holdWords
	}
	return ""
}

// says reports whether a word, or words in this order, are in the text, however they are written there. It returns
// false for a nil Writing.
func (w *Writing) says(word string) bool {
	if w == nil {
		return false
	}
	if w.wording == nil {
		w.wording = clean.NewWording(w.Text, w.Plain)
	}
	return w.wording.Says(word)
}

// repeated holds what the same person has written lately, unless it changes a text that was the same.
func (w *Writing) repeated() string {
	if w.Trusted || !w.process.HoldsRepeats || len(w.Recent) == 0 {
		return ""
	}

	folded := clean.Fold(w.Text)
	same := func(earlier string) bool { return clean.Fold(earlier) == folded }
	if slices.ContainsFunc(w.Recent, same) && (w.Before == nil || !same(w.Before.Text)) {
		return holdRepeated
	}
	return ""
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
