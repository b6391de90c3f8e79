package organizations

import (
	"ensemble/consultation/change"
	"ensemble/consultation/public"
	"ensemble/consultation/search"
	"ensemble/ent"
)

// registerOrganizations lets everybody find organizations, by their ids and by the words of their names.
func (s *Organizations) registerOrganizations() {
	public.RegisterNode(s.public, "organization", func() *ent.OrganizationQuery { return s.Read.Organization.Query() })
	search.RegisterSearched(s.search, "organization", organizationEntry,
		func(tx *change.Tx) *ent.OrganizationQuery { return tx.Organization.Query() })
}
