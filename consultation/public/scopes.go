package public

import (
	"context"
	"slices"

	"entgo.io/ent/dialect/sql"

	"ensemble/consultation/change"
	"ensemble/ent"
	"ensemble/ent/amendment"
	"ensemble/ent/axis"
	"ensemble/ent/comment"
	"ensemble/ent/commentedit"
	"ensemble/ent/commitment"
	"ensemble/ent/phase"
	"ensemble/ent/predicate"
	"ensemble/ent/process"
	"ensemble/ent/territory"
	"ensemble/ent/user"
	"ensemble/ent/version"
)

// Scopes: what everybody may see. Reads that must hide things start here.

// Rows of processes and commitments that reach the API carry their streams' positions (StreamCursor). So they come from
// AllProcesses and AllCommitments, or from scopes that are made of these. Such queries are for reading rows, not for
// counting.

// AllProcesses asks for public processes and drafts. It is for callers that have checked who may see what belongs to
// them.
func (s *Scopes) AllProcesses() *ent.ProcessQuery {
	q := s.Read.Process.Query()
	q.Modify(withPosition)
	return q
}

// AllCommitments asks for public commitments and drafts. It is for callers that have checked who may see what belongs
// to them.
func (s *Scopes) AllCommitments() *ent.CommitmentQuery {
	q := s.Read.Commitment.Query()
	q.Select(commitmentColumns...)
	q.Modify(withPosition)
	return q
}

// commitmentColumns are all columns but search_text, which is by far the longest, and which only filters use.
var commitmentColumns = slices.DeleteFunc(slices.Clone(commitment.Columns), func(column string) bool {
	return column == commitment.FieldSearchText
})

// People asks for accounts as everybody sees them: without address, password and settings.
func (s *Scopes) People() *ent.UserQuery {
	q := s.Read.User.Query()
	q.Select(user.FieldID, user.FieldName, user.FieldNickname, user.FieldErasedAt, user.FieldCreatedAt)
	return q
}

// PublicPhases asks for the phases of published processes.
func (s *Scopes) PublicPhases() *ent.PhaseQuery {
	return s.Read.Phase.Query().Where(phase.HasProcessWith(process.PublishedAtNotNil()))
}

// PublicAxes asks for the axes of published processes.
func (s *Scopes) PublicAxes() *ent.AxisQuery {
	return s.Read.Axis.Query().Where(axis.HasProcessWith(process.PublishedAtNotNil()))
}

// PublicVersions asks for the versions of public commitments.
func (s *Scopes) PublicVersions() *ent.VersionQuery {
	return s.Read.Version.Query().Where(version.HasCommitmentWith(PublicCommitment))
}

// PublicProcesses asks for the published processes.
func (s *Scopes) PublicProcesses() *ent.ProcessQuery {
	return s.AllProcesses().Where(process.PublishedAtNotNil())
}

// What everybody may read of each kind, provided that they may see what it is about. The scopes and the search let
// through the same.
var (
	PublicCommitment = commitment.StatusNEQ(commitment.StatusDRAFT)
	PublicAmendment  = amendment.And(amendment.StateNEQ(amendment.StateDRAFT), amendment.HiddenAtIsNil())
	ReadableComment  = comment.And(comment.DeletedAtIsNil(), comment.HiddenAtIsNil())
)

// The functions below are for statements that are written by hand, in which the rows are called row.

// PublicCommitmentSQL is PublicCommitment in SQL.
func PublicCommitmentSQL(row string) string { return row + ".status <> 'DRAFT'" }

// PublicAmendmentSQL is PublicAmendment in SQL.
func PublicAmendmentSQL(row string) string {
	return row + ".state <> 'DRAFT' AND " + row + ".hidden_at IS NULL"
}

// ReadableCommentSQL is ReadableComment in SQL, without comments on hidden amendments.
func ReadableCommentSQL(row string) string {
	return row + ".deleted_at IS NULL AND " + row + ".hidden_at IS NULL AND " +
		row + ".subject_id NOT IN (SELECT id FROM amendments WHERE hidden_at IS NOT NULL)"
}

// IsPublicCommitment reports whether everybody may see the commitment: it is no draft.
func IsPublicCommitment(c *ent.Commitment) bool { return c.Status != commitment.StatusDRAFT }

// PublicStatuses returns the statuses in which everybody may see a commitment, in the order in which it can reach them.
func PublicStatuses() []commitment.Status {
	return []commitment.Status{
		commitment.StatusOPEN, commitment.StatusUNDER_REVIEW, commitment.StatusADOPTED, commitment.StatusWITHDRAWN,
	}
}

