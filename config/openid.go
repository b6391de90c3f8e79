package config

import (
	"fmt"
	"maps"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"ensemble/server/openid"
)

var providerName = regexp.MustCompile(`^[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$`)

// readOpenID reads the providers to sign in with.
func (c *Config) readOpenID(demo bool) (err error) {
	c.OpenID, err = openIDProviders(settings("OIDC_"), demo)
	return err
}

// openIDProviders reads the providers to sign in with, in the order of their names, from the settings OIDC_<NAME>_…,
// here without the OIDC_. A provider is whatever has an issuer. What belongs to none is refused: it is a slip of the
// pen.
func openIDProviders(given map[string]string, demo bool) ([]openid.Settings, error) {
	private, err := onOff(given, "ALLOW_PRIVATE", false)
	if err != nil {
		return nil, err
	}

	var all []openid.Settings
	for _, key := range slices.Sorted(maps.Keys(given)) {
		name, ok := strings.CutSuffix(key, "_ISSUER")
		if !ok {
			continue
		}

		p, err := openIDProvider(given, name)
		if err != nil {
			return nil, err
		}

		p.Private = private || demo && isLoopback(p.Issuer)
		if err := checkIssuer(name, p); err != nil {
			return nil, err
		}

		if slices.ContainsFunc(all, func(other openid.Settings) bool { return other.Issuer == p.Issuer }) {
			return nil, fmt.Errorf("ENSEMBLE_OIDC_%s_ISSUER: another provider has it", name)
		}

		all = append(all, p)
	}

	// Every provider has taken its own settings out of given.
	for key := range given {
		return nil, fmt.Errorf("ENSEMBLE_OIDC_%s: no such setting, or its provider has no _ISSUER", key)
	}
	return all, nil
}

// openIDProvider reads one provider, and takes what it has read out of the settings given.
func openIDProvider(given map[string]string, name string) (openid.Settings, error) {
	if !providerName.MatchString(name) {
		return openid.Settings{}, fmt.Errorf("ENSEMBLE_OIDC_%s_ISSUER: a name is made of A-Z, 0-9 and _", name)
	}

	take := func(what, otherwise string) string {
		value, ok := given[name+"_"+what]
		delete(given, name+"_"+what)
		if !ok {
			return otherwise
		}
		return value
	}

	p := openid.Settings{
		Name: strings.ToLower(strings.ReplaceAll(name, "_", "-")), Issuer: take("ISSUER", ""),
		ClientID: take("CLIENT_ID", ""), ClientSecret: take("CLIENT_SECRET", ""),
		Scopes: strings.Fields(take("SCOPES", "openid profile email")), Label: take("LABEL", name),
		ACRValues: take("ACR_VALUES", ""),
	}

	var pkce bool
	for _, choice := range []struct {
		to        *bool
		what      string
		otherwise bool
	}{{&pkce, "PKCE", true}, {&p.TrustEmail, "TRUST_EMAIL", false}, {&p.KeepIDToken, "KEEP_ID_TOKEN", false}} {
		var err error
		if *choice.to, err = onOff(given, name+"_"+choice.what, choice.otherwise); err != nil {
			return p, err
		}
	}

	p.NoPKCE = !pkce

	switch {
	case p.ClientID == "":
		return p, fmt.Errorf("ENSEMBLE_OIDC_%s_CLIENT_ID: missing", name)
	case p.ClientSecret == "":
		return p, fmt.Errorf("ENSEMBLE_OIDC_%s_CLIENT_SECRET: missing", name)
	case !slices.Contains(p.Scopes, "openid"):
		return p, fmt.Errorf("ENSEMBLE_OIDC_%s_SCOPES: openid is not among them", name)
	}

	return p, nil
}

// checkIssuer reports an issuer that is no address as providers have it: with HTTPS, unless it may be private.
func checkIssuer(name string, p openid.Settings) error {
	u, err := url.Parse(p.Issuer)
	if err != nil || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil ||
		u.Scheme != "https" && (!p.Private || u.Scheme != "http") {
		return fmt.Errorf("ENSEMBLE_OIDC_%s_ISSUER: not an https URL", name)
	}
	return nil
}

// onOff takes a choice out of the settings given.
func onOff(given map[string]string, key string, otherwise bool) (bool, error) {
	value, ok := given[key]
	delete(given, key)

	switch {
	case !ok:
		return otherwise, nil
	case value == "on", value == "true":
		return true, nil
	case value == "off", value == "false":
		return false, nil
	}
	return false, fmt.Errorf("ENSEMBLE_OIDC_%s: neither on nor off", key)
}

// isLoopback reports whether an address is one of this machine, by its name. It is asked in demos only.
func isLoopback(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}
