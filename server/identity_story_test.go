package server_test

import (
	"time"

	"ensemble/consultation/change"
	"ensemble/consultation/people"
	"ensemble/internal/testsite"
)

// Where people of the story sign in.
const storyIssuer = "https://id.example.org"

// knowProviders has the site of the story know one provider.
func (st *story) knowProviders() {
	const at = "https://roadmap.example.org/auth/oidc/keycloak/"
	st.Providers = []*people.SignInProvider{
		{Name: "keycloak", Label: "Keycloak", Issuer: storyIssuer, StartURL: at + "start", LogoutURL: at + "logout", TrustsEmail: true},
	}
}

// identities give Carol, who has a password, two more ways to sign in, of which one is gone, and Bob his only one.
func (st *telling) identities() {
	carol := &testsite.Person{ID: st.cast["carol"].id}
	for hours, i := range []struct {
		name, issuer string
		of           *testsite.Person
	}{{"identity", storyIssuer, carol}, {"old identity", "https://gone.example.org", carol}, {"bob's identity", storyIssuer, st.Bob}} {
		id := change.NewID("identity")
		st.call(i.name, id)
		done(0, st.Write.Identity.Create().SetID(id).SetUserID(i.of.ID).SetIssuer(i.issuer).SetSubject(i.name).
			SetCreatedAt(testsite.Start.Add(time.Duration(hours)*time.Hour)).Exec(st.t.Context()))(st.t)
	}
}

var identityMistakes = []mistake{
	{"unlink as nobody", "", "unlinkIdentity", `{"identity": "<identity>"}`, unauthenticated, ""},
	{"unlink somebody else's identity", "alice", "unlinkIdentity", `{"identity": "<identity>"}`, notFound, "identity"},
	{"unlink what is none", "carol", "unlinkIdentity", `{"identity": "zib"}`, notFound, "identity"},
	{"unlink a comment", "carol", "unlinkIdentity", `{"identity": "<comment>"}`, notFound, "identity"},
	{"unlink the last way in", "bob", "unlinkIdentity", `{"identity": "<bob's identity>"}`, conflict, ""},
	{"unlink nothing", "carol", "unlinkIdentity", `{}`, invalid, ""},
}
