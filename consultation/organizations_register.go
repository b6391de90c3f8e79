package consultation

import (
	"ensemble/ent"
	"ensemble/ent/searchentry"
)

// registerOrganizations has everybody find organizations, by their ids and by their words.
func (s *Service) registerOrganizations() {
	registerNode(s, "organization", func() *ent.OrganizationQuery { return s.Read.Organization.Query() })
	registerSearched(s, "organization", searchentry.KindORGANIZATION, organizationEntry,
		func(tx *Tx) *ent.OrganizationQuery { return tx.Organization.Query() })
}
