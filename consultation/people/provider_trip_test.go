package people_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"ensemble/consultation/people"
	"ensemble/internal/testsite"
	"ensemble/internal/testsite/scene"
)

// beginsSignIn has Alice begin to sign in at a provider, and returns her attempt with the secret of her browser.
func beginsSignIn(t *testing.T, w *scene.World) (people.SignInAttempt, string) {
	t.Helper()
	a := people.SignInAttempt{
		Provider: "keycloak", Nonce: "n", Verifier: "v", ReturnTo: "/x", UserID: w.Alice.ID,
	}
	secret, state, err := w.BeginSignIn(scene.As(t, w.Alice), a)
	testsite.Must(t, err)

	if state != people.StateOf(secret) || len(state) != 64 || state == secret {
		t.Errorf("%s and %s", secret, state)
	}
	return a, secret
}

// An attempt to sign in ends once, within ten minutes, at the provider and in the browser that began it.
func TestAttempts(t *testing.T) {
	eachWithProviders(t, func(t *testing.T, w *scene.World) {
		begin := func() (people.SignInAttempt, string) { return beginsSignIn(t, w) }
		end := func(provider, secret string) error { return scene.Only(w.EndSignIn(t.Context(), provider, secret)) }

		a, secret := begin()
		if back := testsite.Got(w.EndSignIn(t.Context(), "keycloak", secret))(t); back != a {
			t.Errorf("%+v comes back as %+v", a, back)
		}

		_, elsewhere := begin()
		_, state := begin()
		for name, c := range map[string]struct{ provider, secret string }{
			"used":                {"keycloak", secret},
			"of another provider": {"other", elsewhere},
			"its state":           {"keycloak", people.StateOf(state)},
			"none":                {"keycloak", ""},
			"unknown":             {"keycloak", people.RandomHex()},
		} {
			if err := end(c.provider, c.secret); !errors.Is(err, people.ErrAttempt) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if err := end("keycloak", elsewhere); !errors.Is(err, people.ErrAttempt) {
			t.Errorf("after another provider had it: %v", err)
		}

		_, late := begin()
		_, just := begin()
		w.Clock.Advance(10*time.Minute - time.Microsecond)
		testsite.Must(t, end("keycloak", just))
		w.Clock.Advance(time.Microsecond)
		if err := end("keycloak", late); !errors.Is(err, people.ErrAttempt) {
			t.Errorf("too late: %v", err)
		}

		// Attempts are forgotten once they are too late.
		_, young := begin()
		begin()
		w.Clock.Advance(time.Minute)
		testsite.Must(t, w.Jobs.Do(t.Context(), scene.Expiring...))
		testsite.Must(t, end("keycloak", young))

		w.Clock.Advance(time.Hour)
		testsite.Must(t, w.Jobs.Do(t.Context(), scene.Expiring...))
		if n := testsite.Got(w.Read.SignInAttempt.Query().Count(t.Context()))(t); n != 0 {
			t.Errorf("%d are kept", n)
		}
	})
}

// Of several who end the same attempt at once, one succeeds.
func TestAnAttemptEndsOnce(t *testing.T) {
	eachWithProviders(t, func(t *testing.T, w *scene.World) {
		secret, _, err := w.BeginSignIn(t.Context(), people.SignInAttempt{Provider: "keycloak", ReturnTo: "/"})
		testsite.Must(t, err)
		errs := scene.AtOnce(t, 4, func(int) error { return scene.Only(w.EndSignIn(t.Context(), "keycloak", secret)) })

		if failed := slices.DeleteFunc(errs, func(err error) bool { return err == nil }); len(failed) != 3 {
			t.Errorf("of 4 failed %v", failed)
		}
	})
}

// The ID token, which a provider wants to see at the end, is given once to whoever holds the session's token. It is
// stored sealed, and not for longer than the session.
func TestIDTokens(t *testing.T) {
	eachWithProviders(t, func(t *testing.T, w *scene.World) {
		const idToken = "eyJ.a.b"
		s := testsite.Got(w.SignInWith(t.Context(), jeannesClaims(), idToken))(t)

		row := testsite.Got(w.Read.ProviderSession.Query().Only(t.Context()))(t)
		if strings.Contains(string(row.IDToken), "eyJ") || row.SessionID != s.Viewer.SessionID {
			t.Errorf("kept is %+v", row)
		}

		plain := testsite.Got(w.SignInWith(t.Context(), jeannesClaims(), ""))(t)
		elsewhere := testsite.Got(w.SignInWith(t.Context(), jeannesClaims(), idToken))(t)

		for _, c := range []struct{ name, token, provider, want string }{
			{"none was kept", plain.Token, "keycloak", ""},
			{"of another provider", elsewhere.Token, "other", ""},
			{"kept", s.Token, "keycloak", idToken},
			{"again", s.Token, "keycloak", ""},
			{"no session", "", "keycloak", ""},
		} {
			if back := testsite.Got(w.SignOutWith(t.Context(), c.token, c.provider))(t); back != c.want {
				t.Errorf("%s: %q", c.name, back)
			}
			if _, err := w.Viewer(t.Context(), c.token); !errors.Is(err, people.ErrToken) {
				t.Errorf("%s: the session goes on: %v", c.name, err)
			}
		}

		if n := testsite.Got(w.Read.ProviderSession.Query().Count(t.Context()))(t); n != 0 {
			t.Errorf("%d are kept without a session", n)
		}
	})
}
