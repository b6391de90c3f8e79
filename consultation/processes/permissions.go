package processes

import "ensemble/consultation/permission"

// init writes down who may do what with processes, and who gives roles in them.
func init() {
	permission.Allow("createProcess", permission.ScopeAdmin, permission.SiteAdmin, "")
	permission.Allow("updateProcess publishProcess createPhase updatePhase deletePhase createAxis updateAxis deleteAxis",
		permission.ScopeAdmin, permission.Admin, "")
	permission.Allow("grantRole", permission.ScopeAdmin, permission.Admin, "")
	permission.Allow("revokeRole", permission.ScopeAdmin, permission.Admin, "an ADMIN is left, or a site ADMIN does it")
	permission.Allow("readRoles", permission.ScopeAdmin, permission.Admin, "")
}
