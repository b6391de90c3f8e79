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

// siteAdminStays refuses to take the site away from its last administrator. others is how many others there are.
// Errors: CONFLICT.
func siteAdminStays(others int) error {
	if others == 0 {
		return refusal.New(refusal.Conflict, "A site keeps an administrator: make somebody else one first.")
	}
	return nil
}
