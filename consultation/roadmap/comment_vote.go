package roadmap

import (
	"context"

	"ensemble/auth"
	"ensemble/consultation/change"
	"ensemble/consultation/refusal"
	"ensemble/ent"
	"ensemble/ent/commentvote"
	"ensemble/live"
)

// VoteComment sets the viewer's vote on a comment: 1 up, -1 down, 0 none. A new vote replaces the one before; the same
// vote again changes nothing. The event does not say who voted.
// Errors: UNAUTHENTICATED; NOT_FOUND; TERMS_NOT_ACCEPTED; FORBIDDEN until the viewer's address is confirmed, and on
// their own comment; CLOSED where comments are not taken; CONFLICT when the comment was removed.
func (s *Roadmap) VoteComment(ctx context.Context, in VoteCommentInput) (*ent.Comment, error) {
	return change.Once(ctx, s, in, s.Read.Comment.Get,
		func(ctx context.Context, tx *tx) (*ent.Comment, error) {
			m, on, err := tx.commentFor(ctx, in.Comment) // it locks the thread: votes in it come one after the other
			if err != nil {
				return nil, err
			}

			viewer := auth.ViewerFrom(ctx)
			if err := MayVote(viewer, m, on.commitment, on.amendment, on.openings); err != nil {
				return nil, err
			}

			before, err := tx.setVote(ctx, m, viewer.UserID, in.Value)
			if err != nil || before == in.Value {
				return m, err
			}

			m, err = m.Update().AddUpCount(ups(in.Value) - ups(before)).AddDownCount(ups(-in.Value) - ups(-before)).
				AddScore(in.Value - before).Save(ctx)
			if err != nil {
				return nil, err
			}

			tx.Record(live.Event{Topic: m.Topic, Type: live.VoteChanged, Subject: m.ID, Data: map[string]any{
				"subject": m.SubjectID, "upCount": m.UpCount, "downCount": m.DownCount,
			}})
			return m, nil
		})
}

// ups returns how many up votes a vote is: 1 or 0. ups(-value) is how many down votes it is.
func ups(value int) int { return max(value, 0) }

// setVote stores the vote, or deletes it when value is 0, and returns what it was before. The caller has locked the
// thread.
func (tx *tx) setVote(ctx context.Context, m *ent.Comment, userID string, value int) (before int, err error) {
	vote, err := tx.CommentVote.Query().Where(commentvote.CommentID(m.ID), commentvote.UserID(userID)).Only(ctx)

	switch {
	case refusal.IgnoreMissing(err) != nil:
		return 0, err
	case vote == nil && value == 0:
		return 0, nil
	case vote == nil:
		return 0, tx.CommentVote.Create().SetID(tx.NewID("vote")).SetCommentID(m.ID).SetUserID(userID).
			SetValue(value).SetCreatedAt(tx.Moment()).Exec(ctx)
	case value == 0:
		return vote.Value, tx.CommentVote.DeleteOne(vote).Exec(ctx)
	}
	return vote.Value, tx.CommentVote.Update().Where(commentvote.ID(vote.ID)).SetValue(value).Exec(ctx)
}

// VotesOf returns the viewer's votes by the ids of the comments: 1 up, -1 down. A comment without a vote is absent.
func (s *Roadmap) VotesOf(ctx context.Context, v auth.Viewer, comments []string) (map[string]int, error) {
	if !v.SignedIn() {
		return map[string]int{}, nil
	}

	rows, err := s.Read.CommentVote.Query().
		Where(commentvote.UserID(v.UserID), commentvote.CommentIDIn(comments...)).All(ctx)
	votes := make(map[string]int, len(rows))
	for _, row := range rows {
		votes[row.CommentID] = row.Value
	}
	return votes, err
}
