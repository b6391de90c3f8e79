package consultation

import (
	"context"
	"fmt"
	"slices"

	"entgo.io/ent/dialect/sql"

	"ensemble/auth"
	"ensemble/ent"
	"ensemble/ent/amendment"
	"ensemble/ent/comment"
	"ensemble/ent/commentedit"
	"ensemble/ent/commentvote"
	"ensemble/ent/commitment"
	"ensemble/ent/membership"
	"ensemble/ent/process"
	"ensemble/ent/support"
	"ensemble/ent/topic"
	"ensemble/ent/user"
	"ensemble/live"
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

// DraftCommitments are those not yet public that the viewer writes, as steering body or administrator.
func (s *Service) DraftCommitments(v auth.Viewer) *ent.CommitmentQuery {
	q := s.AllCommitments().Where(commitment.StatusEQ(commitment.StatusDRAFT))
	if v.SiteAdmin {
		return q
	}
	return q.Where(commitment.ProcessIDIn(steered(v)...))
}

// DraftProcesses are the unpublished ones that the viewer works on.
func (s *Service) DraftProcesses(v auth.Viewer) *ent.ProcessQuery {
	q := s.AllProcesses().Where(process.PublishedAtIsNil())
	if v.SiteAdmin {
		return q
	}
	return q.Where(process.IDIn(steered(v)...))
}

// steered are the processes whose commitments the viewer writes.
func steered(v auth.Viewer) []string {
	var mine []string
	for id := range v.Roles {
		if MaySteer(v, id) == nil {
			mine = append(mine, id)
		}
	}
	return mine
}

// PublicEdits are what readable comments said before.
func (s *Service) PublicEdits() *ent.CommentEditQuery {
	return s.Read.CommentEdit.Query().Where(commentedit.HasCommentWith(onPublicSubject, comment.DeletedAtIsNil(), comment.HiddenAtIsNil()))
}

// AmendmentDrafts are the viewer's own.
func (s *Service) AmendmentDrafts(v auth.Viewer) *ent.AmendmentQuery {
	return s.Read.Amendment.Query().Where(amendment.StateEQ(amendment.StateDRAFT), amendment.AuthorID(v.UserID))
}

// Memberships are those of an organization that the viewer belongs to; of one without an owner, also for site administrators.
func (s *Service) Memberships(v auth.Viewer) *ent.MembershipQuery {
	return s.Read.Membership.Query().Where(func(sel *sql.Selector) {
		with := func(p *sql.Predicate) *sql.Selector {
			return sql.Dialect(sel.Dialect()).Select("organization_id").From(sql.Table("memberships")).Where(p)
		}
		column := sel.C("organization_id")
		seen := sql.In(column, with(sql.EQ("user_id", v.UserID)))
		if v.SiteAdmin {
			seen = sql.Or(seen, sql.NotIn(column, with(sql.EQ("role", string(membership.RoleOWNER)))))
		}
		sel.Where(seen)
	})
}

// withPosition reads the topic's position in the statement that reads the row, before anything under it: see
// StreamCursor.
func withPosition(s *sql.Selector) {
	for _, column := range []string{topic.FieldSeq, topic.FieldNonce} {
		heads := sql.Table(topic.Table)
		head := sql.Dialect(s.Dialect()).Select(heads.C(column)).From(heads)
		head.Where(sql.ColumnsEQ(heads.C(topic.FieldID), s.C("id")))
		s.AppendSelectExprAs(sql.ExprFunc(func(b *sql.Builder) {
			b.WriteString("COALESCE").Wrap(func(b *sql.Builder) { b.Wrap(func(b *sql.Builder) { b.Join(head) }).WriteString(", 0") })
		}), "stream_"+column) // 0: before the first event
	}
}

// valued is a row that was read with more columns than its own.
type valued interface {
	node
	Value(name string) (ent.Value, error)
}

// StreamCursor is where the stream of a process or commitment stood when its row was read: whatever is read under
// the row is as new or newer, so that events after the cursor miss nothing.
func StreamCursor(row valued) (live.Cursor, error) {
	seq, err := row.Value("stream_seq")
	if err != nil {
		return live.Cursor{}, fmt.Errorf("row of %s was read without its stream's position: %w", row.NodeID(), err)
	}
	nonce, err := row.Value("stream_nonce")
	if err != nil {
		return live.Cursor{}, err
	}
	return live.Cursor{Topic: row.NodeID(), Seq: seq.(int64), Nonce: uint64(nonce.(int64))}, nil
}

// VotesOf are the viewer's votes on comments: 1 up, -1 down; absent for none.
func (s *Service) VotesOf(ctx context.Context, v auth.Viewer, comments []string) (map[string]int, error) {
	if !v.SignedIn() {
		return map[string]int{}, nil
	}
	rows, err := s.Read.CommentVote.Query().Where(commentvote.UserID(v.UserID), commentvote.CommentIDIn(comments...)).All(ctx)
	votes := make(map[string]int, len(rows))
	for _, row := range rows {
		votes[row.CommentID] = row.Value
	}
	return votes, err
}

// SupportsOf are the viewer's supports of commitments, and those of organizations they sign for.
func (s *Service) SupportsOf(ctx context.Context, v auth.Viewer, commitments []string) ([]*ent.Support, error) {
	if !v.SignedIn() {
		return []*ent.Support{}, nil
	}
	return s.Read.Support.Query().Where(support.CommitmentIDIn(commitments...),
		support.Or(support.UserID(v.UserID), support.OrganizationIDIn(v.SignsFor...))).Order(support.ByCreatedAt(), support.ByID()).All(ctx)
}
