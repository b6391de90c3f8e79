package config

import (
	"fmt"
	"net/url"
	"time"

	"ensemble/consultation/change"
	"ensemble/consultation/people"
)

const (
	day         = 24 * time.Hour
	maxKeepDays = 100_000 // nearly the longest time.Duration
)

// readPrivacy reads for how long events and data about people are kept, and the terms of use.
func (c *Config) readPrivacy() (err error) {
	var days, count int
	err = numbers(
		wanted{&days, "EVENTS_KEEP_DAYS", 90, 0},
		wanted{&count, "EVENTS_KEEP_COUNT", 10_000, 0},
	)
	if err != nil {
		return err
	}
	c.KeepEvents = change.Retention{Age: time.Duration(min(days, maxKeepDays)) * day, Count: int64(count)}

	if c.Keeping, err = keeping(); err != nil {
		return err
	}
	c.Terms, err = terms()
	return err
}

// keeping reads for how long data about people is kept: UNCONFIRMED_KEEP_DAYS, NOTIFICATIONS_KEEP_DAYS,
// INVITATIONS_KEEP_DAYS, MAIL_KEEP_DAYS, NICKNAME_REST_DAYS.
func keeping() (change.Keeping, error) {
	k := change.DefaultKeeping

	for _, setting := range []struct {
		to    *time.Duration
		name  string
		least int
	}{
		{&k.Unconfirmed, "UNCONFIRMED_KEEP_DAYS", 1},
		{&k.ReadNotifications, "NOTIFICATIONS_KEEP_DAYS", 0},
		{&k.Invitations, "INVITATIONS_KEEP_DAYS", 0},
		{&k.Mail, "MAIL_KEEP_DAYS", 1},
		{&k.Nicknames, "NICKNAME_REST_DAYS", 0},
	} {
		days, err := number(setting.name, int(*setting.to/day), setting.least)
		if err != nil {
			return k, err
		}
		*setting.to = time.Duration(min(days, maxKeepDays)) * day
	}
	return k, nil
}

// terms reads the terms of use of the site: TERMS_VERSION and TERMS_URL, both or none.
func terms() (people.Terms, error) {
	t := people.Terms{Version: setting("TERMS_VERSION", ""), URL: setting("TERMS_URL", "")}
	if (t.Version == "") != (t.URL == "") {
		return t, fmt.Errorf("ENSEMBLE_TERMS_VERSION and ENSEMBLE_TERMS_URL: one needs the other")
	}

	if len(t.Version) > 64 {
		return t, fmt.Errorf("ENSEMBLE_TERMS_VERSION: more than 64 characters")
	}

	u, err := url.Parse(t.URL)
	if t.URL != "" && (err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http") {
		return t, fmt.Errorf("ENSEMBLE_TERMS_URL: not an absolute URL")
	}

	return t, nil
}
