package roadmap

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"ensemble/consultation/change"
	"ensemble/consultation/processes"
	"ensemble/consultation/public"
	"ensemble/consultation/refusal"
	"ensemble/ent"
	"ensemble/ent/comment"
	"ensemble/ent/predicate"
)

// subject is what a comment is about, with all that decides whether it takes comments.
type subject struct {
	id         string
	process    *ent.Process
	commitment *ent.Commitment
	amendment  *ent.Amendment // nil when the commitment itself is the subject
	openings   processes.Openings
}

// subjectOf reads a public subject. Errors: NOT_FOUND on field, also for the id of something that takes no comments.
func (tx *tx) subjectOf(ctx context.Context, field, id string) (*subject, error) {
	on, err := tx.anySubject(ctx, field, id)
	if err == nil && !on.isPublic() {
		return nil, refusal.Missing(field)
	}
	return on, err
}

// isPublic says whether everybody may see the subject. Its commitment is public: a draft has no comments.
func (on *subject) isPublic() bool {
	return on.amendment == nil || public.IsPublicAmendment(on.amendment)
}

// anySubject reads what a comment is about, also an amendment that is hidden. Errors: NOT_FOUND on field.
func (tx *tx) anySubject(ctx context.Context, field, id string) (*subject, error) {
	on := &subject{id: id}
	commitmentID := id
	if kind, _ := change.KindOf(id); kind == "amendment" {
		a, err := tx.Amendment.Get(ctx, id)
		if err != nil {
			return nil, refusal.IfMissing(field, err)
		}
		on.amendment, commitmentID = a, a.CommitmentID
	}

	var err error
	if on.commitment, err = tx.publicCommitment(ctx, field, commitmentID); err != nil {
		return nil, err
	}
	if on.process, err = tx.Process.Get(ctx, on.commitment.ProcessID); err != nil {
		return nil, err
	}

	on.openings, err = tx.openings(ctx, on.process.ID)
	return on, err
}

// The statements that count a comment on a subject also check the state of the subject, so that no new comment slips in
// while the state changes. A comment that is removed or restored is counted in any state.
var (
	countOnCommitment = `UPDATE commitments SET comment_count = comment_count + $1, for_count = for_count + $2,
against_count = against_count + $3, neutral_count = neutral_count + $4, active_at = $5
WHERE id = $6 AND ($7 OR status IN (` + quoted(discussed) + `))
RETURNING comment_count, for_count, against_count, neutral_count, ` + public.PublicCommitmentSQL("commitments")

	countOnAmendment = `UPDATE amendments SET comment_count = comment_count + $1, for_count = for_count + $2,
against_count = against_count + $3, neutral_count = neutral_count + $4
WHERE id = $5 AND ($6 OR state IN (` + quoted(evaluated) + `) AND hidden_at IS NULL)
RETURNING comment_count, for_count, against_count, neutral_count, ` + public.PublicAmendmentSQL("amendments")
)

// quoted writes values of an enum as a list in SQL. They are our own constants, without quotes in them.
func quoted[S ~string](values []S) string {
	all := make([]string, len(values))
	for i, v := range values {
		all[i] = "'" + string(v) + "'"
	}
	return strings.Join(all, ", ")
}

// count adds n, which may be negative, to the counts of m's subject. It returns the new counts as an event gives them,
// and whether everybody can see the subject: if not, no event is recorded.
// Errors: CLOSED when the subject stopped taking comments meanwhile, unless anyState.
func (tx *tx) count(
	ctx context.Context, on *subject, m *ent.Comment, n int, anyState bool,
) (counts map[string]any, isPublic bool, err error) {
	add := aligned(m, n)
	args := []any{n, add.For, add.Against, add.Neutral}

	query := countOnCommitment
	if on.amendment != nil {
		if err := tx.reach(ctx, on); err != nil {
			return nil, false, err
		}
		query, args = countOnAmendment, append(args, on.id, anyState)
	} else {
		args = append(args, tx.Moment(), on.id, anyState)
	}

	var all int
	var sides Alignments
	err = tx.QueryRow(ctx, []any{&all, &sides.For, &sides.Against, &sides.Neutral, &isPublic}, query, args...)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, false, refusal.New(refusal.Closed, "Comments are closed here.")
	}
	if err != nil {
		return nil, false, fmt.Errorf("count comment on %s: %w", on.id, err)
	}

	return map[string]any{
		"subject": on.id, "commentCount": all,
		"for": sides.For, "against": sides.Against, "neutral": sides.Neutral,
	}, isPublic, nil
}

// reach locks the commitment of an amendment, as everybody does before the amendment. If everybody can see the
// amendment, it notes that something happened to the commitment.
func (tx *tx) reach(ctx context.Context, on *subject) error {
	if on.isPublic() {
		return tx.touch(ctx, on.commitment.ID)
	}
	_, err := tx.lockCommitment(ctx, on.commitment.ID)
	return err
}

// aligned returns n on the side that a comment takes, and zeros when it takes none.
func aligned(m *ent.Comment, n int) Alignments {
	switch SideOf(m) {
	case comment.AlignmentFOR:
		return Alignments{For: n}
	case comment.AlignmentAGAINST:
		return Alignments{Against: n}
	case comment.AlignmentNEUTRAL:
		return Alignments{Neutral: n}
	}
	return Alignments{}
}

// SideOf returns the side for which a comment counts: one that says nothing is neutral. An answer takes no side: "".
func SideOf(m *ent.Comment) comment.Alignment {
	switch {
	case m.Depth > 0:
		return ""
	case m.Alignment == nil:
		return comment.AlignmentNEUTRAL
	}
	return *m.Alignment
}

// OnSide matches the comments that count for a side, as SideOf says.
func OnSide(side comment.Alignment) predicate.Comment {
	takes := comment.AlignmentEQ(side)
	if side == comment.AlignmentNEUTRAL {
		takes = comment.Or(takes, comment.AlignmentIsNil())
	}
	return comment.And(comment.Depth(0), takes)
}
