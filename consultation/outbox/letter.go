package outbox

import (
	"ensemble/consultation/message"
	"ensemble/ent"
)

// Letter is what a mail says, in messages of the catalogue.
type Letter struct {
	Subject message.Said
	Body    []message.Said // paragraphs: an empty line is put between them
	Headers map[string]string
}

// Recipient is whom a mail is for.
type Recipient struct {
	User     string // "" without an account
	Address  string // "": the mail is written, so that nobody can tell, and dropped when it is due
	Language string
}

// WriteTo is the account as a recipient; false when it has no address.
func WriteTo(u *ent.User) (Recipient, bool) {
	if u.Email == nil || u.ErasedAt != nil {
		return Recipient{}, false
	}
	return Recipient{u.ID, *u.Email, u.Language}, true
}
