package notify

import "ensemble/consultation/permission"

// init registers who may do what with what people follow and are told.
func init() {
	permission.Allow("followSubject unfollowSubject markNotificationsRead updateNotificationSettings",
		permission.ScopeParticipate, permission.SignedIn, "")
	permission.Allow("readNotifications", permission.ScopeRead, permission.SignedIn, "")
}
