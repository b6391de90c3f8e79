package consultation

import (
	"context"
	"errors"
	"html"
	"slices"
	"strings"
	"time"

	"ensemble/auth"
	"ensemble/consultation/text"
	"ensemble/ent"
	"ensemble/ent/moderationcase"
	"ensemble/ent/process"
)

// hold is what a check answers that wants a moderator to read first: it is no refusal, and later checks may still refuse.
type hold string

// Why something is held.
const (
	holdPreModerated hold = "PRE_MODERATION"
	holdLinks        hold = "LINKS"
	holdWords        hold = "WORDS"
	holdRepeated     hold = "REPEATED"
)

// Error implements error.
func (h hold) Error() string { return "held: " + string(h) }

// examine runs checks in their order. The first refusal counts; if there is none, all reasons to hold do.
func examine[D any](d D, checks []func(D) error) (held []string, err error) {
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

// repeatedWithin is how long the same text of the same person counts as repeated.
const repeatedWithin = time.Hour

// writing is what somebody wants to publish, as the checks that can hold it look at it.
type writing struct {
	process *ent.Process
	text    string        // all of it
	plain   string        // what of it is read, without marks
	html    string        // as it will be shown
	before  *writing      // what it changes, whose links and words are not theirs; nil for nothing
	wording *text.Wording // of text and plain, once a word was looked for
	trusted bool          // those who moderate here need nobody to read them first
	known   bool          // something of theirs was published here before
	recent  []string      // what they wrote within repeatedWithin
}

// newWriting begins what v wants to publish in p. Who writes fills in the rest, known only where newcomers are read first.
func newWriting(v auth.Viewer, p *ent.Process) *writing {
	return &writing{process: p, trusted: permit(v, "hide", about{process: p.ID}) == nil}
}

// holdChecks are those that can only hold: for comments, they are among postChecks.
var holdChecks = []func(*writing) error{
	(*writing).preModerated,
	(*writing).fewLinks,
	(*writing).noHeldWord,
	(*writing).notRepeated,
}

func (w *writing) preModerated() error {
	mode := w.process.PreModeration
	if !w.trusted && (mode == process.PreModerationALL || mode == process.PreModerationFIRST && !w.known) {
		return holdPreModerated
	}
	return nil
}

func (w *writing) fewLinks() error {
	if limit := w.process.LinkLimit; !w.trusted && limit > 0 && w.links() > limit {
		return holdLinks
	}
	return nil
}

// links counts those that are new, as they are shown.
func (w *writing) links() int {
	if w == nil {
		return 0
	}
	return strings.Count(w.html, "<a ") - w.before.links()
}

func (w *writing) noHeldWord() error {
	if !w.trusted && slices.ContainsFunc(w.process.HeldWords, func(word string) bool { return w.says(word) && !w.before.says(word) }) {
		return holdWords
	}
	return nil
}

// says tells whether a word, or words in this order, are in the text, however they are written there.
func (w *writing) says(word string) bool {
	if w == nil {
		return false
	}
	if w.wording == nil {
		w.wording = text.NewWording(w.text, html.UnescapeString(w.plain))
	}
	return w.wording.Says(word)
}

func (w *writing) notRepeated() error {
	same := func(earlier string) bool { return text.Fold(earlier) == text.Fold(w.text) }
	if !w.trusted && w.process.HoldsRepeats && slices.ContainsFunc(w.recent, same) && (w.before == nil || !same(w.before.text)) {
		return holdRepeated
	}
	return nil
}

// holdItem puts something that is not published among what waits for moderators.
func holdItem(ctx context.Context, tx *Tx, i Item, why []string) error {
	c, err := caseOf(ctx, tx, i)
	if err != nil {
		return err
	}
	c, err = c.Update().SetState(moderationcase.StateHELD).SetRemoved(true).SetHeldFor(why).SetOpenedAt(tx.service.now()).ClearDecidedAt().Save(ctx)
	if err != nil {
		return err
	}
	queueChanged(tx, c)
	return nil
}
