package people_test

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"ensemble/auth"
	"ensemble/consultation/people"
	"ensemble/consultation/roadmap"
	"ensemble/ent/membership"
	"ensemble/ent/role"
	"ensemble/internal/testsite"
	"ensemble/internal/testsite/scene"
)

// A session opens the account until the moment at which it ends, and not from then on.
func TestSessionsExpire(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		s := testsite.Got(w.SignUp(t.Context(), scene.NewAccount()))(t)
		w.Clock.Advance(people.SessionLifetime - time.Microsecond)
		if v := testsite.Got(w.Viewer(t.Context(), s.Token))(t); !v.ExpiresAt.Equal(s.ExpiresAt) {
			t.Errorf("it ends %s, want %s", v.ExpiresAt, s.ExpiresAt)
		}

		w.Clock.Advance(time.Microsecond)
		if _, err := w.Viewer(t.Context(), s.Token); !errors.Is(err, people.ErrToken) {
			t.Errorf("after its end: %v", err)
		}
	})
}

// A token that is malformed or unknown stands for nobody.
func TestTokensThatStandForNobody(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		valid := testsite.Got(w.SignUp(t.Context(), scene.NewAccount()))(t).Token
		for name, token := range map[string]string{
			"none":            "",
			"not one of ours": "x",
			"unknown":         auth.NewToken(),
			"cut":             valid[:len(valid)-1],
			"longer":          valid + "A",
			"another prefix":  "xns_" + strings.TrimPrefix(valid, "ens_"),
			"with a NUL":      valid + "\x00",
		} {
			if v, err := w.Viewer(t.Context(), token); !errors.Is(err, people.ErrToken) || v.SignedIn() {
				t.Errorf("%s: %+v, %v", name, v, err)
			}
		}
	})
}

// Signing out ends this session, or all sessions of the same person. To do so again changes nothing.
func TestSignOut(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		first := testsite.Got(w.SignUp(t.Context(), scene.NewAccount()))(t)
		signIn := func() *people.Session {
			return testsite.Got(w.SignIn(t.Context(), people.SignInInput{
				Email: "jeanne.dupont@example.org", Password: scene.Password,
			}))(t)
		}
		second, third := signIn(), signIn()

		alive := func() (n int) {
			for _, s := range []*people.Session{first, second, third} {
				if _, err := w.Viewer(t.Context(), s.Token); err == nil {
					n++
				}
			}
			return n
		}
		out := func(s *people.Session, everywhere bool) int {
			ctx := auth.WithViewer(t.Context(), s.Viewer)
			return testsite.Got(w.SignOut(ctx, people.SignOutInput{Everywhere: everywhere}))(t)
		}

		for _, step := range []struct {
			name       string
			s          *people.Session
			everywhere bool
			ended      int
			alive      int
		}{
			{"here", second, false, 1, 2},
			{"here again", second, false, 0, 2},
			{"everywhere", first, true, 2, 0},
			{"nobody is left", third, true, 0, 0},
		} {
			if n := out(step.s, step.everywhere); n != step.ended || alive() != step.alive {
				t.Errorf("%s: ended %d, %d are alive; want %d and %d", step.name, n, alive(), step.ended, step.alive)
			}
		}

		w.Idle(t, func() error { // nobody
			return scene.Only(w.SignOut(t.Context(), people.SignOutInput{Everywhere: true}))
		})
		testsite.Must(t, scene.Only(w.Viewer(t.Context(), w.Alice.Token))) // others stay signed in
	})
}

// A viewer has the roles of the person in each process, and may sign for the verified organizations in which they are
// an owner or a signatory.
func TestViewer(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		other := testsite.Got(w.CreateProcess(scene.As(t, w.Admin), scene.NewProcess("second-2026")))(t)
		w.Role(t, w.Alice, role.NameMODERATOR)
		w.Role(t, w.Alice, role.NameFACILITATOR)
		unverified, third := w.Unverified(t, w.Alice), w.NewOrganization(t, "Troisième", true)
		w.Member(t, w.Organization, w.Alice, membership.RoleMEMBER)
		w.Member(t, third, w.Alice, membership.RoleOWNER)

		alice := testsite.Got(w.Viewer(t.Context(), w.Alice.Token))(t)
		slices.Sort(alice.Roles[w.Process.ID])
		if !reflect.DeepEqual(alice.Roles, map[string][]string{w.Process.ID: {"FACILITATOR", "MODERATOR"}}) {
			t.Errorf("alice has the roles %v", alice.Roles)
		}

		if !slices.Equal(alice.SignsFor, []string{third.ID}) || alice.Signs(unverified.ID) ||
			alice.SiteAdmin || alice.Language != "en" {
			t.Errorf("alice is %+v", alice)
		}

		admin := testsite.Got(w.Viewer(t.Context(), w.Admin.Token))(t)
		if !admin.SiteAdmin || !admin.Has(other.ID, "ADMIN") || len(admin.Roles) != 2 {
			t.Errorf("the administrator is %+v", admin)
		}

		bob := testsite.Got(w.Viewer(t.Context(), w.Bob.Token))(t)
		if len(bob.Roles) != 0 || len(bob.SignsFor) != 0 {
			t.Errorf("bob is %+v", bob)
		}
	})
}

// Keys of retries and sessions are forgotten once they have expired, and no others are.
func TestPrune(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		old := testsite.Got(w.SignUp(t.Context(), scene.NewAccount()))(t)
		c := w.SomeCommitment(t)
		post := func(key string) {
			testsite.Must(t, w.TryComment(scene.As(t, w.Alice), roadmap.PostCommentInput{
				Subject: c.ID, Body: "x", IdempotencyKey: &key,
			}))
		}

		post("old")
		w.Clock.Advance(24*time.Hour + time.Microsecond)
		post("new")

		testsite.Must(t, w.Jobs.Do(t.Context(), scene.Expiring...))
		if n := testsite.Got(w.Read.IdempotencyKey.Query().Count(t.Context()))(t); n != 1 {
			t.Errorf("%d keys are left, want 1", n)
		}

		sessions := testsite.Got(w.Read.Session.Query().Count(t.Context()))(t)
		w.Clock.Set(old.ExpiresAt)
		young := testsite.Got(w.SignIn(t.Context(), people.SignInInput{
			Email: "jeanne.dupont@example.org", Password: scene.Password,
		}))(t)

		testsite.Must(t, w.Jobs.Do(t.Context(), scene.Expiring...))
		if left := testsite.Got(w.Read.Session.Query().Count(t.Context()))(t); left != 1 {
			t.Errorf("%d sessions of %d are left, want the new one", left, sessions+1)
		}
		testsite.Must(t, scene.Only(w.Viewer(t.Context(), young.Token)))
	})
}
