package roadmap

import (
	"context"
	"slices"

	"ensemble/consultation/change"
	"ensemble/consultation/moderation"
	"ensemble/consultation/people"
	"ensemble/consultation/text/markdown"
	"ensemble/ent"
	"ensemble/ent/amendment"
	"ensemble/ent/comment"
	"ensemble/ent/commentedit"
	"ensemble/ent/commentmention"
	"ensemble/ent/commitment"
	"ensemble/ent/predicate"
)

// EraseWaiting deletes the person's comments and amendments that were held or refused: they will never be published. It
// closes their cases first, before moderation.EraseCases lets those lapse that are still open.
func EraseWaiting(ctx context.Context, tx *change.Tx, e change.Erasing) error {
	comments, err := tx.Comment.Query().Where(comment.AuthorID(e.Account.ID), comment.HeldAtNotNil()).IDs(ctx)
	if err != nil {
		return err
	}
	amendments, err := tx.Amendment.Query().Where(amendment.AuthorID(e.Account.ID), amendment.HeldAtNotNil()).IDs(ctx)
	if err != nil {
		return err
	}

	for _, id := range append(comments, amendments...) {
		if err := moderation.CloseCase(ctx, tx, id); err != nil {
			return err
		}
	}

	if _, err := tx.Comment.Delete().Where(comment.IDIn(comments...)).Exec(ctx); err != nil {
		return err
	}
	_, err = tx.Amendment.Delete().Where(amendment.IDIn(amendments...)).Exec(ctx)
	return err
}

// LockThreadsAbout locks the threads in which something of the person will change, ordered by their roots' ids. It runs
// before anything else of the person is touched: whoever posts or decides locks the thread first as well.
func LockThreadsAbout(ctx context.Context, tx *change.Tx, e change.Erasing) error {
	nicknames, err := people.NicknamesOf(ctx, tx, e.Account)
	if err != nil {
		return err
	}

	waits := comment.And(comment.AuthorID(e.Account.ID), comment.HeldAtNotNil())
	about := comment.Or(waits, deletedBy(e.Account.ID), naming(e.Account.ID, nicknames))
	found, err := tx.Comment.Query().Where(about).Select(comment.FieldPath).All(ctx)
	if err != nil || len(found) == 0 {
		return err
	}

	roots := make([]string, len(found))
	for n, m := range found {
		roots[n] = PathIDs(m)[0]
	}
	_, err = tx.Comment.Query().Where(comment.IDIn(roots...), tx.Locked()).Order(comment.ByID()).IDs(ctx)
	return err
}

// EraseDrafts deletes the person's drafts of amendments, which nobody else has seen.
func EraseDrafts(ctx context.Context, tx *change.Tx, e change.Erasing) error {
	_, err := tx.Amendment.Delete().
		Where(amendment.AuthorID(e.Account.ID), amendment.StateEQ(amendment.StateDRAFT)).Exec(ctx)
	return err
}

// deletedBy matches the comments that a person has deleted, and whose text is still stored.
func deletedBy(person string) predicate.Comment {
	return comment.And(comment.AuthorID(person), comment.DeletedAtNotNil(), comment.BodyNEQ(""))
}

// EraseDeleted blanks the comments that the person has deleted, and deletes what these said before edits: nobody could
// read that any more but the person.
func EraseDeleted(ctx context.Context, tx *change.Tx, e change.Erasing) error {
	deleted := deletedBy(e.Account.ID)
	if _, err := tx.CommentEdit.Delete().Where(commentedit.HasCommentWith(deleted)).Exec(ctx); err != nil {
		return err
	}
	return tx.Comment.Update().Where(deleted).SetBody("").Exec(ctx)
}

