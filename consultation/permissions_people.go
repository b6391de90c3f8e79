package consultation

// Who may do what with accounts, ways in, and the administration of the site.
func init() {
	allow("signUp signIn signOut", ScopeNone, Anybody, "")
	allow("requestEmailConfirmation confirmEmail requestPasswordReset resetPassword", ScopeNone, Anybody, "")
	allow("updateAccount changePassword requestEmailChange acceptTerms exportAccount", ScopeNone, SignedIn, "")
	allow("readSessions endSession readIdentities readAccessTokens revokeAccessToken", ScopeNone, SignedIn, "their own")
	allow("createAccessToken eraseAccount", ScopeNone, SignedIn, "with their password; without one, for 15 minutes after signing in")
	allow("linkIdentity", ScopeNone, SignedIn, "for 15 minutes after signing in")
	allow("unlinkIdentity", ScopeNone, Author, "while another way to sign in remains")
	allow("grantSiteAdmin", ScopeNone, SiteAdmin, "")
	allow("revokeSiteAdmin", ScopeNone, SiteAdmin, "a site ADMIN is left")
}
