package change

import "time"

// Day is 24 hours.
const Day = 24 * time.Hour

// Keeping says how long data about people is still kept when it is not needed any more. Events have a Retention of
// their own, and the audit stays for ever.
type Keeping struct {
	Unconfirmed       time.Duration // an account whose address nobody confirms, where the site sends mail
	ReadNotifications time.Duration // since they were read
	Invitations       time.Duration // after the end of the time in which they could be answered
	Mail              time.Duration // that could not be sent
	Nicknames         time.Duration // since they were given up, before anybody else may take them
}

// DefaultKeeping is used where the site's settings say nothing else: invitations go as soon as they have expired.
var DefaultKeeping = Keeping{Unconfirmed: 7 * Day, ReadNotifications: 90 * Day, Mail: 3 * Day,
	Nicknames: 365 * Day}
