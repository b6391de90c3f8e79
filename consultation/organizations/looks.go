package organizations

import (
	"context"
	"errors"
	"fmt"

	"ensemble/consultation/change"
	"ensemble/consultation/text/clean"
	"ensemble/ent"
	"ensemble/ent/organization"
)

// lookAtNames notes what the names of organizations look like that were written by a program that did not. Where one
// fails, the others are noted all the same.
func (s *Organizations) lookAtNames(ctx context.Context) error {
	var failed error
	for after := ""; ; {
		due, err := s.Read.Organization.Query().Where(organization.Looks(""), organization.IDGT(after)).
			Order(organization.ByID()).Limit(change.JobBatch).All(ctx)
		if err != nil {
			return errors.Join(failed, fmt.Errorf("find organizations: %w", err))
		}

		failed = errors.Join(failed, change.Each(due, "look at the name of", func(g *ent.Organization) error {
			return s.Write.Organization.Update().Where(organization.ID(g.ID), organization.Name(g.Name)).
				SetLooks(clean.Skeleton(g.Name)).Exec(ctx)
		}))
		if len(due) < change.JobBatch {
			return failed
		}
		after = due[len(due)-1].ID
	}
}
