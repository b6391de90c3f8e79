package consultation

// Who may do what with reports, decisions and appeals.
func init() {
	allow("report", ScopeParticipate, Confirmed, "it can be read, and somebody else wrote it")
	allow("hide restore dismissReports decideReports publishHeld refuseHeld", ScopeModerate, Moderator|Admin, "it stands so that the decision changes something, and somebody else wrote it; not again what an appeal has given back")
	allow("appeal", ScopeParticipate, Author, "once, for six months, while the decision keeps it away")
	allow("decideAppeal", ScopeModerate, Moderator|Admin, "it is open; not who took the decision, but an ADMIN when nobody else could")
	allow("readModerationQueue", ScopeModerate, Moderator|Admin, "")
	allow("readModerationCase", ScopeRead, Author|Moderator|Admin, "")
}
