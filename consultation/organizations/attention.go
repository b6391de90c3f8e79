package organizations

import (
	"context"

	"ensemble/consultation/change"
	"ensemble/consultation/message"
	"ensemble/consultation/notify"
	"ensemble/ent/follow"
	"ensemble/ent/notification"
	"ensemble/ent/organization"
)

// registerConcerns registers the notifications about organizations, that organizations can be followed, and how
// notifications name them.
func (s *Organizations) registerConcerns() {
	s.notify.Concern(notify.Concern{
		Kind: notification.KindINVITATION, Who: "whoever is invited into an organization",
		Says: message.Said{Message: "You are invited to join “%[3]s”."},
	})

	s.notify.Followable(notify.Followable{
		Kind: follow.KindORGANIZATION, Table: organization.Table,
		Exists: func(ctx context.Context, tx *change.Tx, id string) (bool, error) {
			return tx.Organization.Query().Where(organization.ID(id)).Exist(ctx)
		},
	})

	s.notify.DescribeWith(s.nameOrganizations)
}

// nameOrganizations reads the names of the organizations that notifications are about, or that did something.
func (s *Organizations) nameOrganizations(ctx context.Context, w *notify.Surroundings) error {
	ids := w.IDs("organization")
	organizations, err := change.Found(ctx, nil, s.Read.Organization.Query().Where(organization.IDIn(ids...)).All, ids)
	for id, g := range organizations {
		w.Named(id, g.Name)
	}
	return err
}
