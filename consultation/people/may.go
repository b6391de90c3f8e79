package people

import (
	"ensemble/auth"
	"ensemble/consultation/permission"
	"ensemble/consultation/refusal"
	"ensemble/ent"
)

// MayUnlink an identity of their own, when others, ways to sign in without it, remain.
func MayUnlink(v auth.Viewer, i *ent.Identity, others int) error {
	if err := permission.Ask(v, "unlinkIdentity", permission.About{Author: i.UserID}); err != nil {
		return err
	}
	if others == 0 {
		return refusal.New(refusal.Conflict, "This is the last way to sign in to your account.")
	}
	return nil
}

// MayGrantSiteAdmin to anybody.
func MayGrantSiteAdmin(v auth.Viewer) error {
	return permission.Ask(v, "grantSiteAdmin", permission.About{})
}

// MayRevokeSiteAdmin from anybody, where so many others are site administrators.
func MayRevokeSiteAdmin(v auth.Viewer, others int) error {
	if err := permission.Ask(v, "revokeSiteAdmin", permission.About{}); err != nil {
		return err
	}
	return keepsSiteAdmin(others)
}

// keepsSiteAdmin asks that the site has an administrator still.
func keepsSiteAdmin(others int) error {
	if others == 0 {
		return refusal.Moved("ADMIN", "A site keeps an administrator: make somebody else one first.")
	}
	return nil
}
