package people

import (
	"strings"
	"time"

	"ensemble/consultation/message"
	"ensemble/consultation/outbox"
	"ensemble/consultation/permission"
	"ensemble/ent"
)

// These are the mails that the site writes to accounts. They contain nothing that people wrote, not even a name:
// whoever signs up with the address of somebody else cannot make the site say something to that person. One contains
// the name of an access token, and goes to confirmed addresses only.

// confirmLetter brings the link that confirms the address of a new account.
func confirmLetter(link string) outbox.Letter {
	return outbox.NewLetter(message.Text("Confirm your e-mail address"),
		message.Text("Somebody, probably you, opened an account with this e-mail address."),
		message.Text("To confirm the address and take part, open this page within 48 hours:"),
		message.Text("%s", link),
		message.Text("If it was not you, do nothing: without a confirmation the account is forgotten."),
	)
}

// changeLetter brings, to the new address, the link with which an account changes to it.
func changeLetter(link string) outbox.Letter {
	return outbox.NewLetter(message.Text("Confirm your new e-mail address"),
		message.Text("Somebody, probably you, wants to use this e-mail address for their account."),
		message.Text("To confirm the address, open this page within 48 hours:"),
		message.Text("%s", link),
		message.Text("If it was not you, do nothing."),
	)
}

// resetLetter brings the link that sets a new password.
func resetLetter(link string) outbox.Letter {
	return outbox.NewLetter(message.Text("Set a new password"),
		message.Text("Somebody, probably you, asked for a new password for your account."),
		message.Text("To set it, open this page within an hour:"),
		message.Text("%s", link),
		message.Text("If it was not you, do nothing: your password stays as it is."),
	)
}

// takenLetter goes to an account whose address somebody wants for another one.
func takenLetter(reset string) outbox.Letter {
	return outbox.NewLetter(message.Text("You have an account already"),
		message.Text("Somebody, maybe you, wants to use this e-mail address for an account. It has one already: nothing was changed."),
		message.Text("If you forgot your password, set a new one here:"),
		message.Text("%s", reset),
	)
}

// changeNotice goes to the address that an account may leave.
func changeNotice(reset string) outbox.Letter {
	return outbox.NewLetter(message.Text("Your e-mail address is about to change"),
		message.Text("Somebody who knows your password, probably you, asked to use another e-mail address for your account. It changes once that address is confirmed."),
		message.Text("If it was not you, set a new password now. That also prevents the change:"),
		message.Text("%s", reset),
	)
}

// changedLetter goes to the address that an account left.
func changedLetter() outbox.Letter {
	return outbox.NewLetter(message.Text("Your e-mail address was changed"),
		message.Text("Your account has another e-mail address now. This one is not used any more."),
		message.Text("If it was not you, write to those who run the site."),
	)
}

// unlinkedLetter goes to an account from which doubtful identities were removed: see dropUnproven.
func unlinkedLetter() outbox.Letter {
	return outbox.NewLetter(message.Text("Ways to sign in were removed"),
		message.Text("Other ways to sign in to your account were added before it was sure that this e-mail address is yours. They were removed."),
		message.Text("If they were yours, sign in and add them again."),
	)
}

// scopesSaid says in words what each scope of an access token is for.
var scopesSaid = map[string]message.Said{
	permission.ScopeRead:        {Message: "It reads what only you may read."},
	permission.ScopeParticipate: {Message: "It comments, supports, amends, votes and reports in your name."},
	permission.ScopeModerate:    {Message: "It does what you may do as a moderator."},
	permission.ScopeAdmin:       {Message: "It does what you may do as an administrator, in the steering body, or as an owner of an organization."},
}

// tokenLetter says what a new access token is for, and until when it works. It does not contain the token.
func tokenLetter(made *ent.AccessToken, reset string) outbox.Letter {
	body := []message.Said{
		message.Text("Somebody, probably you, made an access token for your account. "+
			"A program that has it acts for you until %s.", made.ExpiresAt.Format(time.DateOnly)),
		message.Text("Its name: %s", made.Name),
	}
	for _, scope := range fields(made.Scopes) {
		body = append(body, scopesSaid[scope])
	}

	return outbox.Letter{
		Subject: message.Text("A new access token of your account"),
		Body: append(body,
			message.Text("If it was not you, set a new password now. That also ends the token:"),
			message.Text("%s", reset),
		),
	}
}

// passwordChangedLetter says whether identities were unlinked, and names the providers with which one can still sign
// in.
func passwordChangedLetter(reset string, unlinked int, still []string) outbox.Letter {
	body := []message.Said{{Message: "The password of your account was just changed, and other sessions were ended."}}
	if unlinked > 0 {
		body = append(body, message.Text("Other ways to sign in to it were removed."))
	}
	if len(still) > 0 {
		body = append(body, message.Text("You can still sign in with %s: remove what is not yours.",
			strings.Join(still, ", ")))
	}

	return outbox.Letter{
		Subject: message.Text("Your password was changed"),
		Body: append(body,
			message.Text("If it was not you, set a new password now:"),
			message.Text("%s", reset),
		),
	}
}