// PublicStates returns the states in which everybody may see an amendment, unless it is hidden.
func PublicStates() []amendment.State {
	return []amendment.State{
		amendment.StateEVALUATING, amendment.StateACCEPTED, amendment.StateREJECTED, amendment.StateWITHDRAWN,
	}
}

// PublicCommitments asks for all commitments but drafts; a commitment is only published in a published process.
func (s *Scopes) PublicCommitments() *ent.CommitmentQuery {
	return s.AllCommitments().Where(PublicCommitment)
}

// PublicAmendments asks for all amendments that were submitted, but not for those that moderators hid.
func (s *Scopes) PublicAmendments() *ent.AmendmentQuery {
	return s.Read.Amendment.Query().Where(PublicAmendment)
}

// PublicComments asks for the readable comments, and for removed ones that leave a placeholder because there are
// comments below them; for none on a hidden amendment.
func (s *Scopes) PublicComments() *ent.CommentQuery {
	return s.Read.Comment.Query().Where(OnPublicSubject, comment.Or(ReadableComment, comment.DescendantCountGT(0)))
}

// OnPublicSubject leaves out the comments on hidden amendments, of which there are few.
func OnPublicSubject(s *sql.Selector) {
	hidden := sql.Dialect(s.Dialect()).Select(amendment.FieldID).
		From(sql.Table(amendment.Table)).Where(sql.NotNull(amendment.FieldHiddenAt))
	s.Where(sql.NotIn(s.C(comment.FieldSubjectID), hidden))
}

// Placeholders counts, by subject, the removed comments that PublicComments finds. The counters of a subject leave them
// out, but they are part of the length of its thread.
func (s *Scopes) Placeholders(ctx context.Context, subjects []string) (map[string]int, error) {
	return change.CountBySubject(ctx, s.Read.Comment.Query().
		Where(comment.SubjectIDIn(subjects...), comment.DescendantCountGT(0), Removed()).
		GroupBy(comment.FieldSubjectID).Aggregate(ent.Count()).Scan)
}

// PublicEdits asks for what readable comments said before they were changed.
func (s *Scopes) PublicEdits() *ent.CommentEditQuery {
	return s.Read.CommentEdit.Query().Where(commentedit.HasCommentWith(OnPublicSubject, ReadableComment))
}

// SignedComments asks for the comments that organizations have signed and everybody can read.
func (s *Scopes) SignedComments() *ent.CommentQuery {
	return s.ReadableComments().Where(comment.OrganizationIDNotNil())
}

// ReadableComments asks for the public comments without those that are only placeholders.
func (s *Scopes) ReadableComments() *ent.CommentQuery {
	return s.PublicComments().Where(ReadableComment)
}

// IsPublicAmendment reports whether everybody may see the amendment: it was submitted, and is not hidden.
func IsPublicAmendment(a *ent.Amendment) bool {
	return a.State != amendment.StateDRAFT && a.HiddenAt == nil
}

// CommentsOn returns how many comments on an amendment everybody can read: those on a hidden one are hidden with it.
func CommentsOn(a *ent.Amendment) int {
	if a.HiddenAt != nil {
		return 0
	}
	return a.CommentCount
}

// Removed matches comments for which IsRemoved is true.
func Removed() predicate.Comment {
	return comment.Or(comment.DeletedAtNotNil(), comment.HiddenAtNotNil())
}

// IsRemoved reports whether the comment is removed, so that nobody can read it: deleted, hidden or held.
func IsRemoved(m *ent.Comment) bool { return m.DeletedAt != nil || m.HiddenAt != nil }

// RemovalOf returns how a removed comment was removed, as the schema spells it.
func RemovalOf(m *ent.Comment) string {
	switch {
	case m.DeletedAt != nil:
		return "DELETED"
	case m.HeldAt != nil:
		return "HELD"
	}
	return "HIDDEN"
}

// Within matches the territories with these ids and everything in them; none when there are no ids. What is in a
// territory has a path that begins with its own: an index finds these one after the other.
func Within(ids ...string) predicate.Territory {
	return func(s *sql.Selector) {
		above, below := sql.Table(territory.Table).As("above"), sql.Table(territory.Table).As("below")
		begin, path := above.C(territory.FieldPath), below.C(territory.FieldPath)

		inside := sql.Dialect(s.Dialect()).Select(below.C(territory.FieldID)).From(above)
		inside.Join(below).OnP(sql.P(func(b *sql.Builder) {
			b.Ident(path).WriteString(" >= ").Ident(begin).WriteString(" AND ").Ident(path).WriteString(" < substr(").
				Ident(begin).WriteString(", 1, length(").Ident(begin).WriteString(") - 1) || '0'") // the sign after '/'
		}))
		s.Where(sql.In(s.C(territory.FieldID), inside.Where(sql.In(above.C(territory.FieldID), change.Anys(ids)...))))
	}
}
