package openid

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// known is what a provider says of itself.
type known struct {
	oauth2.Config
	provider    *oidc.Provider
	verifier    *oidc.IDTokenVerifier
	endSession  string // "": it has no sign-out
	namesIssuer bool   // who comes back names it; RFC 9207
}

// metadata are the fields of a provider's document that we look at. Source: OpenID Connect Discovery 1.0 §3,
// RP-Initiated Logout 1.0 §2.1, RFC 9207 §3.
type metadata struct {
	Authorization string   `json:"authorization_endpoint"`
	Token         string   `json:"token_endpoint"`
	UserInfo      string   `json:"userinfo_endpoint"`
	Keys          string   `json:"jwks_uri"`
	EndSession    string   `json:"end_session_endpoint"`
	TokenAuth     []string `json:"token_endpoint_auth_methods_supported"`
	NamesIssuer   bool     `json:"authorization_response_iss_parameter_supported"`
}

var errMetadata = errors.New("openid: an address of the provider is not usable")

// Discover asks the provider for its addresses. When that fails, those that it had before stay in use.
func (p *Provider) Discover(ctx context.Context) error {
	provider, err := oidc.NewProvider(oidc.ClientContext(ctx, p.client), p.Issuer)
	if err != nil {
		return err
	}

	var m metadata
	if err := provider.Claims(&m); err != nil {
		return err
	}
	if err := m.check(p.Private); err != nil {
		return err
	}

	k := &known{
		provider: provider, endSession: m.EndSession, namesIssuer: m.NamesIssuer,
		verifier: provider.Verifier(&oidc.Config{ClientID: p.ClientID, Now: p.now}),
		Config: oauth2.Config{
			ClientID: p.ClientID, ClientSecret: p.ClientSecret, RedirectURL: p.Address("callback"), Scopes: p.Scopes,
			Endpoint: oauth2.Endpoint{AuthURL: m.Authorization, TokenURL: m.Token, AuthStyle: m.authStyle()},
		},
	}

	p.known.Store(k)
	return nil
}

// check returns an error unless all addresses are HTTPS, those that browsers are sent to as well. private lets plain
// HTTP pass.
func (m metadata) check(private bool) error {
	for name, address := range map[string]string{
		"authorization_endpoint": m.Authorization, "token_endpoint": m.Token, "jwks_uri": m.Keys,
		"userinfo_endpoint": m.UserInfo, "end_session_endpoint": m.EndSession,
	} {
		if address == "" && (name == "userinfo_endpoint" || name == "end_session_endpoint") {
			continue
		}

		u, err := url.Parse(address)
		if err != nil || u.Host == "" || u.Scheme != "https" && (!private || u.Scheme != "http") {
			return fmt.Errorf("%w: %s", errMetadata, name)
		}
	}

	return nil
}

// authStyle returns how we send our secret: in the body only where the provider takes nothing else. Source: OpenID
// Connect Discovery 1.0 §3, which says what an absent list means.
func (m metadata) authStyle() oauth2.AuthStyle {
	if len(m.TokenAuth) > 0 && !slices.Contains(m.TokenAuth, "client_secret_basic") {
		return oauth2.AuthStyleInParams
	}
	return oauth2.AuthStyleInHeader
}
