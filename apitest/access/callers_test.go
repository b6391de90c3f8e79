package access_test

import (
	"context"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ensemble/apitest/story"
	"ensemble/auth"
	"ensemble/consultation/outbox"
	"ensemble/consultation/people"
	"ensemble/consultation/permission"
	"ensemble/ent/role"
	"ensemble/ent/user"
	"ensemble/internal/testsite"
)

var update = flag.Bool("update", false, "write the tables of permissions anew")

// caller is a kind of caller in the tables of permissions: a column.
type caller struct {
	letter, name string
	who          string // for whoever reads the table
}

// callers are the columns, in their order. Those in capitals have the role in each process of the story, those
// "elsewhere" only in another one.
var callers = []caller{
	{"n", "", "nobody"},
	{"u", "unconfirmed", "an account whose address was not confirmed"},
	{"c", "carol", "a user, invited to the organization"},
	{"a", "alice", "an author, member of the organization"},
	{"b", "bob", "another author"},
	{"s", "signatory", "signs for the organization"},
	{"o", "owner", "owns the organization"},
	{"F", "FACILITATOR", "in the process"},
	{"M", "MODERATOR", "in the process"},
	{"S", "STEERING", "in the process"},
	{"A", "ADMIN", "of the process"},
	{"X", "admin", "of the site"},
	{"1", "FACILITATOR elsewhere", "in another process"},
	{"2", "MODERATOR elsewhere", "in another process"},
	{"3", "STEERING elsewhere", "in another process"},
	{"4", "ADMIN elsewhere", "of another process"},
	{"t", "token", "of an ADMIN, with the scope “read”"},
}

// legend explains the columns of a table, as comments.
func legend() string {
	var text strings.Builder
	for i, c := range callers {
		name := c.name
		if name == "" {
			name = "-"
		}

		column := strings.Repeat("·", i) + c.letter + strings.Repeat("·", len(callers)-i-1)
		text.WriteString("# " + column + "  " + name + ": " + c.who + "\n")
	}
	return text.String()
}

// silentMailer sends nothing: with a mailer, an address must be confirmed.
type silentMailer struct{}

func (silentMailer) Send(context.Context, outbox.Mail) error { return nil }

// gather adds all callers to the cast. Everybody has accepted the terms and has a password, a second session and a
// token; everybody except one has confirmed their address.
func gather(t *testing.T, st *story.Story) {
	t.Helper()
	ctx := t.Context()
	st.Mailer = silentMailer{}
	st.Terms = people.Terms{Version: "2026-03", URL: "https://example.org/terms"}

	for _, role := range strangers(t, st) {
		st.Cast[role+" elsewhere"] = st.Cast[role]
		delete(st.Cast, role)
	}

	for _, name := range []string{"FACILITATOR", "MODERATOR", "STEERING", "ADMIN", "token"} {
		newcomer(t, st, name, strings.ToLower(name)+"-here")
		for _, process := range []string{"process", "moderated process", "draft process"} {
			testsite.Must(t, st.Write.Role.Create().
				SetID(st.NewID("role")).
				SetUserID(st.Names[name]).
				SetProcessID(st.Names[process]).
				SetName(role.Name(strings.Replace(name, "token", "ADMIN", 1))).
				SetCreatedAt(st.Now()).
				Exec(ctx))
		}
	}
	newcomer(t, st, "unconfirmed", "unconfirmed")
	newcomer(t, st, "dora", "dora")

	st.SQL(t, "UPDATE users SET password_hash = (SELECT password_hash FROM users WHERE nickname = 'carol')")
	testsite.Got(st.Write.User.Update().Where(user.NicknameNEQ("unconfirmed")).
		SetEmailConfirmedAt(st.Now()).Save(ctx))(t)
	testsite.Got(st.Write.User.Update().Where(user.NicknameIn("unconfirmed", "dora")).
		ClearEmailConfirmedAt().Save(ctx))(t)
	st.SQL(t, "UPDATE users SET terms_version = '2026-03', terms_accepted_at = created_at")

	for _, c := range callers[1:] {
		equip(t, st, c.name)
	}
}

