// Package permission holds the one table of who may do what. Parts write their rows into it; in which state of things an act is
// possible is asked by the part that the act belongs to (may.go).
package permission

import (
	"strings"

	"ensemble/auth"
	"ensemble/consultation/refusal"
	"ensemble/ent/membership"
)

// Who is a kind of caller; several add up to all of them.
type Who uint16

// The kinds of caller. Roles are those in the process that the act is about, a site administrator has ADMIN in each.
// A signatory or owner counts as such while their organization is verified or not; MaySign asks for the rest.
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

// String is who they are, in the words of the table.
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
// or something to read that not everybody may.
type Permission struct {
	Acts  []string
	Scope string // what a token must be for
	Who   Who    // any of these
	When  string // in words; the function named after the act in may.go decides it
	Terms bool   // whether the terms of use must have been accepted
}

// table holds the rows by act, and order the rows as they were allowed. Parts fill them when the program starts; nothing
// changes afterwards.
var (
	table = map[string]*Permission{}
	order []*Permission
)

// Allow writes down who may do some acts, named in one string: with a token of which scope, and in which state of things,
// in words. An act has one row. What is not in the table, nobody may.
func Allow(names string, scope string, who Who, when string) {
	row := &Permission{Acts: strings.Fields(names), Scope: scope, Who: who, When: when}
	for _, act := range row.Acts {
		if table[act] != nil {
			panic("consultation: two permissions are written down for " + act)
		}
		table[act] = row
	}
	order = append(order, row)
}

// NeedTerms says that acts say something in public or count: whoever does them has accepted the terms of use. What takes
// something back, or only looks, needs no terms; nor do reports and appeals, which the law gives to everybody.
func NeedTerms(names string) {
	for _, act := range strings.Fields(names) {
		permissionOf(act).Terms = true
	}
}

// Permissions is the whole table, part by part. ARCHITECTURE.md renders it.
func Permissions() []Permission {
	all := make([]Permission, len(order))
	for i, row := range order {
		all[i] = *row
	}
	return all
}

// permissionOf finds the row of an act. A program that asks for one that is not in the table is wrong.
func permissionOf(act string) *Permission {
	if table[act] == nil {
		panic("consultation: no permission is written down for " + act)
	}
	return table[act]
}

// About is what an act is about, as far as it matters to who may do it.
type About struct {
	Process      string
	Author       string          // the id of a user
	Organization membership.Role // of the viewer in it
}

// Ask asks that the viewer is somebody who may do the act, with a token that is for it.
func Ask(v auth.Viewer, act string, on About) error {
	p := permissionOf(act)
	is := whoIs(v, on)
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

// MayTry asks what can be known of a mutation before it looks at anything: that the table names it, and that a token is for
// it. The mutation asks for the rest.
func MayTry(v auth.Viewer, mutation string) error {
	if table[mutation] == nil {
		return errForbidden
	}
	return forScope(v, table[mutation])
}

// forScope asks that the viewer came with something that is for what is permitted.
func forScope(v auth.Viewer, p *Permission) error {
	switch {
	case v.Allows(p.Scope), p.Who&Anybody != 0 && !v.SignedIn():
		return nil
	case p.Scope == ScopeNone:
		return refusal.New(refusal.Forbidden, "A token may not do this: sign in.")
	}
	return refusal.New(refusal.Forbidden, "This token is not for that: it lacks the scope “%s”.", p.Scope)
}

// whoIs are the kinds of caller that the viewer is.
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

// Whether somebody may do something now: who may is in permissions.go, the states of things are looked at here. Each
// function says nil, or why not: mutations refuse with it, and the viewerCan… fields show whether there is one. They look
// at nothing but their arguments.

var errForbidden = refusal.New(refusal.Forbidden, "You may not do this.")

func AskSignedIn(v auth.Viewer) error {
	if !v.SignedIn() {
		return refusal.ErrSignIn
	}
	return nil
}
