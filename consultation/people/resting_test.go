package people_test

import (
	"testing"
	"time"

	"ensemble/consultation/people"
	"ensemble/consultation/refusal"
	"ensemble/internal/testsite"
	"ensemble/internal/testsite/scene"
)

// calls is the change of a nickname.
func calls(t *testing.T, w *scene.World, p *testsite.Person, nickname string) func() error {
	return func() error {
		return scene.Only(w.UpdateAccount(scene.As(t, p), people.UpdateAccountInput{Nickname: &nickname}))
	}
}

// A nickname that somebody gave up is theirs for a while: others get neither it nor one that looks like it, whichever
// way they come. They may take it back.
func TestNicknamesRest(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		w.Keeping.Nicknames = people.SessionLifetime / 2
		testsite.Must(t, calls(t, w, w.Alice, "alicia")())

		for _, nickname := range []string{"alice", "ALICE", "al1ce", "a_lice"} {
			w.Refused(t, refusal.Conflict, "nickname", calls(t, w, w.Bob, nickname))
		}
		in := scene.NewAccount()
		in.Nickname = "alice"
		w.Refused(t, refusal.Conflict, "nickname", func() error { return scene.Only(w.SignUp(t.Context(), in)) })
		s := testsite.Got(w.SignInWith(t.Context(), people.Claims{
			Issuer: scene.Trusted, Subject: "alice", Nickname: "alice", Name: "Alice M",
		}, ""))(t)
		if u := accountOf(t, w, s); *u.Nickname != "alice-2" {
			t.Errorf("who comes from a provider is called %q", *u.Nickname)
		}

		testsite.Must(t, calls(t, w, w.Alice, "alice")())
		testsite.Must(t, calls(t, w, w.Alice, "al1ce")())
		testsite.Must(t, calls(t, w, w.Alice, "anne")())

		w.Clock.Advance(w.Keeping.Nicknames)
		testsite.Must(t, calls(t, w, w.Bob, "alice")())
	})
}

// Whoever bears what looks like a nickname at rest, and gives it up as well, does not get it.
func TestLookalikesAtRest(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		w.Keeping.Nicknames = time.Hour
		testsite.Must(t, calls(t, w, w.Bob, "al1ce")())
		testsite.Must(t, calls(t, w, w.Alice, "anne")())
		w.Clock.Advance(time.Minute)
		testsite.Must(t, calls(t, w, w.Bob, "bob")())
		w.Refused(t, refusal.Conflict, "nickname", calls(t, w, w.Bob, "alice"))
		r := testsite.Got(w.Read.RestingNickname.Get(t.Context(), people.RestingID("alice")))(t)
		if *r.UserID != w.Alice.ID || *r.Nickname != "alice" {
			t.Errorf("at rest is %q, of %s", *r.Nickname, *r.UserID)
		}

		// It rests until both have rested.
		w.Clock.Advance(59 * time.Minute)
		w.Refused(t, refusal.Conflict, "nickname", calls(t, w, w.Bob, "alice"))
		w.Clock.Advance(time.Minute)
		testsite.Must(t, calls(t, w, w.Bob, "alice")())

		// Then it is Bob's, and rests for him.
		testsite.Must(t, calls(t, w, w.Bob, "bob")())
		w.Refused(t, refusal.Conflict, "nickname", calls(t, w, w.Alice, "alice"))
		testsite.Must(t, calls(t, w, w.Bob, "alice")())
	})
}

// A person has five nicknames at rest. They may change between these, and take another one when the first has rested.
func TestNicknamesAtRestAreBounded(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		w.Keeping.Nicknames = 48 * time.Hour
		for _, nickname := range []string{"eins", "zwei", "drei", "vier", "funf"} {
			testsite.Must(t, calls(t, w, w.Alice, nickname)())
			w.Clock.Advance(time.Hour)
		}

		refused := w.Refused(t, refusal.RateLimited, "nickname", calls(t, w, w.Alice, "sechs"))
		until := w.Now().Add(43 * time.Hour)
		if name, after := scene.LimitedBy(refused); name != "restingNicknames" || after != 43*60*60 ||
			refused.Args[1] != until.Format(time.DateOnly) {
			t.Errorf("refused by %s for %d s, until %s", name, after, refused.Args[1])
		}
		testsite.Must(t, calls(t, w, w.Alice, "eins")())
		testsite.Must(t, calls(t, w, w.Alice, "funf")())

		w.Clock.Set(until)
		testsite.Must(t, calls(t, w, w.Alice, "sechs")())
	})
}

// A site may let everybody take a nickname at once.
func TestNicknamesThatDoNotRest(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		w.Keeping.Nicknames = 0
		testsite.Must(t, calls(t, w, w.Alice, "alicia")())
		testsite.Must(t, calls(t, w, w.Bob, "alice")())
	})
}

// Whoever waits for a nickname, while it is given up, does not get it.
func TestTakingANicknameThatIsGivenUp(t *testing.T) {
	scene.OnPostgres(t, func(t *testing.T, w *scene.World) {
		turn := scene.Hold(t, w, "UPDATE users SET nickname = 'alicia' WHERE id = $1", w.Alice.ID)
		taking := scene.Start(t, w, 1, calls(t, w, w.Bob, "alice"))

		turn.Do("INSERT INTO resting_nicknames (id, user_id, nickname, until) VALUES ($1, $2, 'alice', '2999-01-01')",
			people.RestingID("alice"), w.Alice.ID)
		turn.Over()
		scene.RefusedWith(t, taking, refusal.Conflict)
	})
}
