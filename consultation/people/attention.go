package people

import (
	"context"

	"entgo.io/ent/dialect/sql"

	"ensemble/consultation/change"
	"ensemble/consultation/message"
	"ensemble/consultation/notify"
	"ensemble/ent/follow"
	"ensemble/ent/notification"
	"ensemble/ent/user"
)

// registerConcerns registers what people are told of their roles, that people can be followed, and who reads their
// names.
func (s *Accounts) registerConcerns() {
	s.notify.Concern(notify.Concern{
		Kind: notification.KindROLE, Who: "whoever gets or loses a role in a process, in an organization or on the site",
		Says: message.Said{Message: "Your role in “%[3]s” has changed."},
		// The role is for the whole site, or in a process that is not published.
		Untitled: message.Said{Message: "One of your roles on this site has changed."},
	})

	s.notify.Followable(notify.Followable{
		Kind: follow.KindUSER, Table: user.Table,
		Exists: func(ctx context.Context, tx *change.Tx, id string) (bool, error) {
			return tx.User.Query().Where(user.ID(id), user.ErasedAtIsNil()).Exist(ctx)
		},
		Left: func(t *sql.Selector) *sql.Predicate { return sql.IsNull(t.C(user.FieldErasedAt)) },
	})

	s.notify.DescribeWith(s.namePeople)
}

// namePeople reads the names of people whom notifications are about, or who did something. Those who are erased stay
// without a name.
func (s *Accounts) namePeople(ctx context.Context, w *notify.Surroundings) error {
	ids := w.IDs("user")
	people, err := change.Found(ctx, nil, s.public.People().Where(user.IDIn(ids...)).All, ids)
	for id, u := range people {
		if u.ErasedAt == nil {
			w.Named(id, u.Name)
		}
	}
	return err
}
