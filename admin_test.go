package main

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ensemble/config"
	"ensemble/consultation/people"
	"ensemble/site"
)

// The commands make site administrators, list them, and refuse to take away the last one.
func TestAdminCommands(t *testing.T) {
	t.Setenv("ENSEMBLE_DATABASE_URL", "sqlite:"+t.TempDir()+"/site.db")
	settings, err := config.Read(false)
	if err != nil {
		t.Fatal(err)
	}

	service, store, err := site.Open(t.Context(), settings.DatabaseURL, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}

	for _, name := range []string{"jeanne", "jules"} {
		in := people.SignUpInput{
			Email: name + "@example.org", Name: strings.ToUpper(name), Nickname: name, Password: "correct horse",
		}
		if _, err := service.SignUp(t.Context(), in); err != nil {
			t.Fatal(err)
		}
	}

	if err := store.Close(); err != nil {
		t.Fatal(err)
	}

	for _, step := range []struct {
		args    string
		refused string
		listed  string
	}{
		{"grant jeanne@example.org", "say why, for the audit: ensemble admin grant -reason TEXT jeanne@example.org", ""},
		{"grant -reason= jeanne@example.org", "say why", ""},
		{"grant -reason " + strings.Repeat("é", 2001) + " jeanne@example.org", "BAD_USER_INPUT reason", ""},
		{"grant -reason Élue", "use admin grant", ""},
		{"grant -reason Élue jeanne@example.org jules@example.org", "use admin grant", ""},
		{"grant -why Élue jeanne@example.org", "not defined: -why", ""},
		{"grant -reason Élue nobody@example.org", "NOT_FOUND", ""},
		{"grant -reason Élue Jeanne@example.org", "", "jeanne@example.org  @jeanne  JEANNE\n"},
		{"revoke -reason Partie jeanne@example.org", "CONFLICT", "jeanne@example.org  @jeanne  JEANNE\n"},
		{"grant jules@example.org -reason Élu", "",
			"jeanne@example.org  @jeanne  JEANNE\njules@example.org   @jules   JULES\n"},
		{"revoke -reason Partie jeanne@example.org", "", "jules@example.org  @jules  JULES\n"},
		{"revoke jules@example.org", "say why", "jules@example.org  @jules  JULES\n"},
		{"lift jules@example.org", "unknown command", "jules@example.org  @jules  JULES\n"},
	} {
		err := run(t.Context(), append([]string{"admin"}, strings.Fields(step.args)...), io.Discard, io.Discard)
		if (err == nil) != (step.refused == "") || err != nil && !strings.Contains(err.Error(), step.refused) {
			t.Errorf("%s: %v, want %q", step.args, err, step.refused)
		}

		var out bytes.Buffer
		err = run(t.Context(), []string{"admin", "list"}, &out, io.Discard)
		if err != nil || out.String() != step.listed {
			t.Errorf("after %s: %v\n%swant\n%s", step.args, err, &out, step.listed)
		}
	}
}

// Unknown commands, and those that ask for help, are answered before a database is made.
func TestCommandsAreReadFirst(t *testing.T) {
	file := filepath.Join(t.TempDir(), "site.db")
	t.Setenv("ENSEMBLE_DATABASE_URL", "sqlite:"+file)

	for args, want := range map[string]string{
		"nonsense":                      `unknown command "nonsense"`,
		"migrate now":                   `unknown command "migrate now"`,
		"serve now":                     `unknown command "serve now"`,
		"admin":                         "unknown command",
		"admin lift jules@example.org":  "unknown command",
		"admin grant jules@example.org": "say why",
		"help":                          "",
		"help admin":                    "",
		"-h":                            "",
		"--help":                        "",
	} {

		var out bytes.Buffer
		err := run(t.Context(), strings.Fields(args), &out, io.Discard)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", args, err, want)
		}

		if helps := strings.Contains(out.String(), "ensemble migrate"); helps != (want == "") {
			t.Errorf("%s prints %q", args, &out)
		}
		if _, err := os.Stat(file); !errors.Is(err, fs.ErrNotExist) {
			t.Fatalf("%s: there is a database, %v", args, err)
		}
	}

	if err := run(t.Context(), []string{"migrate"}, io.Discard, io.Discard); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(file); err != nil {
		t.Errorf("migrate makes no database there: %v", err)
	}
}
