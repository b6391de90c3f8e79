package people

import "ensemble/consultation/permission"

// init registers who may do what with accounts, ways in, and the administration of the site.
func init() {
	permission.Allow("signUp signIn signOut", permission.ScopeNone, permission.Anybody, "")
	permission.Allow("requestEmailConfirmation confirmEmail requestPasswordReset resetPassword",
		permission.ScopeNone, permission.Anybody, "")
	permission.Allow("updateAccount changePassword requestEmailChange acceptTerms exportAccount",
		permission.ScopeNone, permission.SignedIn, "")
	permission.Allow("readSessions endSession readIdentities readAccessTokens revokeAccessToken", permission.ScopeNone,
		permission.SignedIn, "their own")
	permission.Allow("createAccessToken", permission.ScopeNone, permission.SignedIn,
		"with their password; without one, for 15 minutes after signing in")
	permission.Allow("eraseAccount", permission.ScopeNone, permission.SignedIn,
		"with their password; without one, for 15 minutes after signing in; of a site ADMIN, another one is left")
	permission.Allow("linkIdentity", permission.ScopeNone, permission.SignedIn, "for 15 minutes after signing in")
	permission.Allow("unlinkIdentity", permission.ScopeNone, permission.Author, "while another way to sign in remains")
	permission.Allow("grantSiteAdmin", permission.ScopeNone, permission.SiteAdmin, "")
	permission.Allow("revokeSiteAdmin", permission.ScopeNone, permission.SiteAdmin, "a site ADMIN is left")
}
