// Package permission has the one table of who may do what. Each part writes its rows into it (permissions.go), and
// decides itself in which state of things its acts are possible (may.go).
package permission

import (
	"strings"

	"ensemble/auth"
	"ensemble/consultation/refusal"
	"ensemble/ent/membership"
)

// Who is a set of kinds of caller, one bit for each.
type Who uint16

// The kinds of caller. Roles are those in the process that the act is about; a site administrator has ADMIN in each.
// A signatory or owner counts as such whether their organization is verified or not; MaySign checks that.
const (
	Anybody   Who = 1 << iota // signed in or not
	SignedIn                  // with an account
	Confirmed                 // with a confirmed e-mail address, where the site sends mail
	Author                    // of what it is about
	Member                    // of the organization it is about, whatever their place
	Signatory
	Owner
	Facilitator
	Moderator
	Steering
	Admin
	SiteAdmin
)

// named are the kinds of caller in the words of the table, in their order.
var named = []struct {
	who  Who
	name string
}{
	{Anybody, "anybody"},
	{SignedIn, "signed in"},
	{Confirmed, "signed in, address confirmed"},
	{Author, "author"},
	{Member, "member"},
	{Signatory, "signatory"},
	{Owner, "owner"},
	{Facilitator, "FACILITATOR"},
	{Moderator, "MODERATOR"},
	{Steering, "STEERING"},
	{Admin, "ADMIN"},
	{SiteAdmin, "site ADMIN"},
}

// String returns the kinds of caller in the words of the table, with commas between them.
func (w Who) String() string {
	var names []string
	for _, kind := range named {
		if w&kind.who != 0 {
			names = append(names, kind.name)
		}
	}
	return strings.Join(names, ", ")
}

// What a personal access token may be for. Sessions may do everything that the person may.
const (
	ScopeRead        = "read"        // what only the person may see
	ScopeParticipate = "participate" // comment, support, amend, vote, report
	ScopeModerate    = "moderate"    // what moderators do
	ScopeAdmin       = "admin"       // what the steering body, administrators and owners of organizations do
	ScopeNone        = ""            // no token is for this: only sessions may, and visitors where anybody may
)

// Permission says who may do some acts, and in which state of things. An act is a mutation, by its name in the schema,
// or the reading of something that not everybody may read.
type Permission struct {
	Acts  []string
	Scope string // what a token must be for
	Who   Who    // any of these
	When  string // in words; a function in the part's may.go, or the command itself, decides it
	Terms bool   // whether the terms of use must have been accepted
}

// table has the rows by act, and order the rows in the order of the calls of Allow. Parts fill them when the program
// starts; nothing changes afterwards.
var (
	table = map[string]*Permission{}
	order []*Permission
)

// Allow adds a row to the table: who may do some acts, whose names stand in one string with blanks between them, with a
// token of which scope, and in which state of things, in words. It panics when an act has a row already. What is not in
// the table, nobody may do.
func Allow(names string, scope string, who Who, when string) {
	row := &Permission{Acts: strings.Fields(names), Scope: scope, Who: who, When: when}
	for _, act := range row.Acts {
		if table[act] != nil {
			panic("permission: two permissions are written down for " + act)
		}
		table[act] = row
	}
	order = append(order, row)
}

// NeedTerms marks the rows of acts that say something in public, or that count: whoever does them must have accepted
// the terms of use. The mark is on the whole row, so an act that shares one with such an act needs the terms as well,
// even when it takes something back (removeSupport, deleteAmendmentDraft). Otherwise acts that take something back, or
// only read, need no terms; nor do reports and appeals, which the law gives to everybody.
func NeedTerms(names string) {
	for _, act := range strings.Fields(names) {
		permissionOf(act).Terms = true
	}
}

// Permissions returns a copy of the whole table, part by part, as ARCHITECTURE.md shows it.
func Permissions() []Permission {
	all := make([]Permission, len(order))
	for i, row := range order {
		all[i] = *row
	}
	return all
}

// permissionOf returns the row of an act. It panics when there is none: only a mistake in the program asks for such an
// act.
func permissionOf(act string) *Permission {
	if table[act] == nil {
		panic("permission: no permission is written down for " + act)
	}
	return table[act]
}

// About is what an act is about, as far as it matters to who may do it.
type About struct {
	Process      string          // the id of a process, "" for none
	Author       string          // the id of a user
	Organization membership.Role // the viewer's role in the organization; "" for none
}

// Ask returns nil when the viewer may do the act, and their token, where they came with one, is for it. It does not
// look at the state of things. Errors: UNAUTHENTICATED, FORBIDDEN, TERMS_NOT_ACCEPTED.
func Ask(v auth.Viewer, act string, on About) error {
	p := permissionOf(act)
	is := whoIs(v, on)

	// What the caller can do something about is said first: sign in, use another token, accept the terms.
	if p.Who&Anybody == 0 && !v.SignedIn() {
		return refusal.ErrSignIn
	}
	if err := forScope(v, p); err != nil {
		return err
	}
	if v.OwesTerms && p.Terms {
		return refusal.New(refusal.TermsNotAccepted, "Accept the terms of use first.")
	}

	switch {
	case p.Who&is != 0:
		return nil
	case p.Who&Confirmed != 0:
		return refusal.New(refusal.Forbidden, "Confirm your e-mail address first.")
	}
	return errForbidden
}

// MayTry checks what is known before a mutation has read anything: that the table has the mutation, and that the
// viewer's token is for it. The mutation itself checks the rest with Ask. Errors: FORBIDDEN.
func MayTry(v auth.Viewer, mutation string) error {
	if table[mutation] == nil {
		return errForbidden
	}
	return forScope(v, table[mutation])
}

// forScope returns nil when the viewer came with a session, or with a token of the scope that the row asks for, or as a
// visitor where anybody may. Errors: FORBIDDEN.
func forScope(v auth.Viewer, p *Permission) error {
	switch {
	case v.Allows(p.Scope), p.Who&Anybody != 0 && !v.SignedIn():
		return nil
	case p.Scope == ScopeNone:
		return refusal.New(refusal.Forbidden, "A token may not do this: sign in.")
	}
	return refusal.New(refusal.Forbidden, "This token is not for that: it lacks the scope “%s”.", p.Scope)
}

// whoIs returns all the kinds of caller that the viewer is.
func whoIs(v auth.Viewer, on About) Who {
	if !v.SignedIn() {
		return Anybody
	}

	is := Anybody | SignedIn
	for kind, so := range map[Who]bool{
		Confirmed:   v.Confirmed,
		Author:      v.UserID == on.Author,
		Member:      on.Organization != "",
		Signatory:   on.Organization == membership.RoleSIGNATORY,
		Owner:       on.Organization == membership.RoleOWNER,
		Facilitator: v.Has(on.Process, "FACILITATOR"),
		Moderator:   v.Has(on.Process, "MODERATOR"),
		Steering:    v.Has(on.Process, "STEERING"),
		Admin:       v.Has(on.Process, "ADMIN"),
		SiteAdmin:   v.SiteAdmin,
	} {
		if so {
			is |= kind
		}
	}
	return is
}

// errForbidden refuses a viewer who is none of those who may do the act.
var errForbidden = refusal.New(refusal.Forbidden, "You may not do this.")

// AskSignedIn returns nil when the viewer is signed in. Errors: UNAUTHENTICATED.
func AskSignedIn(v auth.Viewer) error {
	if !v.SignedIn() {
		return refusal.ErrSignIn
	}
	return nil
}
