package consultation

import (
	"context"
	"errors"
	"html"
	"slices"
	"strings"
	"time"

	"entgo.io/ent/dialect/sql"

	"ensemble/auth"
	"ensemble/consultation/text"
	"ensemble/ent"
	"ensemble/ent/amendment"
	"ensemble/ent/comment"
	"ensemble/ent/commitment"
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

// writingOf reads what the checks need to know of somebody who writes in a process.
func (tx *Tx) writingOf(ctx context.Context, v auth.Viewer, p *ent.Process) (*writing, error) {
	w := &writing{process: p, trusted: permit(v, "hide", about{process: p.ID}) == nil}
	if w.trusted || p.PreModeration != process.PreModerationFIRST {
		return w, nil
	}
	var err error
	w.known, err = tx.hasPublished(ctx, v.UserID, p.ID)
	return w, err
}

// hasPublished says whether a comment or an amendment of a person can be read in a process.
func (tx *Tx) hasPublished(ctx context.Context, user, processID string) (bool, error) {
	commented, err := tx.Comment.Query().Where(comment.AuthorID(user), comment.HiddenAtIsNil(), comment.DeletedAtIsNil(),
		func(s *sql.Selector) {
			here := sql.Dialect(s.Dialect()).Select(commitment.FieldID).From(sql.Table(commitment.Table)).Where(sql.EQ(commitment.FieldProcessID, processID))
			s.Where(sql.In(s.C(comment.FieldTopic), here))
		}).Exist(ctx)
	if err != nil || commented {
		return commented, err
	}
	return tx.Amendment.Query().Where(amendment.AuthorID(user), amendment.StateNEQ(amendment.StateDRAFT), amendment.HiddenAtIsNil(),
		amendment.HasCommitmentWith(commitment.ProcessID(processID))).Exist(ctx)
}

// recentTexts are what comments of a person say that they posted or edited a short while ago, but one; nothing where
// repeats are welcome.
func (tx *Tx) recentTexts(ctx context.Context, user string, p *ent.Process, but string) ([]string, error) {
	if !p.HoldsRepeats || tx.service.AllowRepeats {
		return nil, nil
	}
	since := tx.service.now().Add(-repeatedWithin)
	return tx.Comment.Query().Where(comment.AuthorID(user), comment.IDNEQ(but), comment.Or(comment.CreatedAtGT(since), comment.EditedAtGT(since))).
		Select(comment.FieldBody).Strings(ctx)
}

// recentAmendments are what amendments of a person to other commitments say that they submitted a short while ago, published
// or not; nothing where repeats are welcome.
func (tx *Tx) recentAmendments(ctx context.Context, d *ent.Amendment, p *ent.Process) ([]string, error) {
	if !p.HoldsRepeats || tx.service.AllowRepeats {
		return nil, nil
	}
	since := tx.service.now().Add(-repeatedWithin)
	rows, err := tx.Amendment.Query().Where(amendment.AuthorID(d.AuthorID), amendment.CommitmentIDNEQ(d.CommitmentID),
		amendment.Or(amendment.SubmittedAtGT(since), amendment.HeldAtGT(since))).
		Select(amendment.FieldTitle, amendment.FieldBody, amendment.FieldRationale).All(ctx)
	texts := make([]string, len(rows))
	for n, row := range rows {
		texts[n] = wordsOf(row)
	}
	return texts, err
}

// wordsOf are all that somebody wrote in an amendment.
func wordsOf(d *ent.Amendment) string { return d.Title + "\n" + d.Body + "\n" + d.Rationale }

// examineAmendment says why a draft that is submitted is held: nil when nothing speaks against it. What its base says as
// well is not held against it.
func (tx *Tx) examineAmendment(ctx context.Context, d *ent.Amendment, c *ent.Commitment) ([]string, error) {
	p, err := tx.Process.Get(ctx, c.ProcessID)
	if err != nil {
		return nil, err
	}
	w, err := tx.writingOf(ctx, auth.ViewerFrom(ctx), p)
	if err != nil {
		return nil, err
	}
	if w.recent, err = tx.recentAmendments(ctx, d, p); err != nil {
		return nil, err
	}
	base, err := tx.baseOf(ctx, d)
	if err != nil {
		return nil, err
	}
	title, body := base.Title[d.Language], base.Body[d.Language]
	w.before = &writing{text: title + "\n" + body, plain: text.OfficialPlain(body), html: text.OfficialHTML(body)}
	w.text = wordsOf(d)
	w.plain = text.OfficialPlain(d.Body) + "\n" + text.CommentPlain(d.Rationale)
	w.html = text.OfficialHTML(d.Body) + text.CommentHTML(d.Rationale)
	return examine(w, holdChecks)
}

// holdAmendment leaves a draft as it is until a moderator has read it.
func (tx *Tx) holdAmendment(ctx context.Context, d *ent.Amendment, c *ent.Commitment, why []string) (*ent.Amendment, error) {
	id := d.ID
	d, err := d.Update().SetHeldAt(tx.service.now()).Where(amendment.StateEQ(amendment.StateDRAFT)).Save(ctx)
	if err != nil {
		return nil, tx.overtaken(ctx, id, err)
	}
	return d, tx.holdItem(ctx, &item{amendment: d, commitment: c}, why)
}

// holdItem puts something that is not published among what waits for moderators.
func (tx *Tx) holdItem(ctx context.Context, i *item, why []string) error {
	c, err := tx.caseOf(ctx, i)
	if err != nil {
		return err
	}
	c, err = c.Update().SetState(moderationcase.StateHELD).SetRemoved(true).SetHeldFor(why).SetOpenedAt(tx.service.now()).ClearDecidedAt().Save(ctx)
	if err != nil {
		return err
	}
	tx.queueChanged(c)
	return nil
}

// publish posts what was held, as if its author wrote it now: with the event that everybody waits for.
// Errors: CLOSED when its subject takes none any more; CONFLICT when what it answers is gone, or its author does not sign for
// its organization any more.
func (tx *Tx) publish(ctx context.Context, i *item) error {
	tx.author = i.author()
	if err := tx.stillSigned(ctx, i); err != nil {
		return err
	}
	if i.amendment != nil {
		if i.commitment.Status != commitment.StatusOPEN {
			return refuse(Closed, "Amendments are closed here.")
		}
		_, err := tx.submit(ctx, i.amendment, i.commitment)
		return err
	}
	if !i.on.isPublic() {
		return moved("HIDDEN", "A moderator hid this amendment.")
	}
	m := i.comment
	if m.ParentID != nil {
		parent, err := tx.Comment.Get(ctx, *m.ParentID)
		if err != nil {
			return err
		}
		if IsRemoved(parent) {
			return moved(removalOf(parent), "The comment that it answers was removed.")
		}
	}
	m, err := m.Update().ClearHeldAt().ClearHiddenAt().Save(ctx)
	if err != nil {
		return err
	}
	return tx.posted(ctx, i.on, m)
}

// caseHolding is the case of an amendment, locked, that is held or was refused; nil for others.
func (tx *Tx) caseHolding(ctx context.Context, a *ent.Amendment) (*ent.ModerationCase, error) {
	if a.HeldAt == nil {
		return nil, nil
	}
	return tx.ModerationCase.Query().Where(moderationcase.ItemID(a.ID)).Only(ctx)
}
