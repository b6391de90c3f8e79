package consultation_test

import (
	"flag"
	"fmt"
	"strings"
	"testing"

	"ensemble/auth"
	"ensemble/consultation/moderation"
	"ensemble/consultation/permission"
	"ensemble/consultation/processes"
	"ensemble/consultation/refusal"
	"ensemble/consultation/roadmap"
	"ensemble/internal/testsite"
	"ensemble/internal/testsite/scene"
)

var update = flag.Bool("update", false, "write the table of permissions in ARCHITECTURE.md anew")

const (
	architecture = "../ARCHITECTURE.md"
	tableBegins  = "<!-- permissions: go test ./consultation -run TestPermissionsAreWrittenDown -update -->\n"
	tableEnds    = "<!-- end of permissions -->\n"
)

// ARCHITECTURE.md shows the table of permissions.
func TestPermissionsAreWrittenDown(t *testing.T) {
	testsite.WrittenDown(t, architecture, tableBegins, tableEnds, rendered(), *update)
}

// rendered returns the table of permissions in Markdown.
func rendered() string {
	var b strings.Builder
	b.WriteString("| what | who | when | a token's scope |\n|---|---|---|---|\n")
	for _, p := range permission.Permissions() {
		scope := p.Scope
		if scope == permission.ScopeNone {
			scope = "—"
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", strings.Join(p.Acts, ", "), p.Who, p.When, scope)
	}
	return b.String()
}

// Each act has one row, and somebody may do it.
func TestPermissionsAreSaidOnce(t *testing.T) {
	seen := map[string]bool{}
	for _, p := range permission.Permissions() {
		for _, act := range p.Acts {
			if seen[act] {
				t.Errorf("%s has two rows", act)
			}
			seen[act] = true
		}
		if p.Who == 0 {
			t.Errorf("%v: nobody may", p.Acts)
		}
	}
}

// A token may do what its scopes name, as far as its owner may.
func TestTokensKeepToTheirScopes(t *testing.T) {
	for name, c := range map[string]struct {
		scopes  []string
		comment refusal.Code
		steer   refusal.Code
	}{
		"a session":       {nil, "", ""},
		"for nothing":     {[]string{}, refusal.Forbidden, refusal.Forbidden},
		"for reading":     {[]string{"read"}, refusal.Forbidden, refusal.Forbidden},
		"for taking part": {[]string{"read", "participate"}, "", refusal.Forbidden},
		"for all":         {[]string{"read", "participate", "moderate", "admin"}, "", ""},
	} {
		v := auth.Viewer{
			UserID: "u", Confirmed: true, Roles: map[string][]string{"here": {"STEERING"}}, Scopes: c.scopes,
		}

		if got := refusal.CodeOf(roadmap.MayComment(v, scene.InHere, nil, scene.OpenForAll)); got != c.comment {
			t.Errorf("%s: commenting answers %q", name, got)
		}
		if got := refusal.CodeOf(processes.MaySteer(v, "here")); got != c.steer {
			t.Errorf("%s: steering answers %q", name, got)
		}
	}
}

// A person who has not confirmed their address may read, but not take part yet.
func TestUnconfirmed(t *testing.T) {
	v := auth.Viewer{UserID: "u"}

	for name, err := range map[string]error{
		"comment": roadmap.MayComment(v, scene.InHere, nil, scene.OpenForAll),
		"support": roadmap.MaySupport(v, scene.InHere, scene.OpenForAll),
		"amend":   roadmap.MayAmend(v, scene.InHere, scene.OpenForAll, roadmap.Amending{}),
		"report":  moderation.MayReport(v, "author", "here"),
	} {
		if refusal.CodeOf(err) != refusal.Forbidden || !strings.Contains(err.Error(), "Confirm") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
