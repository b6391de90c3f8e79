// Package openid asks OpenID Connect providers who somebody is: the authorization code flow with PKCE, discovery, and
// sign-out that the site begins. It decides nothing about accounts, and knows nothing of browsers: package server sends
// them to and fro.
package openid

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"ensemble/consultation/people"
	"ensemble/server/outbound"
)

// Settings are what the site must know of one provider.
type Settings struct {
	Name         string // in addresses: a-z, 0-9 and -
	Label        string // on buttons
	Issuer       string
	ClientID     string
	ClientSecret string
	Scopes       []string
	ACRValues    string // asked for, separated by spaces; how people sign in there is the provider's matter
	NoPKCE       bool   // it refuses parameters that it does not know
	TrustEmail   bool   // what it says about e-mail addresses is true
	KeepIDToken  bool   // it wants to see it when somebody signs out
	Private      bool   // it may be inside, and without HTTPS: for development
}

// Prefix is where the addresses begin that people go to and come back to, /auth/oidc/NAME/start and so on.
const Prefix = "/auth/oidc/"

// Providers are all that the site knows.
type Providers struct {
	all    []*Provider
	logger *slog.Logger
}

// Provider is one of them. It is safe for concurrent use.
type Provider struct {
	Settings
	base   *url.URL // of the site, as people reach it
	client *http.Client
	now    func() time.Time
	known  atomic.Pointer[known]
}

// New makes the providers of a site that people reach at base. None of them is asked yet: see Run.
func New(base *url.URL, all []Settings, now func() time.Time, logger *slog.Logger) *Providers {
	ps := &Providers{logger: logger}
	for _, s := range all {
		ps.all = append(ps.all, &Provider{Settings: s, base: base, client: outbound.Client(s.Private), now: now})
	}
	return ps
}

// Named finds a provider; nil when there is none of that name.
func (ps *Providers) Named(name string) *Provider {
	if ps == nil {
		return nil
	}
	for _, p := range ps.all {
		if p.Name == name {
			return p
		}
	}
	return nil
}

// Public returns what the rules, and everybody, may know of the providers.
func (ps *Providers) Public() []*people.SignInProvider {
	var all []*people.SignInProvider
	for _, p := range ps.all {
		all = append(all, &people.SignInProvider{
			Name: p.Name, Label: p.Label, StartURL: p.Address("start"), LogoutURL: p.Address("logout"),
			Issuer: p.Issuer, TrustsEmail: p.TrustEmail,
		})
	}
	return all
}

// Address returns the address of one of the provider's pages on the site.
func (p *Provider) Address(page string) string { return p.base.JoinPath(p.Path(page)).String() }

// Path returns what Address does, without the site.
func (p *Provider) Path(page string) string { return Prefix + p.Name + "/" + page }

// How often a provider is asked for its addresses. What it signs with is asked for when a signature is not known.
const (
	refreshEvery = time.Hour
	firstRetry   = time.Second
	lastRetry    = 5 * time.Minute
)

// Run asks the providers for their addresses, and again from time to time, until ctx ends. Nobody waits for a provider
// that does not answer: it is used with the addresses it had, or, when it never had any, people are asked to come back
// later. On a nil *Providers it does nothing.
func (ps *Providers) Run(ctx context.Context) {
	if ps == nil {
		return
	}

	var all sync.WaitGroup
	defer all.Wait()
	for _, p := range ps.all {
		all.Go(func() { p.keepKnown(ctx, ps.logger) })
	}
}

// keepKnown asks the provider for its addresses until ctx ends: every refreshEvery, and sooner after a failure.
func (p *Provider) keepKnown(ctx context.Context, logger *slog.Logger) {
	retry := firstRetry
	for {
		next := refreshEvery
		err := p.Discover(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			logger.WarnContext(ctx, "a provider of sign-ins does not answer, will try again",
				slog.String("provider", p.Name), slog.String("error", short(err)))
			next, retry = retry, min(2*retry, lastRetry)
		default:
			retry = firstRetry
		}

		wait := time.NewTimer(next)
		select {
		case <-ctx.Done():
			wait.Stop()
			return
		case <-wait.C:
		}
	}
}

// short returns the beginning of an error: some quote whole answers.
func short(err error) string {
	const most = 300 // bytes
	s := err.Error()
	return s[:min(len(s), most)]
}
