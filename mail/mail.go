// Package mail sends mail: by SMTP, into a folder, or to the log. It does not decide who gets what, stores nothing, and
// tries once: the caller stores what could not be sent.
package mail

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/mail"
	"net/url"
	"slices"
	"strings"
	"unicode"

	gomail "github.com/wneessen/go-mail"
)

// Message is a mail to one person.
type Message struct {
	ID      string // the same in every try; letters, digits and _
	To      string // a bare address
	Subject string // one line
	Body    string // plain text
	Headers map[string]string
}

// Sender sends mail. Its errors contain no addresses and nothing of the text.
type Sender interface {
	Send(ctx context.Context, m Message) error
}

// Open makes the sender that an address names: smtp://user:password@host:587 (STARTTLS is required, except on loopback
// or with ?tls=none), smtps://user:password@host:465, or file:FOLDER. from is whom mail comes from: “Name <address>”.
func Open(address, from string) (Sender, error) {
	sender, err := mail.ParseAddress(from)
	if err != nil {
		return nil, errors.New("mail: the sender is not “Name <address>”")
	}

	if folder, ok := strings.CutPrefix(address, "file:"); ok {
		return openFolder(folder, sender)
	}

	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" { // the error has the password
		return nil, errors.New("mail: the address is not smtp://user:password@host:587, smtps://user:password@host:465 or file:FOLDER")
	}

	return openSMTP(u, sender)
}

// Refused means that a message cannot be sent, and why, in the server's numbers.
type Refused struct {
	Doing     string // what the server, or we, did not want
	Code      int    // of SMTP; 0: none
	permanent bool
}

// Error implements error.
func (r *Refused) Error() string {
	if r.Code == 0 {
		return "mail: refused while " + r.Doing
	}
	return fmt.Sprintf("mail: refused with %d while %s", r.Code, r.Doing)
}

// Permanent reports whether trying again is of no use.
func (r *Refused) Permanent() bool { return r.permanent }

// written returns the message as it is sent. It refuses what would end a header: nobody honest writes that by mistake.
func written(from *mail.Address, m Message) (*gomail.Msg, error) {
	_, host, _ := strings.Cut(from.Address, "@")

	names, values := slices.Collect(maps.Keys(m.Headers)), slices.Collect(maps.Values(m.Headers))
	for _, line := range slices.Concat(names, values, []string{m.ID, m.To, m.Subject}) {
		if strings.ContainsFunc(line, unicode.IsControl) {
			return nil, &Refused{Doing: "reading a header", permanent: true}
		}
	}

	msg := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	msg.FromMailAddress(from)

	if parsed, err := mail.ParseAddress(m.To); err != nil || parsed.Address != m.To {
		return nil, &Refused{Doing: "reading the address", permanent: true}
	}

	msg.ToMailAddress(&mail.Address{Address: m.To})
	msg.SetMessageIDWithValue(m.ID + "@" + host)
	msg.SetDate()
	msg.Subject(m.Subject)

	msg.SetGenHeader("Auto-Submitted", "auto-generated") // no answers of absent people. Source: RFC 3834
	for _, name := range slices.Sorted(maps.Keys(m.Headers)) {
		msg.SetGenHeader(gomail.Header(name), m.Headers[name])
	}

	msg.SetBodyString(gomail.TypeTextPlain, m.Body)
	return msg, nil
}
