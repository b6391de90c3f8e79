package people

import (
	"ensemble/auth"
	"ensemble/consultation/permission"
	"ensemble/consultation/refusal"
	"ensemble/ent"
)

// MayUnlink reports why v may not unlink the identity i, or nil. others is how many ways to sign in remain without it.
// Errors: UNAUTHENTICATED; FORBIDDEN unless the identity is theirs; CONFLICT when no way remains.
func MayUnlink(v auth.Viewer, i *ent.Identity, others int) error {
	if err := permission.Ask(v, "unlinkIdentity", permission.About{Author: i.UserID}); err != nil {
		return err
	}
	if others == 0 {
		return refusal.New(refusal.Conflict, "This is the last way to sign in to your account.")
	}
	return nil
}

// MayGrantSiteAdmin reports why v may not make somebody a site administrator, or nil.
// Errors: UNAUTHENTICATED; FORBIDDEN unless v is a site administrator with a session.
func MayGrantSiteAdmin(v auth.Viewer) error {
	return permission.Ask(v, "grantSiteAdmin", permission.About{})
}

// MayRevokeSiteAdmin reports why v may not take that away from a site administrator, or nil. others is how many other
// site administrators there are.
// Errors: those of MayGrantSiteAdmin; CONFLICT when there is no other.
func MayRevokeSiteAdmin(v auth.Viewer, others int) error {
	if err := permission.Ask(v, "revokeSiteAdmin", permission.About{}); err != nil {
		return err
	}
	return keepsSiteAdmin(others)
}

// keepsSiteAdmin reports that the site would be left without an administrator, or nil when there are others.
func keepsSiteAdmin(others int) error {
	if others == 0 {
		return refusal.Moved("ADMIN", "A site keeps an administrator: make somebody else one first.")
	}
	return nil
}
