// Package internal_test looks at the program as a whole: which package imports which.
package internal_test

import (
	"errors"
	"flag"
	"go/build"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// update is set to write the golden file again.
var update = flag.Bool("update", false, "write testdata/arrows.golden anew")

// root is the folder of the module, and module is its name.
const root, module = "..", "ensemble"

const golden = "testdata/arrows.golden"

// The arrows are those of the golden file, so that a new one is a choice that a reviewer sees.
func TestArrows(t *testing.T) {
	got := strings.Join(arrows(t), "\n") + "\n"
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}

	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got == string(want) {
		return
	}

	before := strings.Split(string(want), "\n")
	for line := range strings.Lines(got) {
		if line = strings.TrimSpace(line); !slices.Contains(before, line) {
			t.Errorf("new: %s", line)
		}
	}
	for _, line := range before {
		if !strings.Contains(got, line+"\n") {
			t.Errorf("gone: %s", line)
		}
	}

	t.Error("if that is meant: go test ./internal -update")
}

// mayImport says, as ARCHITECTURE.md does, what the packages of a folder may import besides each other. main, and
// folders that are not in it, may import anything.
var mayImport = map[string][]string{
	"config":       {"consultation", "limit", "server", "web"},
	"site":         {"consultation", "database", "live", "migrations", "server"},
	"server":       {"graph", "consultation", "live", "auth", "web", "limit", "bounded", "fair"},
	"graph":        {"consultation", "ent", "live", "auth", "fair"},
	"consultation": {"ent", "live", "auth", "heavy", "fair"},
	"ent":          {},
	"live":         {},
	"auth":         {"fair"},
	"heavy":        {"bounded", "fair"},
	"bounded":      {},
	"fair":         {},
	"mail":         {},
	"limit":        {},
	"web":          {},
	"database":     {},
	"migrations":   {},
}

// Each arrow is one that mayImport allows. Only main reads settings, and internal is for tests.
func TestArrowsPointOneWay(t *testing.T) {
	for _, arrow := range arrows(t) {
		from, to, _ := strings.Cut(arrow, " → ")
		allowed, ruled := mayImport[folder(from)]

		switch {
		case folder(from) == folder(to):
		case ruled && !slices.Contains(allowed, folder(to)):
			t.Errorf("%s: not allowed", arrow)
		case folder(to) == "config" && from != "main":
			t.Errorf("%s: only main reads settings", arrow)
		case folder(to) == "internal" && !measures(from):
			t.Errorf("%s: internal is for tests", arrow)
		}
	}
}

// rows lists the parts of the rules from the bottom up, as ARCHITECTURE.md draws them. A part imports only parts of the
// rows below its own.
var rows = []string{
	"message", "refusal", "permission input", "change", "public", "outbox search", "notify", "people", "organizations",
	"moderation", "processes", "roadmap", "bulk",
}

// Each part of the rules imports parts of lower rows only, and none imports what puts the parts together.
func TestPartsStandOnEachOther(t *testing.T) {
	row := map[string]int{}
	for i, parts := range rows {
		for part := range strings.FieldsSeq(parts) {
			row["consultation/"+part] = i
		}
	}

	seen := map[string]bool{}
	for _, arrow := range arrows(t) {
		from, to, _ := strings.Cut(arrow, " → ")
		seen[from], seen[to] = true, true
		above, isPart := row[from]
		below, onPart := row[to]

		switch {
		case isPart && onPart && above <= below:
			t.Errorf("%s: a part stands on those below it", arrow)
		case isPart && to == "consultation":
			t.Errorf("%s: no part knows what puts it together", arrow)
		}
	}

	for part := range row {
		if !seen[part] {
			t.Errorf("%s has a row and is no package", part)
		}
	}
}

// leaves lists packages that import nothing of ours. They are shape only, pure functions, or bytes and sockets without
// a meaning.
var leaves = []string{
	"ent/schema", "consultation/text/clean",
	"server/parking", "server/wsframe", "bounded", "fair", "internal/testenv",
}