// EraseMentions takes the person's nicknames out of what others wrote to them, and out of what their comments said
// before edits.
func (s *Roadmap) EraseMentions(ctx context.Context, tx *change.Tx, e change.Erasing) error {
	nicknames, err := people.NicknamesOf(ctx, tx, e.Account)
	if err != nil {
		return err
	}
	comments, err := tx.Comment.Query().Where(naming(e.Account.ID, nicknames)).WithMentions().WithEdits().All(ctx)
	if err != nil {
		return err
	}

	for _, m := range comments {
		if err := s.eraseFrom(ctx, tx, m, namesOnly(m, e.Account.ID, nicknames)); err != nil {
			return err
		}
	}
	_, err = tx.CommentMention.Delete().Where(commentmention.UserID(e.Account.ID)).Exec(ctx)
	return err
}

// naming matches the comments that mention a person, or where one of their nicknames may be, also part of a longer one.
func naming(person string, nicknames []string) predicate.Comment {
	return comment.Or(comment.HasMentionsWith(commentmention.UserID(person)),
		people.MaySay(nicknames, comment.FieldBody),
		comment.HasEditsWith(people.MaySay(nicknames, commentedit.FieldBody)))
}

// namesOnly returns what says whether a nickname in a comment is a trace of a person: they were meant by it, or bear or
// bore it, and nobody else is meant.
func namesOnly(m *ent.Comment, person string, nicknames []string) func(nickname string) bool {
	meant := map[string]string{}
	for _, bound := range m.Edges.Mentions {
		meant[bound.Nickname] = bound.UserID
	}
	return func(nickname string) bool {
		whom, known := meant[nickname]
		return whom == person || !known && slices.Contains(nicknames, nickname)
	}
}

// eraseFrom takes the nicknames that are gone out of a comment and of what it said before. An edit cannot change
// otherwise: SQL does it here.
func (s *Roadmap) eraseFrom(ctx context.Context, tx *change.Tx, m *ent.Comment, gone func(string) bool) error {
	for _, edit := range m.Edges.Edits {
		if body := markdown.Unmention(edit.Body, gone); body != edit.Body {
			_, err := tx.ExecContext(ctx, `UPDATE comment_edits SET body = $1 WHERE id = $2`, body, edit.ID)
			if err != nil {
				return err
			}
		}
	}

	body := markdown.Unmention(m.Body, gone)
	if body == m.Body {
		return nil
	}
	m, err := tx.Comment.UpdateOne(m).SetBody(body).Save(ctx)
	if err != nil {
		return err
	}
	return s.search.Refresh(ctx, tx, m)
}

// EraseFromReasons takes the person's nicknames out of the reasons for amendments and for the decisions on them, which
// are written as comments are; texts under consultation mention nobody. Whom a nickname means is not stored here, so one
// that somebody else bears meanwhile stays.
func (s *Roadmap) EraseFromReasons(ctx context.Context, tx *change.Tx, e change.Erasing) error {
	nicknames, err := people.NobodyElses(ctx, tx, e.Account)
	if err != nil || len(nicknames) == 0 {
		return err
	}
	named := predicate.Amendment(people.MaySay(nicknames, amendment.FieldRationale, amendment.FieldDecisionReason))

	// Whoever changes an amendment locks its commitment first.
	locked, err := tx.Commitment.Query().Where(commitment.HasAmendmentsWith(named), tx.Locked()).
		Order(commitment.ByID()).IDs(ctx)
	if err != nil || len(locked) == 0 {
		return err
	}
	found, err := tx.Amendment.Query().Where(amendment.CommitmentIDIn(locked...), named).All(ctx)
	if err != nil {
		return err
	}

	gone := func(nickname string) bool { return slices.Contains(nicknames, nickname) }
	for _, a := range found {
		rationale, reason := markdown.Unmention(a.Rationale, gone), markdown.Unmention(a.DecisionReason, gone)
		if rationale == a.Rationale && reason == a.DecisionReason {
			continue
		}
		a, err := a.Update().SetRationale(rationale).SetDecisionReason(reason).Save(ctx)
		if err != nil {
			return err
		}
		if err := s.search.Refresh(ctx, tx, a); err != nil {
			return err
		}
	}
	return nil
}
