package organizations

import (
	"context"
	"fmt"

	"ensemble/consultation/change"
	"ensemble/consultation/text/clean"
	"ensemble/ent"
	"ensemble/ent/organization"
)

// lookAtNames notes what the names of organizations look like that were written by a program that did not.
func (s *Organizations) lookAtNames(ctx context.Context) error {
	after := ""
	for {
		due, err := s.Read.Organization.Query().Where(organization.Looks(""), organization.IDGT(after)).
			Order(organization.ByID()).Limit(change.JobBatch).All(ctx)
		if err != nil {
			return fmt.Errorf("find organizations: %w", err)
		}

		err = change.Each(due, "look at the name of", func(g *ent.Organization) error {
			return s.Write.Organization.Update().Where(organization.ID(g.ID), organization.Name(g.Name)).
				SetLooks(clean.Skeleton(g.Name)).Exec(ctx)
		})
		if err != nil || len(due) < change.JobBatch {
			return err
		}
		after = due[len(due)-1].ID
	}
}
