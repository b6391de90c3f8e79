package openid

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"ensemble/consultation/people"
)

// Why nobody is signed in.
var (
	ErrUnavailable = errors.New("openid: the provider has not answered yet")
	ErrExchange    = errors.New("openid: the provider gives no tokens")
	ErrToken       = errors.New("openid: the ID token does not hold")
	ErrUserInfo    = errors.New("openid: the provider does not say who this is")
)

// redeemTime bounds all that is asked of the provider when somebody comes back.
const redeemTime = 15 * time.Second

// Request is where a browser is sent to, and what the answer must fit.
type Request struct {
	Nonce    string
	Verifier string // "" without PKCE
}

// NewRequest makes the secrets of one sign-in.
func (p *Provider) NewRequest() Request {
	r := Request{Nonce: people.RandomHex()}
	if !p.NoPKCE {
		r.Verifier = oauth2.GenerateVerifier()
	}
	return r
}

// URL returns where the browser goes. Errors: ErrUnavailable.
func (p *Provider) URL(r Request, state string) (string, error) {
	k := p.known.Load()
	if k == nil {
		return "", ErrUnavailable
	}

	options := []oauth2.AuthCodeOption{oidc.Nonce(r.Nonce)}
	if r.Verifier != "" {
		options = append(options, oauth2.S256ChallengeOption(r.Verifier))
	}
	if p.ACRValues != "" {
		options = append(options, oauth2.SetAuthURLParam("acr_values", p.ACRValues))
	}

	return k.AuthCodeURL(state, options...), nil
}

// Redeem asks the provider who came back with a code. issuer is who the browser says it comes from, "" when it does not
// say. The ID token is returned where the provider will want to see it. Errors: ErrUnavailable, ErrExchange, ErrToken,
// ErrUserInfo, with a cause that names nobody.
func (p *Provider) Redeem(ctx context.Context, r Request, code, issuer string) (people.Claims, string, error) {
	var nobody people.Claims

	k := p.known.Load()
	if k == nil {
		return nobody, "", ErrUnavailable
	}

	if issuer != p.Issuer && (issuer != "" || k.namesIssuer) { // somebody mixes up two providers
		return nobody, "", fmt.Errorf("%w: another issuer answers", ErrExchange)
	}

	ctx, cancel := context.WithTimeout(oidc.ClientContext(ctx, p.client), redeemTime)
	defer cancel()

	tokens, err := k.exchange(ctx, r, code)
	if err != nil {
		return nobody, "", err
	}

	raw, _ := tokens.Extra("id_token").(string)
	token, err := k.verify(ctx, r, raw, tokens.AccessToken)
	if err != nil {
		return nobody, "", err
	}

	said, err := p.said(ctx, k, token, tokens)
	if err != nil {
		return nobody, "", err
	}

	if !p.KeepIDToken {
		raw = ""
	}

	return said.claims(p.Issuer, token.Subject), raw, nil
}

func (k *known) exchange(ctx context.Context, r Request, code string) (*oauth2.Token, error) {
	var options []oauth2.AuthCodeOption
	if r.Verifier != "" {
		options = append(options, oauth2.VerifierOption(r.Verifier))
	}

	tokens, err := k.Exchange(ctx, code, options...)
	if refused, ok := errors.AsType[*oauth2.RetrieveError](err); ok && refused.Response != nil {
		return nil, fmt.Errorf("%w: %s", ErrExchange, refused.Response.Status) // not what else it says
	}

	if err != nil {
		return nil, fmt.Errorf("%w: %s", ErrExchange, short(err))
	}

	return tokens, nil
}

// verify asks that the ID token is the provider's, for us, about this sign-in, and about the access token that came
// with it.
func (k *known) verify(ctx context.Context, r Request, raw, access string) (*oidc.IDToken, error) {
	token, err := k.verifier.Verify(ctx, raw)
	if err != nil {
		return nil, fmt.Errorf("%w: %s", ErrToken, short(err))
	}

	var party struct {
		Authorized string `json:"azp"`
	}
	switch {
	case subtle.ConstantTimeCompare([]byte(token.Nonce), []byte(r.Nonce)) != 1:
		return nil, fmt.Errorf("%w: it is about another sign-in", ErrToken)
	case token.Claims(&party) != nil, party.Authorized != "" && party.Authorized != k.ClientID:
		return nil, fmt.Errorf("%w: it was made for another site", ErrToken)
	case token.AccessTokenHash != "" && token.VerifyAccessToken(access) != nil:
		return nil, fmt.Errorf("%w: it came with another access token", ErrToken)
	}

	return token, nil
}

// said returns what the provider says of the person, in the ID token and, if it has that, at its userinfo address, be
// it plain or signed. Source: OpenID Connect Core 1.0 §5.3.2.
func (p *Provider) said(ctx context.Context, k *known, token *oidc.IDToken, tokens *oauth2.Token) (said, error) {
	var first, more said
	if err := token.Claims(&first); err != nil {
		return first, fmt.Errorf("%w: %s", ErrToken, short(err))
	}

	if k.provider.UserInfoEndpoint() == "" {
		return first, nil
	}

	info, err := k.provider.UserInfo(ctx, oauth2.StaticTokenSource(tokens))
	if err != nil {
		return first, fmt.Errorf("%w: it does not answer as it should", ErrUserInfo) // the error may quote the answer
	}

	switch err := info.Claims(&more); {
	case err != nil:
		return first, fmt.Errorf("%w: a claim is of another type", ErrUserInfo)
	case info.Subject != token.Subject:
		return first, fmt.Errorf("%w: it speaks of somebody else", ErrUserInfo)
	case more.Issuer != "" && more.Issuer != p.Issuer, len(more.Audience) > 0 &&
		!slices.Contains(more.Audience, p.ClientID):
		return first, fmt.Errorf("%w: it is signed for another site", ErrUserInfo)
	}

	return first.and(more), nil
}

// SignOutURL returns where a browser goes to sign out there, too, and comes back from with the state; false when there
// is no such place. Without the ID token the provider may ask the person.
func (p *Provider) SignOutURL(idToken, state string) (string, bool) {
	k := p.known.Load()
	if k == nil || k.endSession == "" {
		return "", false
	}

	u, err := url.Parse(k.endSession)
	if err != nil {
		return "", false
	}

	q := u.Query()
	if idToken != "" {
		q.Set("id_token_hint", idToken) // which says who we are
	} else {
		q.Set("client_id", p.ClientID)
	}
	q.Set("post_logout_redirect_uri", p.Address("signed-out"))
	q.Set("state", state)

	u.RawQuery = q.Encode()
	return u.String(), true
}
