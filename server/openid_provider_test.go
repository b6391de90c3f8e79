package server_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	jose "github.com/go-jose/go-jose/v4"

	"ensemble/internal/testsite"
)

// provider is an OpenID Connect provider that signs everybody in at once, and lies as it is told to.
type provider struct {
	*httptest.Server
	t   *testing.T
	now func() time.Time

	mu       sync.Mutex
	keys     []jose.JSONWebKey // the last one signs
	codes    map[string]url.Values
	metadata map[string]any
	claims   map[string]any // of the ID token, beyond what it must have
	userInfo map[string]any // nil: it has no such address
	lies     lies
	seen     []string // paths that were asked for
}

// lies are what a provider does otherwise than it should. Where a field is nil it does what is right.
type lies struct {
	metadata  func(map[string]any)
	authorize func(answer url.Values)                            // what comes back to the site
	idToken   func(claims map[string]any)                        // before it is signed
	sign      func(p *provider, claims map[string]any) string    // the ID token
	token     func(w http.ResponseWriter, answer map[string]any) // instead of the answer
	userInfo  func(w http.ResponseWriter, claims map[string]any) // instead of the answer
}

const clientID, clientSecret = "ensemble", "a secret of the site"

// newProvider starts a provider that tells the truth about Jeanne Dupont.
func newProvider(t *testing.T, now func() time.Time) *provider {
	t.Helper()
	p := &provider{t: t, now: now, codes: map[string]url.Values{}}
	p.rotate()
	p.claims = map[string]any{
		"sub": "a5f0", "email": "jeanne@example.org", "email_verified": true, "name": "Jeanne Dupont", "locale": "fr",
	}

	mux := http.NewServeMux()
	mux.HandleFunc("/.well-known/openid-configuration", p.configuration)
	mux.HandleFunc("/authorize", p.authorize)
	mux.HandleFunc("/token", p.token)
	mux.HandleFunc("/keys", p.publicKeys)
	mux.HandleFunc("/userinfo", p.info)

	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.seen = append(p.seen, r.URL.Path)
		mux.ServeHTTP(w, r)
	}))

	t.Cleanup(p.Close)
	return p
}

// is changes the provider between two requests.
func (p *provider) is(change func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change()
}

// signingKeys returns two keys. They are made once, because that is slow.
var signingKeys = sync.OnceValue(func() (keys []*rsa.PrivateKey) {
	for range 2 {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			panic(err)
		}
		keys = append(keys, key)
	}
	return keys
})

// rotate has the provider sign with its other key, and forget the one before.
func (p *provider) rotate() {
	n := 0
	if len(p.keys) > 0 && p.keys[0].KeyID == "key-0" {
		n = 1
	}
	p.keys = []jose.JSONWebKey{{Key: signingKeys()[n], KeyID: fmt.Sprintf("key-%d", n), Algorithm: "RS256", Use: "sig"}}
}

// configuration answers with the provider's description of itself.
func (p *provider) configuration(w http.ResponseWriter, _ *http.Request) {
	all := map[string]any{
		"issuer": p.URL, "authorization_endpoint": p.URL + "/authorize", "token_endpoint": p.URL + "/token",
		"jwks_uri": p.URL + "/keys", "end_session_endpoint": p.URL + "/end",
		"id_token_signing_alg_values_supported": []string{"RS256", "HS256", "none"},
	}

	if p.userInfo != nil {
		all["userinfo_endpoint"] = p.URL + "/userinfo"
	}

	maps.Copy(all, p.metadata)
	if p.lies.metadata != nil {
		p.lies.metadata(all)
	}

	answerJSON(w, all)
}

// authorize is the page to which a browser is sent. The person agrees at once.
func (p *provider) authorize(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	code := rand.Text()
	p.codes[code] = q

	answer := url.Values{"code": {code}, "state": {q.Get("state")}}
	if p.lies.authorize != nil {
		p.lies.authorize(answer)
	}
	http.Redirect(w, r, q.Get("redirect_uri")+"?"+answer.Encode(), http.StatusFound)
}

// token exchanges a code for tokens, after the checks that a provider must make.
func (p *provider) token(w http.ResponseWriter, r *http.Request) {
	id, secret, basic := r.BasicAuth()
	if basic { // RFC 6749 §2.3.1 encodes them
		id, secret = testsite.Got(url.QueryUnescape(id))(p.t), testsite.Got(url.QueryUnescape(secret))(p.t)
	} else {
		id, secret = r.FormValue("client_id"), r.FormValue("client_secret")
	}

	asked, known := p.codes[r.FormValue("code")]
	delete(p.codes, r.FormValue("code")) // a code counts once
	sum := sha256.Sum256([]byte(r.FormValue("code_verifier")))
	challenge := asked.Get("code_challenge")
	if challenge != "" && challenge != base64.RawURLEncoding.EncodeToString(sum[:]) {
		known = false
	}

	if id != clientID || secret != clientSecret || !known || r.FormValue("redirect_uri") != asked.Get("redirect_uri") {
		w.WriteHeader(http.StatusBadRequest)
		answerJSON(w, map[string]any{"error": "invalid_grant", "error_description": hidden})
		return
	}

	claims := map[string]any{
		"iss": p.URL, "aud": clientID, "nonce": asked.Get("nonce"),
		"iat": p.now().Unix(), "exp": p.now().Add(time.Minute).Unix(),
	}
	maps.Copy(claims, p.claims)
	if p.lies.idToken != nil {
		p.lies.idToken(claims)
	}

	sign := (*provider).signed
	if p.lies.sign != nil {
		sign = p.lies.sign
	}

	answer := map[string]any{
		"access_token": "an access token", "token_type": "Bearer", "expires_in": 60, "id_token": sign(p, claims),
	}
	if p.lies.token != nil {
		p.lies.token(w, answer)
		return
	}
	answerJSON(w, answer)
}

// publicKeys answers with the keys that the provider's tokens can be checked with.
func (p *provider) publicKeys(w http.ResponseWriter, _ *http.Request) {
	set := jose.JSONWebKeySet{}
	for _, key := range p.keys {
		set.Keys = append(set.Keys, key.Public())
	}
	answerJSON(w, set)
}

// info answers with what the provider knows about the person.
func (p *provider) info(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.Header.Get("Authorization") != "Bearer an access token":
		http.Error(w, hidden, http.StatusUnauthorized)
	case p.lies.userInfo != nil:
		p.lies.userInfo(w, p.userInfo)
	default:
		answerJSON(w, p.userInfo)
	}
}

// signed returns the claims as a JWT that the provider has signed.
func (p *provider) signed(claims map[string]any) string {
	return sign(p.t, jose.RS256, p.keys[len(p.keys)-1], claims)
}

// sign returns the claims as a JWT signed with this key.
func sign(t *testing.T, algorithm jose.SignatureAlgorithm, key any, claims map[string]any) string {
	t.Helper()
	signer := testsite.Got(jose.NewSigner(jose.SigningKey{Algorithm: algorithm, Key: key}, nil))(t)
	payload := testsite.Got(json.Marshal(claims))(t)
	return testsite.Got(testsite.Got(signer.Sign(payload))(t).CompactSerialize())(t)
}

// answerJSON writes v as JSON.
func answerJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v)
}

// hidden is what a provider says that people here must not see.
const hidden = "the provider's own words"
