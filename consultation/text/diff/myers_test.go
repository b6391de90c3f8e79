package diff

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// longest finds a match of two lists that is as long as any, in order, of elements that are equal.
func TestSearchFindsALongestMatch(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		letter := rapid.SliceOfN(rapid.IntRange(0, 3), 0, 12)
		a, b := letter.Draw(t, "a"), letter.Draw(t, "b")
		m := longest(t.Context(), a, b)

		last, size := None, 0
		for i, j := range m {
			if j == None {
				continue
			}
			if j <= last || a[i] != b[j] {
				t.Fatalf("%v does not match %v with %v", m, a, b)
			}
			last, size = j, size+1
		}

		if want := longestCommon(a, b); size != want {
			t.Fatalf("matched %d of %v and %v, want %d", size, a, b, want)
		}
	})
}

// longestCommon returns the length of a longest match. It is the recursion of the textbooks: slow, and plainly right.
func longestCommon(a, b []int) int {
	row := make([]int, len(b)+1)
	for _, x := range a {
		previous := slices.Clone(row)
		for j, y := range b {
			row[j+1] = max(row[j], previous[j+1])
			if x == y {
				row[j+1] = previous[j] + 1
			}
		}
	}
	return row[len(b)]
}
