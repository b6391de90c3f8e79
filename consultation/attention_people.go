package consultation

import (
	"context"

	"entgo.io/ent/dialect/sql"

	"ensemble/ent/follow"
	"ensemble/ent/notification"
	"ensemble/ent/user"
)

// registerPeopleConcerns registers what people are told of their roles, that people can be followed, and their names.
func (s *Service) registerPeopleConcerns() {
	s.concern(Concern{
		Kind: notification.KindROLE, Who: "whoever gets or loses a role in a process, in an organization or on the site",
		Says:     said{Message: "Your role in “%[3]s” has changed."},
		Untitled: said{Message: "One of your roles on this site has changed."}, // of the whole site, or of a process that is not published
	})
	s.followable(Followable{
		Kind: follow.KindUSER, Table: user.Table,
		Exists: func(ctx context.Context, tx *Tx, id string) (bool, error) {
			return tx.User.Query().Where(user.ID(id), user.ErasedAtIsNil()).Exist(ctx)
		},
		Left: func(t *sql.Selector) *sql.Predicate { return sql.IsNull(t.C(user.FieldErasedAt)) },
	})
	s.tellWith(s.namePeople)
}

// namePeople reads the names of people whom notifications are about, or who did something: not of those who are erased.
func (s *Service) namePeople(ctx context.Context, w *Surroundings) error {
	ids := w.IDs("user")
	people, err := found(ctx, nil, s.People().Where(user.IDIn(ids...)).All, ids)
	for id, u := range people {
		if u.ErasedAt == nil {
			w.Named(id, u.Name)
		}
	}
	return err
}
