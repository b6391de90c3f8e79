package notify

import (
	"context"
	"slices"
	"strings"

	"entgo.io/ent/dialect/sql"

	"ensemble/auth"
	"ensemble/consultation/change"
	"ensemble/consultation/permission"
	"ensemble/consultation/refusal"
	"ensemble/ent"
	"ensemble/ent/follow"
	"ensemble/live"
)

// maxFollows bounds what one person follows. Two requests at the same time can exceed it by one.
const maxFollows = 2000

// Followable is a kind of node that people can follow.
type Followable struct {
	Kind   follow.Kind
	Exists func(ctx context.Context, tx *change.Tx, id string) (bool, error) // and everybody may see it
	Table  string
	Left   func(t *sql.Selector) *sql.Predicate // true for rows that are still listed as followed; nil: for all
}

// Followable registers a kind of node that people can follow.
func (s *Notify) Followable(kind Followable) {
	s.attention.followable = append(s.attention.followable, kind)
}

// followableOf returns the kind of the node that has an id, and whether people can follow it.
func (s *Notify) followableOf(id string) (Followable, bool) {
	kind, _ := change.KindOf(id)
	i := slices.IndexFunc(s.attention.followable,
		func(f Followable) bool { return f.Kind == follow.Kind(strings.ToUpper(kind)) })
	if i < 0 {
		return Followable{}, false
	}
	return s.attention.followable[i], true
}

// Follow makes the viewer follow a process, commitment, person or organization. Following twice changes nothing.
// Errors: UNAUTHENTICATED; FORBIDDEN for an access token without the scope; BAD_USER_INPUT for oneself; NOT_FOUND
// unless everybody may see the subject; CONFLICT when they follow as much as allowed.
func (s *Notify) Follow(ctx context.Context, in FollowSubjectInput) error {
	viewer := auth.ViewerFrom(ctx)
	if err := permission.Ask(viewer, "followSubject", permission.About{}); err != nil {
		return err
	}
	if in.Subject == viewer.UserID {
		return refusal.BadInput("subject", "You cannot follow yourself.")
	}

	return change.In(ctx, s, func(ctx context.Context, tx *tx) error {
		what, ok := s.followableOf(in.Subject)
		if !ok {
			return refusal.Missing("subject")
		}
		if there, err := what.Exists(ctx, tx.Tx, in.Subject); err != nil || !there {
			return refusal.OrMissing("subject", err)
		}

		row, err := tx.Tx.Follow.Query().Where(follow.UserID(viewer.UserID), follow.SubjectID(in.Subject)).Only(ctx)
		if refusal.IgnoreMissing(err) != nil || row != nil && row.Active {
			return refusal.IgnoreMissing(err)
		}

		n, err := tx.Tx.Follow.Query().Where(follow.UserID(viewer.UserID), follow.Active(true)).Count(ctx)
		if err != nil {
			return err
		}
		if n >= maxFollows {
			return refusal.Full(n, "You follow %d things, as many as allowed.")
		}

		// Who followed it before has a row already; they follow from now on, not from then.
		if _, err := tx.ExecContext(ctx, insertFollow+" DO UPDATE SET active = true, created_at = excluded.created_at",
			s.NewID("follow"), viewer.UserID, string(what.Kind), in.Subject, true, s.Moment()); err != nil {
			return err
		}
		return nil
	})
}

// insertFollow inserts a follow. What is to be done when the person has a row for the subject already is added at its
// end.
const insertFollow = `INSERT INTO follows (id, user_id, kind, subject_id, active, created_at)
VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (user_id, subject_id)`

// Unfollow ends that the viewer follows a subject, for good: taking part does not make them follow it again. It changes
// nothing when they do not follow it.
// Errors: UNAUTHENTICATED; FORBIDDEN for an access token without the scope; NOT_FOUND unless the subject is of a kind
// that people can follow.
func (s *Notify) Unfollow(ctx context.Context, in UnfollowSubjectInput) error {
	viewer := auth.ViewerFrom(ctx)
	if err := permission.Ask(viewer, "unfollowSubject", permission.About{}); err != nil {
		return err
	}
	if _, ok := s.followableOf(in.Subject); !ok {
		return refusal.Missing("subject")
	}

	// The row stays, to remember that they do not want to follow it.
	return change.In(ctx, s, func(ctx context.Context, tx *tx) error {
		return tx.Tx.Follow.Update().Where(follow.UserID(viewer.UserID), follow.SubjectID(in.Subject)).
			SetActive(false).Exec(ctx)
	})
}

