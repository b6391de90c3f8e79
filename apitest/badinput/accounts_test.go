package badinput_test

import (
	"strings"
	"testing"
	"time"

	"ensemble/apitest/story"
	"ensemble/ent/session"
	"ensemble/internal/testsite"
)

// far is “x” once it is cleaned: nobody cleans it, since it is far too long as it is.
var far = "x" + strings.Repeat(" ", 210_000)

var accountMistakes = []mistake{
	{"sign up without an address", "", "signUp",
		`{"email": "", "name": "x", "nickname": "xyz", "password": "0123456789"}`, badUserInput, "email"},
	{"sign up with a name for an address", "", "signUp",
		`{"email": "Eve <eve@example.org>", "name": "x", "nickname": "xyz", "password": "0123456789"}`,
		badUserInput, "email"},
	{"sign up with two lines of address", "", "signUp",
		`{"email": "eve@example.org\nBcc: all", "name": "x", "nickname": "xyz", "password": "0123456789"}`,
		badUserInput, "email"},
	{"sign up with a long address", "", "signUp",
		`{"email": "` + strings.Repeat("a", 250) +
			`@example.org", "name": "x", "nickname": "xyz", "password": "0123456789"}`,
		badUserInput, "email"},
	{"sign up without a name", "", "signUp",
		`{"email": "eve@example.org", "name": "\u200b", "nickname": "xyz", "password": "0123456789"}`,
		badUserInput, "name"},
	{"sign up with a long name", "", "signUp",
		`{"email": "eve@example.org", "name": "` + long(81) + `", "nickname": "xyz", "password": "0123456789"}`,
		badUserInput, "name"},
	{"sign up with a name that turns around", "", "signUp",
		`{"email": "eve@example.org", "name": "\u202eeve", "nickname": "xyz", "password": "0123456789"}`,
		badUserInput, "name"},
	{"sign up with a short nickname", "", "signUp",
		`{"email": "eve@example.org", "name": "x", "nickname": "xy", "password": "0123456789"}`,
		badUserInput, "nickname"},
	{"sign up with a foreign nickname", "", "signUp",
		`{"email": "eve@example.org", "name": "x", "nickname": "ève-1", "password": "0123456789"}`,
		badUserInput, "nickname"},
	{"sign up with a short password", "", "signUp",
		`{"email": "eve@example.org", "name": "x", "nickname": "xyz", "password": "` + long(9) + `"}`,
		badUserInput, "password"},
	{"sign up with a long password", "", "signUp",
		`{"email": "eve@example.org", "name": "x", "nickname": "xyz", "password": "` + long(201) + `"}`,
		badUserInput, "password"},
	{"sign up in no language", "", "signUp",
		`{"email": "eve@example.org", "name": "x", "nickname": "xyz", "password": "0123456789", "language": "!"}`,
		badUserInput, "language"},
	{"sign up with a taken address", "", "signUp",
		`{"email": "Carol@Example.org", "name": "x", "nickname": "xyz", "password": "0123456789"}`,
		conflict, "email"},
	{"sign up with a taken nickname", "", "signUp",
		`{"email": "eve@example.org", "name": "x", "nickname": "CAROL", "password": "0123456789"}`,
		conflict, "nickname"},
	{"sign up with a name far too long", "", "signUp",
		`{"email": "eve@example.org", "name": "` + far + `", "nickname": "xyz", "password": "0123456789"}`,
		badUserInput, "name"},
	{"sign up with a nickname far too long", "", "signUp",
		`{"email": "eve@example.org", "name": "x", "nickname": "` + far + `", "password": "0123456789"}`,
		badUserInput, "nickname"},
	{"sign up with an address far too long", "", "signUp",
		`{"email": "` + far + `", "name": "x", "nickname": "xyz", "password": "0123456789"}`, badUserInput, "email"},
	{"sign up in a language far too long", "", "signUp",
		`{"email": "eve@example.org", "name": "x", "nickname": "xyz", "password": "0123456789", "language": "` + far + `"}`,
		badUserInput, "language"},
	{"a name far too long", "alice", "updateAccount", `{"name": "` + far + `"}`, badUserInput, "name"},
	{"an organization with a name far too long", "alice", "createOrganization",
		`{"name": "` + far + `", "kind": "HUB"}`, badUserInput, "name"},
	{"an access token with a name far too long", "alice", "createAccessToken",
		`{"name": "` + far + `", "scopes": ["READ"], "expiresAt": "2026-03-20T00:00:00Z"}`, badUserInput, "name"},
	{"a comment far too long", "bob", "postComment", `{"subject": "<commitment>", "body": "` + far + `"}`,
		badUserInput, "body"},
	{"a rationale far too long", "bob", "draftAmendment", `{"commitment": "<commitment>", "rationale": "` + far + `"}`,
		badUserInput, "rationale"},
	{"a report with a text far too long", "bob", "reportContent",
		`{"item": "<comment>", "reason": "OTHER", "text": "` + far + `"}`, badUserInput, "text"},
	{"sign in with a wrong password", "", "signIn",
		`{"email": "carol@example.org", "password": "wrong"}`, wrongCredentials, ""},
	{"sign in as nobody we know", "", "signIn",
		`{"email": "eve@example.org", "password": "wrong"}`, wrongCredentials, ""},
	{"sign in without a password", "", "signIn", `{"email": "alice@example.org", "password": ""}`, wrongCredentials, ""},
	{"sign in with a password of a megabyte", "", "signIn",
		`{"email": "carol@example.org", "password": "` + long(400_000) + `"}`, wrongCredentials, ""},
	{"sign in with NUL", "", "signIn", `{"email": "carol@example.org\u0000", "password": "x"}`, badUserInput, "email"},
	{"sign out with a word", "alice", "signOut", `{"everywhere": "yes"}`, badUserInput, "everywhere"},
}

