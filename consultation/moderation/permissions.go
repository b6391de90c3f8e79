package moderation

import "ensemble/consultation/permission"

// init registers who may do what with reports, decisions and appeals.
func init() {
	permission.Allow("reportContent", permission.ScopeParticipate, permission.Confirmed,
		"it can be read, and somebody else wrote it")
	permission.Allow("hideContent restoreContent dismissReports decideReports publishHeldContent refuseHeldContent",
		permission.ScopeModerate, permission.Moderator|permission.Admin,
		"it stands so that the decision changes something, and somebody else wrote it; not again what an appeal has given back")
	permission.Allow("appealDecision", permission.ScopeParticipate, permission.Author,
		"once, for six months, while the decision keeps it away")
	permission.Allow("decideAppeal", permission.ScopeModerate, permission.Moderator|permission.Admin,
		"it is open; not who took the decision, but an ADMIN when nobody else could")
	permission.Allow("readModerationQueue", permission.ScopeModerate, permission.Moderator|permission.Admin, "")
	permission.Allow("readModerationCase", permission.ScopeRead,
		permission.Author|permission.Moderator|permission.Admin, "")
}