// equip gives somebody a second session and a token that reads; the caller "token" uses that token.
func equip(t *testing.T, st *story.Story, name string) {
	t.Helper()
	id, until := st.Cast[name].ID, st.Now().Add(people.SessionLifetime)
	st.Call("session of "+name, st.NewID("session"))
	st.Call("token of "+name, st.NewID("accesstoken"))

	hash, _ := auth.HashToken(auth.NewToken())
	testsite.Must(t, st.Write.Session.Create().
		SetID(st.Names["session of "+name]).
		SetUserID(id).
		SetTokenHash(hash).
		SetCreatedAt(st.Now()).
		SetExpiresAt(until).
		Exec(t.Context()))

	token := auth.AccessToken.New()
	hash, _ = auth.AccessToken.Hash(token)
	testsite.Must(t, st.Write.AccessToken.Create().
		SetID(st.Names["token of "+name]).
		SetUserID(id).
		SetName("Tableau").
		SetTokenHash(hash).
		SetScopes(permission.ScopeRead).
		SetCreatedAt(st.Now()).
		SetExpiresAt(until).
		Exec(t.Context()))
	if name == "token" {
		st.Cast[name] = story.Person{ID: id, Token: token}
	}
}

// newcomer adds an account with a nickname to the cast.
func newcomer(t *testing.T, st *story.Story, name, nickname string) {
	t.Helper()
	p := st.Person(t, nickname)
	st.Enter(name, p.ID, p.Token)
}

// codeLetters are the letters of errors in a table; "!" is any other error.
var codeLetters = map[string]string{
	"UNAUTHENTICATED": "U",
	"FORBIDDEN":       "F",
	"NOT_FOUND":       "N",
	"CONFLICT":        "C",
	"BAD_USER_INPUT":  "B",
	"CLOSED":          "X",
	"RATE_LIMITED":    "R",
}

// codeLegend explains codeLetters.
const codeLegend = "U UNAUTHENTICATED, F FORBIDDEN, N NOT_FOUND, C CONFLICT, " +
	"B BAD_USER_INPUT, X CLOSED, R RATE_LIMITED, ! any other"

// codeLetter is the letter of an error with this code.
func codeLetter(code string) string {
	if letter, known := codeLetters[code]; known {
		return letter
	}
	return "!"
}

// comparePermissions wants table to be the golden one. With -update it first writes the table of SQLite as the golden
// one.
func comparePermissions(t *testing.T, name, table string) {
	t.Helper()
	path := filepath.Join("testdata", "permissions", name+".golden")
	if *update && strings.Contains(t.Name(), "/sqlite") {
		testsite.Must(t, os.MkdirAll(filepath.Dir(path), 0o750))
		testsite.Must(t, os.WriteFile(path, []byte(table), 0o600))
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("no table yet (go test ./apitest/access -run %s -update writes it): %v",
			strings.Split(t.Name(), "/")[0], err)
	}

	was := strings.Split(string(raw), "\n")
	for line := range strings.Lines(table) {
		if !slices.Contains(was, strings.TrimSuffix(line, "\n")) {
			t.Errorf("is not in %s: %s", path, line)
		}
	}
	is := strings.Split(table, "\n")
	for _, line := range was {
		if !slices.Contains(is, line) {
			t.Errorf("is only in %s: %s", path, line)
		}
	}

	if !t.Failed() && table != string(raw) {
		t.Errorf("%s has its lines in another order:\n%s", path, story.FirstDifference(table, string(raw)))
	}
}

// inputOf reads a JSON object whose names in angle brackets stand for ids of the story; "of me" is of me, who asks.
func inputOf(t *testing.T, st *story.Story, text, me string) map[string]any {
	t.Helper()
	var input map[string]any
	testsite.Must(t, json.Unmarshal([]byte(st.Resolve(strings.ReplaceAll(text, " of me>", " of "+me+">"))), &input))
	return input
}
