package config

import (
	"fmt"
	"net/mail"
	"time"
	_ "time/tzdata"

	"ensemble/consultation/notify"
)

// readMail reads how mail is sent, from whom, and when digests are.
func (c *Config) readMail() (err error) {
	c.SMTPURL = setting("SMTP_URL", "")
	from := mail.Address{Name: c.Pages.Name, Address: "no-reply@" + c.BaseURL.Hostname()}
	c.MailFrom = setting("MAIL_FROM", from.String())
	c.Digests, err = digestHour()
	return err
}

// digestHour reads the hour of the day at which digests are sent, and where that hour is.
func digestHour() (notify.Hour, error) {
	hour, err := number("DIGEST_HOUR", 7, 0)
	if err != nil || hour > 23 {
		return notify.Hour{}, fmt.Errorf("ENSEMBLE_DIGEST_HOUR: not an hour from 0 to 23")
	}

	in, err := time.LoadLocation(setting("TIME_ZONE", "Europe/Paris"))
	if err != nil {
		return notify.Hour{}, fmt.Errorf("ENSEMBLE_TIME_ZONE: not the name of a time zone, such as Europe/Paris")
	}
	return notify.Hour{Hour: hour, In: in}, nil
}