var identityMistakes = []mistake{
	{"unlink as nobody", "", "unlinkIdentity", `{"identity": "<identity>"}`, unauthenticated, ""},
	{"unlink somebody else's identity", "alice", "unlinkIdentity", `{"identity": "<identity>"}`, notFound, "identity"},
	{"unlink what is none", "carol", "unlinkIdentity", `{"identity": "zib"}`, notFound, "identity"},
	{"unlink a comment", "carol", "unlinkIdentity", `{"identity": "<comment>"}`, notFound, "identity"},
	{"unlink the last way in", "bob", "unlinkIdentity", `{"identity": "<bob's identity>"}`, conflict, ""},
	{"unlink nothing", "carol", "unlinkIdentity", `{}`, badUserInput, "identity"},
}

// A token is good until its session ends, to the microsecond; then its bearer is told to sign in again.
func TestExpiredToken(t *testing.T) {
	story.Each(t, func(t *testing.T, st *story.Story) {
		ofCarol := st.Read.Session.Query().Where(session.UserID(st.Names["carol"]))
		session := testsite.Got(ofCarol.Only(t.Context()))(t)
		who := func() testsite.Reply {
			return st.Send(t, "{ viewer { user { nickname } } }", nil, st.Bearer("carol")...)
		}

		st.Clock.Set(session.ExpiresAt.Add(-time.Microsecond))
		if a := who(); string(a.Data) != `{"viewer":{"user":{"nickname":"carol"}}}` {
			t.Errorf("before the end: %s", a.Raw)
		}

		st.Clock.Set(session.ExpiresAt)
		if a := who(); string(a.Data) != `{"viewer":null}` || !strings.Contains(a.Raw, `"SESSION_ENDED"`) {
			t.Errorf("at the end: %s", a.Raw)
		}

		refusesToken(t, st)
	})
}

// refusesToken sends a mutation with carol's token, which is refused and changes nothing.
func refusesToken(t *testing.T, st *story.Story) {
	t.Helper()
	before := st.State(t)

	a := st.Send(t, story.Mutation("addSupport"),
		map[string]any{"input": map[string]any{"commitment": st.Names["commitment"]}}, st.Bearer("carol")...)
	if a.Code() != unauthenticated || st.State(t) != before {
		t.Errorf("a mutation: %s", a.Raw)
	}
}

// Signing in hashes one password, whatever is wrong: the time it takes tells nobody which accounts exist.
func TestWrongCredentialsCostTheSame(t *testing.T) {
	story.Each(t, func(t *testing.T, st *story.Story) {
		for _, c := range []struct{ email, password string }{
			{"carol@example.org", testsite.Password},
			{"carol@example.org", "wrong password"},
			{"carol@example.org", long(201)},
			{"carol@example.org", ""},
			{"alice@example.org", "wrong password"},
			{"nobody@example.org", "wrong password"},
			{"nobody@example.org", long(201)},
			{"zibeline", ""},
		} {
			before := st.Passwords.Derived()
			st.Send(t, story.Mutation("signIn"),
				map[string]any{"input": map[string]any{"email": c.email, "password": c.password}})

			if n := st.Passwords.Derived() - before; n != 1 {
				t.Errorf("%s with %.20q: %d passwords hashed", c.email, c.password, n)
			}
		}
	})
}

// Nobody learns whether an address is known: an unknown address and a wrong password are answered alike.
func TestWrongCredentialsLookAlike(t *testing.T) {
	story.Each(t, func(t *testing.T, st *story.Story) {
		answers := map[string]bool{}
		for _, email := range []string{
			"carol@example.org", "CAROL@example.org", "alice@example.org", "eve@example.org", "zibeline",
		} {
			a := st.Send(t, story.Mutation("signIn"),
				map[string]any{"input": map[string]any{"email": email, "password": "wrong password"}})
			answers[a.Raw] = true
		}

		if len(answers) != 1 {
			t.Errorf("%d different answers: %v", len(answers), answers)
		}
	})
}
