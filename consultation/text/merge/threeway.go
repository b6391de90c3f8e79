package merge

import (
	"cmp"
	"slices"
	"strings"
)

// either applies the rule of three-way merging. It returns what both sides have, or else the side that differs from
// base. ok is false if both sides differ from base, and from each other.
func either(base, ours, theirs string) (text string, ok bool) {
	if ours == base {
		return theirs, true
	}
	return ours, ours == theirs || theirs == base
}

// eitherWords applies the same rule to texts that can differ in white space alone, which does not count as a change. If
// both sides changed words, differently, it returns ours and ok is false.
func eitherWords(base, ours, theirs string) (text string, ok bool) {
	switch {
	case sameWords(ours, theirs):
		return mergeSpace(base, ours, theirs), true
	case sameWords(base, theirs):
		return ours, true
	case sameWords(base, ours):
		return theirs, true
	}
	return ours, false
}

// sameWords reports whether a and b differ in white space at most.
func sameWords(a, b string) bool { return slices.Equal(strings.Fields(a), strings.Fields(b)) }

// mergeSpace merges texts that differ in white space at most. When both sides changed it the longer wins, and of two as
// long the greater, so that the order of the sides does not matter.
func mergeSpace(base, ours, theirs string) string {
	if text, ok := either(base, ours, theirs); ok {
		return text
	}
	return slices.MaxFunc([]string{ours, theirs}, func(a, b string) int {
		return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(a, b))
	})
}
