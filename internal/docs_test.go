package internal_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Each test that docs/security.md names exists.
func TestSecurityNamesItsTests(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join(root, "docs", "security.md"))
	if err != nil {
		t.Fatal(err)
	}

	named := regexp.MustCompile("`(Test|Fuzz)[A-Za-z0-9]+`").FindAllString(string(raw), -1)
	if len(named) < 40 {
		t.Fatalf("it names %d", len(named))
	}

	tests := testFunctions(t)
	for _, name := range named {
		if name = strings.Trim(name, "`"); !tests[name] {
			t.Errorf("there is no %s", name)
		}
	}
}

// testFunctions returns the names of all tests of the module.
func testFunctions(t *testing.T) map[string]bool {
	t.Helper()
	function := regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)[A-Za-z0-9]+)\(`)
	all := map[string]bool{}

	err := filepath.WalkDir(root, func(path string, entry os.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && entry.Name() == "node_modules":
			return filepath.SkipDir
		case !strings.HasSuffix(path, "_test.go"):
			return nil
		}

		raw, err := os.ReadFile(path)
		for _, found := range function.FindAllSubmatch(raw, -1) {
			all[string(found[1])] = true
		}
		return err
	})

	if err != nil {
		t.Fatal(err)
	}
	return all
}
