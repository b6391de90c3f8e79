package testsite

import (
	"os"
	"strings"
	"testing"
)

// WrittenDown requires that what a file says between two marks is want. With update it writes want there instead.
func WrittenDown(t testing.TB, file, begins, ends, want string, update bool) {
	t.Helper()
	raw, err := os.ReadFile(file)
	Must(t, err)

	before, rest, hasBegin := strings.Cut(string(raw), begins)
	is, after, hasEnd := strings.Cut(rest, ends)
	switch {
	case !hasBegin || !hasEnd:
		t.Fatalf("%s has no place for the table", file)
	case update:
		Must(t, os.WriteFile(file, []byte(before+begins+want+ends+after), 0o644)) // #nosec G306 -- a file of the repository
	case is != want:
		t.Errorf("%s is not the table any more: run this test with -update", file)
	}
}
