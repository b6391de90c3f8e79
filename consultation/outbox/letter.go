package outbox

import (
	"ensemble/consultation/message"
	"ensemble/ent"
)

// Letter is what a mail says, in messages of the catalogue.
type Letter struct {
	Subject message.Said
	Body    []message.Said // paragraphs; an empty line separates them
	Headers map[string]string

	// Tells has the ids of notifications. What they say is put before Body only when the mail leaves: so a mail that
	// waits names nobody, and tells nothing that was hidden or erased meanwhile. When all of it is, or was read, the mail
	// is not sent.
	Tells []string
}

// NewLetter returns a letter of paragraphs without headers.
func NewLetter(subject message.Said, body ...message.Said) Letter {
	return Letter{Subject: subject, Body: body}
}

// Recipient is whom a mail is for.
type Recipient struct {
	User     string // "" without an account
	Address  string // "": the mail is written, so that nobody can see a difference, and deleted when it is due
	Language string
}

// WriteTo returns the account as a recipient. The result is false when the account has no address, or is erased.
func WriteTo(u *ent.User) (Recipient, bool) {
	if u.Email == nil || u.ErasedAt != nil {
		return Recipient{}, false
	}
	return Recipient{u.ID, *u.Email, u.Language}, true
}
