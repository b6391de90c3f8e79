package consultation

import (
	"context"
	"slices"

	"entgo.io/ent/dialect/sql"

	"ensemble/ent"
	"ensemble/ent/amendment"
	"ensemble/ent/axis"
	"ensemble/ent/comment"
	"ensemble/ent/commentedit"
	"ensemble/ent/commitment"
	"ensemble/ent/phase"
	"ensemble/ent/predicate"
	"ensemble/ent/process"
	"ensemble/ent/user"
	"ensemble/ent/version"
)

// Scopes: what everybody may see. Reads that must hide things start here.

// Rows of processes and commitments that reach the API carry their streams' positions (StreamCursor), so
// they come from AllProcesses and AllCommitments or what is made of them; such queries are read, not counted.

// AllProcesses are public ones and drafts: for whoever may see something that belongs to them.
func (s *Service) AllProcesses() *ent.ProcessQuery {
	q := s.Read.Process.Query()
	q.Modify(withPosition)
	return q
}

// AllCommitments are public ones and drafts: for whoever may see something that belongs to them.
func (s *Service) AllCommitments() *ent.CommitmentQuery {
	q := s.Read.Commitment.Query()
	q.Select(shownOfCommitments...)
	q.Modify(withPosition)
	return q
}

// shownOfCommitments are all columns but the longest by far, which only filters look through.
var shownOfCommitments = slices.DeleteFunc(slices.Clone(commitment.Columns), func(column string) bool {
	return column == commitment.FieldSearchText
})

// People are accounts as everybody sees them: without address, password and settings.
func (s *Service) People() *ent.UserQuery {
	q := s.Read.User.Query()
	q.Select(user.FieldID, user.FieldName, user.FieldNickname, user.FieldErasedAt, user.FieldCreatedAt)
	return q
}

// PublicPhases are those of published processes.
func (s *Service) PublicPhases() *ent.PhaseQuery {
	return s.Read.Phase.Query().Where(phase.HasProcessWith(process.PublishedAtNotNil()))
}

// PublicAxes are those of published processes.
func (s *Service) PublicAxes() *ent.AxisQuery {
	return s.Read.Axis.Query().Where(axis.HasProcessWith(process.PublishedAtNotNil()))
}

// PublicVersions are those of public commitments.
func (s *Service) PublicVersions() *ent.VersionQuery {
	return s.Read.Version.Query().Where(version.HasCommitmentWith(publicCommitment))
}

// PublicProcesses are the published ones.
func (s *Service) PublicProcesses() *ent.ProcessQuery {
	return s.AllProcesses().Where(process.PublishedAtNotNil())
}

// What everybody may read of each kind: what scopes let through, and search.
var (
	publicCommitment = commitment.StatusNEQ(commitment.StatusDRAFT)
	publicAmendment  = amendment.And(amendment.StateNEQ(amendment.StateDRAFT), amendment.HiddenAtIsNil())
	readableComment  = comment.And(comment.DeletedAtIsNil(), comment.HiddenAtIsNil())
)

// The same for statements that are written by hand, in which commitments are called c, amendments a, and comments m.
// readableCommentSQL also leaves out comments on hidden amendments.
const (
	publicCommitmentSQL = `c.status <> 'DRAFT'`
	publicAmendmentSQL  = `a.state <> 'DRAFT' AND a.hidden_at IS NULL`
	readableCommentSQL  = `m.deleted_at IS NULL AND m.hidden_at IS NULL
		AND m.subject_id NOT IN (SELECT id FROM amendments WHERE hidden_at IS NOT NULL)`
)

// PublicStatuses are those in which everybody may see a commitment, in the order in which it can reach them.
func PublicStatuses() []commitment.Status {
	return []commitment.Status{commitment.StatusOPEN, commitment.StatusUNDER_REVIEW, commitment.StatusADOPTED, commitment.StatusWITHDRAWN}
}

// PublicStates are those in which everybody may see an amendment, unless it is hidden.
func PublicStates() []amendment.State {
	return []amendment.State{amendment.StateEVALUATING, amendment.StateACCEPTED, amendment.StateREJECTED, amendment.StateWITHDRAWN}
}

// ReadableComment matches comments that say something to everybody, where everybody may see what they are about.
func ReadableComment() predicate.Comment { return readableComment }

// PublicCommitments are all but drafts; a commitment is only published in a published process.
func (s *Service) PublicCommitments() *ent.CommitmentQuery {
	return s.AllCommitments().Where(publicCommitment)
}

// PublicAmendments are all that were submitted, but those that moderators hid.
func (s *Service) PublicAmendments() *ent.AmendmentQuery {
	return s.Read.Amendment.Query().Where(publicAmendment)
}

// PublicComments are the readable ones, and removed ones that keep their place because readable ones are below; none on
// an amendment that is hidden.
func (s *Service) PublicComments() *ent.CommentQuery {
	return s.Read.Comment.Query().Where(onPublicSubject, comment.Or(readableComment, comment.DescendantCountGT(0)))
}

// onPublicSubject leaves out the comments on hidden amendments, of which there are few.
func onPublicSubject(s *sql.Selector) {
	hidden := sql.Dialect(s.Dialect()).Select(amendment.FieldID).From(sql.Table(amendment.Table)).Where(sql.NotNull(amendment.FieldHiddenAt))
	s.Where(sql.NotIn(s.C(comment.FieldSubjectID), hidden))
}

// Placeholders counts, per subject, the removed comments that PublicComments holds: what the counters of the subject leave
// out of the length of its thread.
func (s *Service) Placeholders(ctx context.Context, subjects []string) (map[string]int, error) {
	var rows []struct {
		SubjectID string `sql:"subject_id"`
		Count     int
	}
	err := s.Read.Comment.Query().Where(comment.SubjectIDIn(subjects...), comment.DescendantCountGT(0),
		comment.Or(comment.DeletedAtNotNil(), comment.HiddenAtNotNil())).
		GroupBy(comment.FieldSubjectID).Aggregate(ent.Count()).Scan(ctx, &rows)
	counts := make(map[string]int, len(rows))
	for _, row := range rows {
		counts[row.SubjectID] = row.Count
	}
	return counts, err
}

// PublicEdits are what readable comments said before.
func (s *Service) PublicEdits() *ent.CommentEditQuery {
	return s.Read.CommentEdit.Query().Where(commentedit.HasCommentWith(onPublicSubject, readableComment))
}

// SignedComments are those that organizations have signed and everybody can read.
func (s *Service) SignedComments() *ent.CommentQuery {
	return s.ReadableComments().Where(comment.OrganizationIDNotNil())
}

// ReadableComments are the public ones without those that only keep their place.
func (s *Service) ReadableComments() *ent.CommentQuery {
	return s.PublicComments().Where(readableComment)
}
