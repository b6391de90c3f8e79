package diff

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestSearchFindsALongestMatch(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		letter := rapid.SliceOfN(rapid.IntRange(0, 3), 0, 12)
		a, b := letter.Draw(t, "a"), letter.Draw(t, "b")
		m := longest(a, b)
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

// longestCommon is the textbook recursion, slow and plainly right.
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
