package consultation

import (
	"context"
	"slices"
	"strings"

	"entgo.io/ent/dialect/sql"

	"ensemble/auth"
	"ensemble/ent"
	"ensemble/ent/follow"
	"ensemble/live"
)

// maxFollows bounds what one person follows. Two requests at once can pass it by one.
const maxFollows = 2000

// Followable is a kind of node that can be followed.
type Followable struct {
	Kind   follow.Kind
	Exists func(ctx context.Context, tx *Tx, id string) (bool, error) // and everybody may see it
	Table  string
	Left   func(t *sql.Selector) *sql.Predicate // what holds of a row that is still listed among what somebody follows; nil: nothing
}

// followable registers a kind of node that can be followed.
func (s *Service) followable(kind Followable) {
	s.attention.followable = append(s.attention.followable, kind)
}

// followableOf is the kind of what an id names, if it can be followed.
func (s *Service) followableOf(id string) (Followable, bool) {
	kind, _ := KindOf(id)
	i := slices.IndexFunc(s.attention.followable, func(f Followable) bool { return f.Kind == follow.Kind(strings.ToUpper(kind)) })
	if i < 0 {
		return Followable{}, false
	}
	return s.attention.followable[i], true
}

// Follow has the viewer hear of a process, commitment, person or organization. Following twice changes nothing.
// Errors: NOT_FOUND unless everybody may see it; CONFLICT when they follow as much as allowed.
func (s *Service) Follow(ctx context.Context, subject string) error {
	viewer := auth.ViewerFrom(ctx)
	if err := permit(viewer, "follow", about{}); err != nil {
		return err
	}
	if subject == viewer.UserID {
		return BadInput("subject", "You cannot follow yourself.")
	}
	return s.inTx(ctx, func(ctx context.Context, tx *Tx) error {
		what, ok := s.followableOf(subject)
		if !ok {
			return notFound("subject")
		}
		if there, err := what.Exists(ctx, tx, subject); err != nil || !there {
			return orNotFound("subject", err)
		}

		row, err := tx.Follow.Query().Where(follow.UserID(viewer.UserID), follow.SubjectID(subject)).Only(ctx)
		if ignoreNotFound(err) != nil || row != nil && row.Active {
			return ignoreNotFound(err)
		}
		n, err := tx.Follow.Query().Where(follow.UserID(viewer.UserID), follow.Active(true)).Count(ctx)
		if err != nil {
			return err
		}
		if n >= maxFollows {
			return moved(n, "You follow %d things, as many as allowed.", n)
		}
		if _, err := tx.ExecContext(ctx, insertFollow+" DO UPDATE SET active = true, created_at = excluded.created_at",
			s.NewID("follow"), viewer.UserID, string(what.Kind), subject, true, s.now()); err != nil {
			return err
		}
		return nil
	})
}

const insertFollow = `INSERT INTO follows (id, user_id, kind, subject_id, active, created_at)
VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (user_id, subject_id)`

// orNotFound is the error, or else a refusal on the field.
func orNotFound(field string, err error) error {
	if err != nil {
		return err
	}
	return notFound(field)
}

// Unfollow takes that back, for good: taking part does not follow it again. What is not followed stays so.
func (s *Service) Unfollow(ctx context.Context, subject string) error {
	viewer := auth.ViewerFrom(ctx)
	if err := permit(viewer, "unfollow", about{}); err != nil {
		return err
	}
	if _, ok := s.followableOf(subject); !ok {
		return notFound("subject")
	}
	return s.inTx(ctx, func(ctx context.Context, tx *Tx) error {
		return tx.Follow.Update().Where(follow.UserID(viewer.UserID), follow.SubjectID(subject)).SetActive(false).Exec(ctx)
	})
}

// followByTakingPart has who did it follow what they took part in, unless they gave that up, once or for all, or follow as
// much as allowed.
func (s *Service) followByTakingPart(ctx context.Context, tx *Tx, events []live.Event) error {
	doer := tx.doer(ctx)
	if doer == "" {
		return nil
	}
	for _, e := range events {
		what, ok := s.followableOf(e.Topic)
		if !ok || !slices.Contains(s.attention.takesPart, e.Type) {
			continue
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO follows (id, user_id, kind, subject_id, active, created_at)
SELECT $1, u.id, $3, $4, $5, $6 FROM users u WHERE u.id = $2
AND NOT EXISTS (SELECT 1 FROM follows f WHERE f.user_id = u.id AND f.subject_id = $4)
AND NOT EXISTS (SELECT 1 FROM notification_settings n WHERE n.id = u.id AND NOT n.follows_automatically)
AND (SELECT count(*) FROM follows f WHERE f.user_id = u.id AND f.active) < $7
ON CONFLICT (user_id, subject_id) DO NOTHING`,
			s.NewID("follow"), doer, string(what.Kind), e.Topic, true, s.now(), maxFollows)
		if err != nil {
			return err
		}
	}
	return nil
}

// Following is what the viewer follows, of one kind or of all. What is withdrawn or erased since is left out.
func (s *Service) Following(v auth.Viewer, kind *follow.Kind) *ent.FollowQuery {
	q := s.Read.Follow.Query().Where(follow.UserID(v.UserID), follow.Active(true), s.stillFollowable)
	if kind != nil {
		q.Where(follow.KindEQ(*kind))
	}
	return q
}

// stillFollowable matches follows of what there still is.
func (s *Service) stillFollowable(sel *sql.Selector) {
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

// FollowedBy says which of the subjects the viewer follows.
func (s *Service) FollowedBy(ctx context.Context, v auth.Viewer, subjects []string) (map[string]bool, error) {
	if !v.SignedIn() {
		return map[string]bool{}, nil
	}
	rows, err := s.Read.Follow.Query().Where(follow.UserID(v.UserID), follow.SubjectIDIn(subjects...), follow.Active(true)).
		Select(follow.FieldSubjectID).Strings(ctx)
	followed := make(map[string]bool, len(rows))
	for _, id := range rows {
		followed[id] = true
	}
	return followed, err
}

// Followers counts who follows each of the subjects.
func (s *Service) Followers(ctx context.Context, subjects []string) (map[string]int, error) {
	var rows []struct {
		SubjectID string `sql:"subject_id"`
		Count     int
	}
	err := s.Read.Follow.Query().Where(follow.SubjectIDIn(subjects...), follow.Active(true)).
		GroupBy(follow.FieldSubjectID).Aggregate(ent.Count()).Scan(ctx, &rows)
	counts := make(map[string]int, len(rows))
	for _, row := range rows {
		counts[row.SubjectID] = row.Count
	}
	return counts, err
}