// followByTakingPart makes whoever did the events follow what they took part in. It does not do so when they ended
// following it once, or do not want to follow anything automatically, or follow as much as allowed.
func (s *Notify) followByTakingPart(ctx context.Context, tx *tx, events []live.Event) error {
	doer := tx.Doer(ctx)
	if doer == "" {
		return nil
	}

	for _, e := range events {
		what, ok := s.followableOf(e.Topic)
		if !ok || !slices.Contains(s.attention.takesPart, e.Type) {
			continue
		}

		// All the conditions are in the statement, which inserts nothing unless they are met.
		_, err := tx.ExecContext(ctx, `INSERT INTO follows (id, user_id, kind, subject_id, active, created_at)
SELECT $1, u.id, $3, $4, $5, $6 FROM users u WHERE u.id = $2
AND NOT EXISTS (SELECT 1 FROM follows f WHERE f.user_id = u.id AND f.subject_id = $4)
AND NOT EXISTS (SELECT 1 FROM notification_settings n WHERE n.id = u.id AND NOT n.follows_automatically)
AND (SELECT count(*) FROM follows f WHERE f.user_id = u.id AND f.active) < $7
ON CONFLICT (user_id, subject_id) DO NOTHING`,
			s.NewID("follow"), doer, string(what.Kind), e.Topic, true, s.Moment(), maxFollows)
		if err != nil {
			return err
		}
	}
	return nil
}

// Following returns a query for what the viewer follows, of one kind, or of all when kind is nil. What has since been
// withdrawn or erased is left out.
func (s *Notify) Following(v auth.Viewer, kind *follow.Kind) *ent.FollowQuery {
	q := s.Read.Follow.Query().Where(follow.UserID(v.UserID), follow.Active(true), s.stillFollowable)
	if kind != nil {
		q.Where(follow.KindEQ(*kind))
	}
	return q
}

// stillFollowable matches follows of nodes that still exist, and that Left of their kind does not leave out.
func (s *Notify) stillFollowable(sel *sql.Selector) {
	there := make([]*sql.Predicate, 0, len(s.attention.followable))
	for _, of := range s.attention.followable {
		t := sql.Table(of.Table)
		rows := sql.Dialect(sel.Dialect()).Select().From(t)
		rows.Select(t.C("id")).Where(sql.ColumnsEQ(t.C("id"), sel.C(follow.FieldSubjectID)))

		if of.Left != nil {
			rows.Where(of.Left(rows))
		}

		there = append(there, sql.And(sql.EQ(sel.C(follow.FieldKind), string(of.Kind)), sql.Exists(rows)))
	}

	sel.Where(sql.Or(there...))
}

// FollowedBy returns which of the subjects the viewer follows: none when nobody is signed in.
func (s *Notify) FollowedBy(ctx context.Context, v auth.Viewer, subjects []string) (map[string]bool, error) {
	if !v.SignedIn() {
		return map[string]bool{}, nil
	}

	rows, err := s.Read.Follow.Query().
		Where(follow.UserID(v.UserID), follow.SubjectIDIn(subjects...), follow.Active(true)).
		Select(follow.FieldSubjectID).Strings(ctx)

	followed := make(map[string]bool, len(rows))
	for _, id := range rows {
		followed[id] = true
	}
	return followed, err
}

// Followers returns how many people follow each of the subjects; a subject that nobody follows is not in the map.
func (s *Notify) Followers(ctx context.Context, subjects []string) (map[string]int, error) {
	return change.CountBySubject(ctx, s.Read.Follow.Query().
		Where(follow.SubjectIDIn(subjects...), follow.Active(true)).
		GroupBy(follow.FieldSubjectID).Aggregate(ent.Count()).Scan)
}
