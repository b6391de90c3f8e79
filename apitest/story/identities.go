package story

import (
	"time"

	"ensemble/consultation/change"
	"ensemble/consultation/people"
	"ensemble/internal/testsite"
)

// storyIssuer is the provider where people of the story sign in.
const storyIssuer = "https://id.example.org"

// knowProviders sets one provider, where people may sign in.
func (st *Story) knowProviders() {
	const at = "https://roadmap.example.org/auth/oidc/keycloak/"
	st.Providers = []*people.SignInProvider{
		{
			Name: "keycloak", Label: "Keycloak", Issuer: storyIssuer,
			StartURL: at + "start", LogoutURL: at + "logout", TrustsEmail: true,
		},
	}
}

// identities gives Carol, who has a password, two more ways to sign in, one of which no longer exists, and Bob his only
// one.
func (st *telling) identities() {
	carol := &testsite.Person{ID: st.Cast["carol"].ID}

	for hours, i := range []struct {
		name, issuer string
		of           *testsite.Person
	}{
		{"identity", storyIssuer, carol},
		{"old identity", "https://gone.example.org", carol},
		{"bob's identity", storyIssuer, st.Bob},
	} {
		id := change.NewID("identity")
		st.Call(i.name, id)
		testsite.Must(st.t, st.Write.Identity.Create().
			SetID(id).
			SetUserID(i.of.ID).
			SetIssuer(i.issuer).
			SetSubject(i.name).
			SetCreatedAt(testsite.Start.Add(time.Duration(hours)*time.Hour)).
			Exec(st.t.Context()))
	}
}
