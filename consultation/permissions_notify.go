package consultation

// Who may do what with what people follow and are told.
func init() {
	allow("follow unfollow markNotificationsRead updateNotificationSettings", ScopeParticipate, SignedIn, "")
	allow("readNotifications", ScopeRead, SignedIn, "")
}