// The leaves import nothing of ours.
func TestLeavesImportNothingOfOurs(t *testing.T) {
	for _, arrow := range arrows(t) {
		from, _, _ := strings.Cut(arrow, " → ")
		if slices.Contains(leaves, from) {
			t.Errorf("%s: it must import nothing of ours", arrow)
		}
	}
}

// The packages that work on texts know no rule, and import nothing of ours but each other, and what heavy work
// takes turns by.
func TestTextsImportTexts(t *testing.T) {
	for _, arrow := range arrows(t) {
		from, to, _ := strings.Cut(arrow, " → ")
		const inTexts, turns = "consultation/text/", "heavy"
		if strings.HasPrefix(from, inTexts) && !strings.HasPrefix(to, inTexts) && to != turns {
			t.Errorf("%s: it must import texts only", arrow)
		}
	}
}

// Only config reads the environment, so that the README's table of settings can be complete. Tests, their servers and
// benches are not part of a site.
func TestOnlyConfigReadsTheEnvironment(t *testing.T) {
	reads := regexp.MustCompile(`\bos\.(Getenv|LookupEnv|Environ|ExpandEnv)\(`)
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if slices.Contains([]string{"config", "internal", "bench", "ent", "node_modules"}, entry.Name()) {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}

		source, err := os.ReadFile(path)
		if reads.Match(source) {
			t.Errorf("%s reads the environment: settings belong to config", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// What people write is cleaned by package input, which refuses first what is far too long: to clean a megabyte is work.
func TestOnlyInputCleans(t *testing.T) {
	cleans := regexp.MustCompile(`\bclean\.(Name|Line|Text)\b`)
	for _, part := range []string{"auth", "consultation", "graph", "live", "server"} {
		err := filepath.WalkDir(filepath.Join(root, part), func(path string, _ fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") ||
				filepath.Base(filepath.Dir(path)) == "input" {
				return err
			}

			source, err := os.ReadFile(path)
			for line := range strings.Lines(string(source)) {
				code, _, _ := strings.Cut(line, "//")
				if found := cleans.FindString(code); found != "" {
					t.Errorf("%s: %s: use package input", path, found)
				}
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// Only site puts a program together, so that the program and the benches run the same. Tests may change what testsite
// gives them.
func TestOnlySitePutsTogether(t *testing.T) {
	makes := regexp.MustCompile(`\b(consultation\.New|live\.NewHub)\(|\bserver\.Server\{`)
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if slices.Contains([]string{"site", "testsite", "node_modules"}, entry.Name()) {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}

		source, err := os.ReadFile(path)
		if found := makes.Find(source); found != nil {
			t.Errorf("%s: %s belongs to site", path, found)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// measures says whether a package may use internal outside tests: those of apitest and bench measure on servers of
// their own.
func measures(name string) bool { return slices.Contains([]string{"apitest", "bench"}, folder(name)) }

// folder returns the first folder of a package's path.
func folder(name string) string {
	first, _, _ := strings.Cut(name, "/")
	return first
}

// arrows returns the imports between our packages, without those of tests: "graph → consultation". The packages that
// ent generates count as one.
func arrows(t *testing.T) []string {
	t.Helper()
	found := map[string]bool{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		folder := d.Name()
		if folder == "node_modules" || folder == "testdata" || strings.HasPrefix(folder, ".") && folder != root {
			return filepath.SkipDir
		}

		p, err := build.ImportDir(path, 0)
		if _, empty := errors.AsType[*build.NoGoError](err); empty {
			return nil
		}
		if err != nil {
			return err
		}

		name, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		for _, to := range p.Imports {
			if inner, ours := strings.CutPrefix(to, module+"/"); ours && noun(filepath.ToSlash(name)) != noun(inner) {
				found[noun(filepath.ToSlash(name))+" → "+noun(inner)] = true
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return slices.Sorted(maps.Keys(found))
}

// noun returns what a package is called in an arrow.
func noun(path string) string {
	switch {
	case path == ".":
		return "main"
	case strings.HasPrefix(path, "ent/") && path != "ent/schema":
		return "ent"
	}
	return path
}
