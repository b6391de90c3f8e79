// Package auth says who is calling: the Viewer and the language of a request, tokens and passwords. It
// knows nothing of databases or HTTP; whoever receives a request puts the Viewer in its context.
package auth

import (
	"context"
	"slices"
	"time"

	"golang.org/x/text/language"
)

// Viewer is whoever makes a request; the zero Viewer is nobody. It is a snapshot, made when the request
// (or socket) began.
type Viewer struct {
	UserID    string
	SessionID string
	ExpiresAt time.Time // of the session, or the token
	SiteAdmin bool
	Confirmed bool                // the e-mail address is theirs, as far as the site can know
	OwesTerms bool                // the site has terms of use that they have not accepted as they are now
	Scopes    []string            // what a personal access token is for; nil: it is a session, for everything
	Language  string              // BCP 47, of messages to this person
	Roles     map[string][]string // process id → ADMIN, STEERING, MODERATOR, FACILITATOR
	SignsFor  []string            // verified organizations in whose name they may act
}

// SignedIn reports whether the viewer is somebody.
func (v Viewer) SignedIn() bool { return v.UserID != "" }

// Has reports whether the viewer has one of the roles in the process; a site administrator has ADMIN everywhere.
func (v Viewer) Has(process string, roles ...string) bool {
	if v.SiteAdmin && slices.Contains(roles, "ADMIN") {
		return true
	}
	return slices.ContainsFunc(v.Roles[process], func(r string) bool { return slices.Contains(roles, r) })
}

// Allows reports whether the viewer came with something that is for the scope: a session, or a token that names it.
func (v Viewer) Allows(scope string) bool { return v.Scopes == nil || slices.Contains(v.Scopes, scope) }

// Signs reports whether the viewer may act in the organization's name.
func (v Viewer) Signs(organization string) bool { return slices.Contains(v.SignsFor, organization) }

type (
	viewerKey   struct{}
	gateKey     struct{}
	languageKey struct{}
)

// WithViewer puts the viewer in the context of a request.
func WithViewer(ctx context.Context, v Viewer) context.Context {
	return context.WithValue(ctx, viewerKey{}, v)
}

// WithGate makes ViewerFrom return nobody wherever open says no. The API uses it so that fields which
// are not marked as personal cannot depend on a person, even by mistake.
func WithGate(ctx context.Context, open func(context.Context) bool) context.Context {
	return context.WithValue(ctx, gateKey{}, open)
}

// ViewerFrom returns the viewer, or nobody: for a visitor, and behind a closed gate.
func ViewerFrom(ctx context.Context) Viewer {
	if open, gated := ctx.Value(gateKey{}).(func(context.Context) bool); gated && !open(ctx) {
		return Viewer{}
	}
	v, _ := ctx.Value(viewerKey{}).(Viewer)
	return v
}

// Caller returns the viewer past any gate: for logs, limits and what decides about the whole request,
// never for what an answer contains.
func Caller(ctx context.Context) Viewer {
	v, _ := ctx.Value(viewerKey{}).(Viewer)
	return v
}

// WithLanguages puts the languages of a request in its context, the preferred one first.
func WithLanguages(ctx context.Context, tags []language.Tag) context.Context {
	return context.WithValue(ctx, languageKey{}, tags)
}

// LanguagesFrom returns the languages of the request, the preferred one first; maybe none.
func LanguagesFrom(ctx context.Context) []language.Tag {
	tags, _ := ctx.Value(languageKey{}).([]language.Tag)
	return tags
}
