package change

import "time"

const Day = 24 * time.Hour

// Keeping is for how long what is kept of people stays once it has served its purpose. Events have a Retention of their own,
// and the audit stays for ever.
type Keeping struct {
	Unconfirmed       time.Duration // an account whose address nobody confirms, where the site sends mail
	ReadNotifications time.Duration // since they were read
	Invitations       time.Duration // after the end of the time in which they could be answered
	Mail              time.Duration // that could not be sent
}

// DefaultKeeping is what holds unless the site is set otherwise.
var DefaultKeeping = Keeping{Unconfirmed: 7 * Day, ReadNotifications: 90 * Day, Mail: 3 * Day}
