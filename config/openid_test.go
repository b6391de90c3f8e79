package config

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"ensemble/server/openid"
)

// with returns the settings of a provider that has all it needs, changed by more: a name and a value in turns. An empty
// value unsets.
func with(more ...string) map[string]string {
	all := map[string]string{
		"KC_ISSUER": "https://id.example.org/realms/x", "KC_CLIENT_ID": "ensemble", "KC_CLIENT_SECRET": "s",
	}
	for i := 0; i < len(more); i += 2 {
		if all[more[i]] = more[i+1]; more[i+1] == "" {
			delete(all, more[i])
		}
	}
	return all
}

// Providers are read in the order of their names, with everything that can be set for one.
func TestOpenIDProviders(t *testing.T) {
	plain := openid.Settings{
		Name: "kc", Label: "KC", Issuer: "https://id.example.org/realms/x", ClientID: "ensemble", ClientSecret: "s",
		Scopes: []string{"openid", "profile", "email"},
	}

	for _, c := range []struct {
		name  string
		given map[string]string
		demo  bool
		want  func(*openid.Settings)
	}{
		{"plain", with(), false, func(*openid.Settings) {}},
		{"everything", with("KC_LABEL", "Keycloak", "KC_SCOPES", "openid  siret", "KC_ACR_VALUES", "eidas1",
			"KC_PKCE", "off", "KC_TRUST_EMAIL", "on", "KC_KEEP_ID_TOKEN", "on", "ALLOW_PRIVATE", "true"), false,
			func(s *openid.Settings) {
				s.Label, s.Scopes, s.ACRValues = "Keycloak", []string{"openid", "siret"}, "eidas1"
				s.NoPKCE, s.TrustEmail, s.KeepIDToken, s.Private = true, true, true, true
			}},
		{"without HTTPS, for development", with("KC_ISSUER", "http://keycloak:8080", "ALLOW_PRIVATE", "true"), false,
			func(s *openid.Settings) { s.Issuer, s.Private = "http://keycloak:8080", true }},
		{"on this machine, for the demo", with("KC_ISSUER", "http://localhost:8180"), true,
			func(s *openid.Settings) { s.Issuer, s.Private = "http://localhost:8180", true }},
		{"elsewhere, for the demo", with(), true, func(*openid.Settings) {}},
	} {
		want := plain
		c.want(&want)

		got, err := openIDProviders(c.given, c.demo)
		if err != nil || !reflect.DeepEqual(got, []openid.Settings{want}) {
			t.Errorf("%s: %+v, %v", c.name, got, err)
		}
	}

	if none, err := openIDProviders(map[string]string{}, false); err != nil || none != nil {
		t.Errorf("none: %v, %v", none, err)
	}

	two := with("FRANCE_CONNECT_ISSUER", "https://fc.example.org",
		"FRANCE_CONNECT_CLIENT_ID", "a", "FRANCE_CONNECT_CLIENT_SECRET", "b")
	got, err := openIDProviders(two, false)
	if err != nil || len(got) != 2 || !slices.Equal([]string{got[0].Name, got[1].Name},
		[]string{"france-connect", "kc"}) {
		t.Errorf("two: %+v, %v", got, err)
	}
}

// A provider that lacks something, or has something that is unknown or unsafe, is refused with the name of the setting.
func TestOpenIDProvidersRefused(t *testing.T) {
	for _, c := range []struct {
		given map[string]string
		names string // what the error is about
	}{
		{with("KC_CLIENT_ID", ""), "KC_CLIENT_ID"},
		{with("KC_CLIENT_SECRET", ""), "KC_CLIENT_SECRET"},
		{with("KC_SCOPES", "profile email"), "KC_SCOPES"},
		{with("KC_PKCE", "maybe"), "KC_PKCE"},
		{with("ALLOW_PRIVATE", "yes"), "ALLOW_PRIVATE"},
		{with("KC_TRUST_MAIL", "on"), "KC_TRUST_MAIL"},
		{map[string]string{"KC_CLIENT_ID": "x"}, "KC_CLIENT_ID"},
		{map[string]string{"_ISSUER": "https://x"}, "_ISSUER"},
		{map[string]string{"K-C_ISSUER": "https://x"}, "K-C_ISSUER"},
		{with("KC_ISSUER", "http://id.example.org"), "KC_ISSUER"},
		{with("KC_ISSUER", "http://localhost:8080"), "KC_ISSUER"},
		{with("KC_ISSUER", "id.example.org"), "KC_ISSUER"},
		{with("KC_ISSUER", "https://id.example.org?x=y"), "KC_ISSUER"},
		{with("KC_ISSUER", "https://user:secret@id.example.org"), "KC_ISSUER"},
		{with("KC_ISSUER", "javascript:alert(1)"), "KC_ISSUER"},
		{with("ZZ_ISSUER", "https://id.example.org/realms/x", "ZZ_CLIENT_ID", "a", "ZZ_CLIENT_SECRET", "b"),
			"ZZ_ISSUER"},
	} {
		got, err := openIDProviders(c.given, false)
		if err == nil || !strings.Contains(err.Error(), "ENSEMBLE_OIDC_"+c.names) ||
			strings.Contains(err.Error(), "secret@") {
			t.Errorf("%v: %+v, %v", c.given, got, err)
		}
	}

	t.Setenv("ENSEMBLE_OIDC_KC_ISSUER", "http://id.example.org")
	t.Setenv("ENSEMBLE_OIDC_KC_CLIENT_ID", "ensemble")
	t.Setenv("ENSEMBLE_OIDC_KC_CLIENT_SECRET", "s")
	if _, err := Read(false); err == nil || !strings.Contains(err.Error(), "ENSEMBLE_OIDC_KC_ISSUER") {
		t.Errorf("from the environment: %v", err)
	}
}
