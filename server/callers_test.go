package server_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ensemble/auth"
	"ensemble/consultation/outbox"
	"ensemble/consultation/people"
	"ensemble/consultation/permission"
	"ensemble/ent/role"
	"ensemble/ent/user"
)

// caller is a kind of caller in the tables of permissions: a column.
type caller struct {
	letter, name string
	who          string // for who reads the table
}

// callers are the columns, in their order. Those in capitals have the role in each process of the story, those "elsewhere"
// in another one alone.
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
		text.WriteString("# " + strings.Repeat("·", i) + c.letter + strings.Repeat("·", len(callers)-i-1) + "  " + name + ": " + c.who + "\n")
	}
	return text.String()
}

// silentMailer sends nothing: with a mailer, an address must be confirmed.
type silentMailer struct{}

func (silentMailer) Send(context.Context, outbox.Mail) error { return nil }

// gather completes the cast by all callers. Everybody has accepted the terms and, but one, confirmed their address; everybody has a password, a
// second session and a token.
func (st *story) gather(t *testing.T) {
	t.Helper()
	ctx := t.Context()
	st.Mailer = silentMailer{}
	st.Terms = people.Terms{Version: "2026-03", URL: "https://example.org/terms"}
	for _, role := range st.strangers(t) {
		st.cast[role+" elsewhere"] = st.cast[role]
		delete(st.cast, role)
	}
	for _, name := range []string{"FACILITATOR", "MODERATOR", "STEERING", "ADMIN", "token"} {
		st.newcomer(t, name, strings.ToLower(name)+"-here")
		for _, process := range []string{"process", "moderated process", "draft process"} {
			done(0, st.Write.Role.Create().SetID(st.NewID("role")).SetUserID(st.names[name]).SetProcessID(st.names[process]).
				SetName(role.Name(strings.Replace(name, "token", "ADMIN", 1))).SetCreatedAt(st.Now()).Exec(ctx))(t)
		}
	}
	st.newcomer(t, "unconfirmed", "unconfirmed")
	st.newcomer(t, "dora", "dora")
	st.sqlOn(t, "UPDATE users SET password_hash = (SELECT password_hash FROM users WHERE nickname = 'carol')")
	done(st.Write.User.Update().Where(user.NicknameNEQ("unconfirmed")).SetEmailConfirmedAt(st.Now()).Save(ctx))(t)
	done(st.Write.User.Update().Where(user.NicknameIn("unconfirmed", "dora")).ClearEmailConfirmedAt().Save(ctx))(t)
	st.sqlOn(t, "UPDATE users SET terms_version = '2026-03', terms_accepted_at = created_at")
	for _, c := range callers[1:] {
		st.equip(t, c.name)
	}
}

// equip gives somebody a second session and a token that reads; who is called “token” comes with theirs.
func (st *story) equip(t *testing.T, name string) {
	t.Helper()
	id, until := st.cast[name].id, st.Now().Add(people.SessionLifetime)
	st.call("session of "+name, st.NewID("session"))
	st.call("token of "+name, st.NewID("accesstoken"))
	hash, _ := auth.HashToken(auth.NewToken())
	done(0, st.Write.Session.Create().SetID(st.names["session of "+name]).SetUserID(id).SetTokenHash(hash).SetCreatedAt(st.Now()).
		SetExpiresAt(until).Exec(t.Context()))(t)
	token := auth.AccessToken.New()
	hash, _ = auth.AccessToken.Hash(token)
	done(0, st.Write.AccessToken.Create().SetID(st.names["token of "+name]).SetUserID(id).SetName("Tableau").SetTokenHash(hash).
		SetScopes(permission.ScopeRead).SetCreatedAt(st.Now()).SetExpiresAt(until).Exec(t.Context()))(t)
	if name == "token" {
		st.cast[name] = person{id, token}
	}
}

// newcomer adds an account with a nickname to the cast.
func (st *story) newcomer(t *testing.T, name, nickname string) {
	t.Helper()
	p := st.Person(t, nickname)
	st.enter(name, p.ID, p.Token)
}

// codeLetters are what stands in a table for an error; "!" is any other.
var codeLetters = map[string]string{
	"UNAUTHENTICATED": "U", "FORBIDDEN": "F", "NOT_FOUND": "N", "CONFLICT": "C", "BAD_USER_INPUT": "B", "CLOSED": "X", "RATE_LIMITED": "R",
}

const codeLegend = "U UNAUTHENTICATED, F FORBIDDEN, N NOT_FOUND, C CONFLICT, B BAD_USER_INPUT, X CLOSED, R RATE_LIMITED, ! any other"

func codeLetter(code string) string {
	if letter, known := codeLetters[code]; known {
		return letter
	}
	return "!"
}

// comparePermissions asks that a table is the golden one; with -update it becomes that, where SQLite gave it.
func comparePermissions(t *testing.T, name, table string) {
	t.Helper()
	path := filepath.Join("testdata", "permissions", name+".golden")
	if *update && strings.Contains(t.Name(), "/sqlite") {
		done(0, os.MkdirAll(filepath.Dir(path), 0o750))(t)
		done(0, os.WriteFile(path, []byte(table), 0o600))(t)
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("no table yet (go test ./server -run %s -update writes it): %v", strings.Split(t.Name(), "/")[0], err)
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
		t.Errorf("%s has its lines in another order:\n%s", path, firstDifference(table, string(raw)))
	}
}

// inputOf is a JSON object whose names in angle brackets are ids of the story; <me> is whoever asks.
func (st *story) inputOf(t *testing.T, text, me string) map[string]any {
	t.Helper()
	var input map[string]any
	done(0, json.Unmarshal([]byte(st.resolve(strings.ReplaceAll(text, " of me>", " of "+me+">"))), &input))(t)
	return input
}
