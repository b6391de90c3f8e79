package consultation

import (
	"context"

	"ensemble/ent/follow"
	"ensemble/ent/notification"
	"ensemble/ent/organization"
)

// registerOrganizationConcerns registers what people are told by organizations, that organizations can be followed, and their names.
func (s *Service) registerOrganizationConcerns() {
	s.concern(Concern{
		Kind: notification.KindINVITATION, Who: "whoever is invited into an organization",
		Says: said{Message: "You are invited to join “%[3]s”."},
	})
	s.followable(Followable{
		Kind: follow.KindORGANIZATION, Table: organization.Table,
		Exists: func(ctx context.Context, tx *Tx, id string) (bool, error) {
			return tx.Organization.Query().Where(organization.ID(id)).Exist(ctx)
		},
	})
	s.tellWith(s.nameOrganizations)
}

// nameOrganizations reads the names of organizations that notifications are about, or that did something.
func (s *Service) nameOrganizations(ctx context.Context, w *Surroundings) error {
	ids := w.IDs("organization")
	organizations, err := found(ctx, nil, s.Read.Organization.Query().Where(organization.IDIn(ids...)).All, ids)
	for id, g := range organizations {
		w.Named(id, g.Name)
	}
	return err
}
