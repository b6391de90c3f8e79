package story

import "strings"

// FirstDifference shows the lines around where two texts part.
func FirstDifference(got, want string) string {
	a, b := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range a {
		if i < len(b) && a[i] == b[i] {
			continue
		}
		around := func(lines []string) string {
			return strings.Join(lines[max(0, min(i-3, len(lines))):min(len(lines), i+4)], "\n")
		}
		return "got:\n" + around(a) + "\nwant:\n" + around(b)
	}
	return "it ends early"
}
