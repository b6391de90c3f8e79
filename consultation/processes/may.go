package processes

import (
	"ensemble/auth"
	"ensemble/consultation/permission"
	"ensemble/consultation/refusal"
	"ensemble/ent/role"
)

// MayCreateProcess reports why the viewer may not create processes, or nil.
// Errors: UNAUTHENTICATED; FORBIDDEN.
func MayCreateProcess(v auth.Viewer) error {
	return permission.Ask(v, "createProcess", permission.About{})
}

// MayConfigure reports why the viewer may not change a process, its phases and its axes, or nil.
// Errors: UNAUTHENTICATED; FORBIDDEN.
func MayConfigure(v auth.Viewer, process string) error {
	return permission.Ask(v, "updateProcess", permission.About{Process: process})
}

// MaySteer reports why the viewer may not steer a process, that is, write its commitments, or nil.
// Errors: UNAUTHENTICATED; FORBIDDEN.
func MaySteer(v auth.Viewer, process string) error {
	return permission.Ask(v, "createCommitment", permission.About{Process: process})
}

// MayGrantRole reports why the viewer may not grant roles in a process, among them that of its administrator; or nil.
// Errors: UNAUTHENTICATED; FORBIDDEN.
func MayGrantRole(v auth.Viewer, process string) error {
	return permission.Ask(v, "grantRole", permission.About{Process: process})
}

// MayRevokeRole reports why the viewer may not take a role away in a process that has otherAdmins administrators
// besides the person, or nil. Only a site administrator may take the last administrator's role. Errors: those of
// permission.Ask; CONFLICT.
func MayRevokeRole(v auth.Viewer, process string, name role.Name, otherAdmins int) error {
	if err := permission.Ask(v, "revokeRole", permission.About{Process: process}); err != nil {
		return err
	}
	if name == role.NameADMIN && otherAdmins == 0 && !v.SiteAdmin {
		return refusal.New(refusal.Conflict, "Only a site administrator may take the last administrator’s role away.")
	}
	return nil
}

// MayReadRoles says whether the viewer may know who has which role in a process.
func MayReadRoles(v auth.Viewer, process string) bool {
	return permission.Ask(v, "readRoles", permission.About{Process: process}) == nil
}
