package story

import "strings"

// FirstDifference shows the lines around where two texts part.
func FirstDifference(got, want string) string {
	a, b := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range a {
		if i >= len(b) || a[i] != b[i] {
			return "got:\n" + strings.Join(a[max(0, i-3):min(len(a), i+4)], "\n") + "\nwant:\n" + strings.Join(b[max(0, min(i-3, len(b))):min(len(b), i+4)], "\n")
		}
	}
	return "it ends early"
}
