package merge

import (
	"context"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"ensemble/consultation/text/diff"
	"ensemble/consultation/text/texttest"
)

// The merge of two edits of any text is what ThreeWay promises.
func TestMergeProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		base := texttest.Texts.Draw(t, "base")
		checkMerge(t, base, texttest.Edited(t, base, "ours"), texttest.Edited(t, base, "theirs"))
	})
}

// The merge of whatever people write is what ThreeWay promises.
func FuzzMerge(f *testing.F) {
	f.Add("", "a", "b")
	f.Add("a b c d e", "a B c d e", "a b c d E")
	f.Add("- a\n- b\n- c", "- a\n- c", "- a\n- b\n- c\n- d\n")
	f.Add("# a\n\nb  \nc", "# a\nb c", "\n\n# a\n\nb  \nd\xff")
	f.Fuzz(checkMerge[*testing.T])
}

// checkMerge checks what ThreeWay promises for any three texts.
func checkMerge[T rapid.TB](t T, base, ours, theirs string) {
	t.Helper()
	merged, conflicts := ThreeWay(base, ours, theirs)

	again, same := ThreeWay(base, ours, theirs)
	if again != merged || !slices.Equal(same, conflicts) {
		t.Fatalf("ThreeWay(%q, %q, %q) differs from one call to the next", base, ours, theirs)
	}

	if utf8.ValidString(base) && utf8.ValidString(ours) && utf8.ValidString(theirs) && !utf8.ValidString(merged) {
		t.Fatalf("ThreeWay(%q, %q, %q) = %q is not UTF-8", base, ours, theirs, merged)
	}

	for _, c := range conflicts {
		moved := c.Base == c.Ours && c.Ours == c.Theirs
		edited := c.Base != c.Ours && c.Base != c.Theirs && c.Ours != c.Theirs
		if !strings.Contains(merged, c.Ours) || (!edited && !moved) {
			t.Fatalf("ThreeWay(%q, %q, %q) = %q, with conflict %q", base, ours, theirs, merged, c)
		}
	}

	checkOneSided(t, base, ours)
	checkOneSided(t, base, theirs)
	checkOtherOrder(t, base, ours, theirs, merged, conflicts)
	if conflicts == nil {
		checkNothingLost(t, base, ours, theirs, merged)
	}
}

// checkOneSided checks that there is nothing to merge when one side changed nothing, or when both made the same change.
func checkOneSided(t rapid.TB, base, side string) {
	t.Helper()
	for _, in := range [][2]string{{base, side}, {side, base}, {side, side}} {
		if merged, conflicts := ThreeWay(base, in[0], in[1]); merged != side || conflicts != nil {
			t.Fatalf("ThreeWay(%q, %q, %q) = %q, %q; want %q", base, in[0], in[1], merged, conflicts, side)
		}
	}
}

// checkOtherOrder checks that the two sides may be exchanged: without conflicts the text is the same, and conflicts
// have their sides exchanged.
func checkOtherOrder(t rapid.TB, base, ours, theirs, merged string, conflicts []Conflict) {
	t.Helper()
	other, exchanged := ThreeWay(base, theirs, ours)
	if conflicts == nil && other != merged {
		t.Fatalf("ThreeWay(%q, %q, %q) = %q, in the other order %q", base, ours, theirs, merged, other)
	}

	for i, c := range exchanged {
		exchanged[i] = Conflict{c.Base, c.Theirs, c.Ours}
	}
	if !slices.Equal(conflicts, exchanged) {
		t.Fatalf("ThreeWay(%q, %q, %q) has conflicts %q, in the other order %q", base, ours,
			theirs, conflicts, exchanged)
	}
}

// checkNothingLost counts the words of a merge without conflicts. What one side added according to diff.Of is there,
// what it removed is gone from what the other side has, and no other word went or came. An edit that both sides made
// counts once, so the numbers have bounds.
//
// Texts in which one side joined paragraphs are left to TestMergeKeepsEveryEdit: ThreeWay compares such a paragraph
// with both, but diff.Of compares them apart, and can match other occurrences of a word.
func checkNothingLost(t rapid.TB, base, ours, theirs, merged string) {
	t.Helper()
	if joins(base, ours) || joins(base, theirs) {
		return
	}

	all := texttest.Counts(merged)
	for _, sides := range [][2]string{{ours, theirs}, {theirs, ours}} {
		changes, other := diff.Of(base, sides[0]), texttest.Counts(sides[1])
		added := texttest.Counts(texttest.Only(changes, diff.Added)...)
		removed := texttest.Counts(texttest.Only(changes, diff.Removed)...)
		for word := range texttest.Counts(base, ours, theirs, merged) {
			if n := all[word]; n < added[word] || n < other[word]-removed[word] || n > other[word]+added[word] {
				t.Fatalf("ThreeWay(%q, %q, %q) = %q has %q %d times", base, ours, theirs, merged, word, n)
			}
		}
	}
}

// joins says whether side made one paragraph of several of the base.
func joins(base, side string) bool {
	isJoined := func(s diff.Stretch) bool { return s.OldEnd-s.Old > 1 }
	return slices.ContainsFunc(diff.Align(context.Background(), diff.Paragraphs(base), diff.Paragraphs(side)), isJoined)
}

// TestMergeKeepsEveryEdit says the same exactly, for texts in which no word comes twice: the merged text without what
// theirs added is ours without what theirs removed, word for word and in order.
func TestMergeKeepsEveryEdit(t *testing.T) {
	merges := 0
	rapid.Check(t, func(t *rapid.T) {
		base := texttest.Distinct("base", rapid.IntRange(5, 60).Draw(t, "words"))
		ours, theirs := texttest.Amended(t, base, "ours"), texttest.Amended(t, base, "theirs")
		if movesWords(base, ours) || movesWords(base, theirs) {
			return
		}

		merged, conflicts := ThreeWay(texttest.Paragraphed(base), texttest.Paragraphed(ours),
			texttest.Paragraphed(theirs))
		if conflicts != nil {
			return
		}
		merges++
		for _, sides := range [][2][]string{{ours, theirs}, {theirs, ours}} {
			added, removed := texttest.Without(sides[1], base), texttest.Without(base, sides[1])
			got, want := texttest.Without(texttest.LetterWords(merged), added), texttest.Without(sides[0], removed)
			if !slices.Equal(got, want) {
				t.Fatalf("base %q, ours %q, theirs %q, merged %q: %q, want %q", base, ours, theirs, merged, got, want)
			}
		}
	})

	if merges == 0 {
		t.Error("every draw was a conflict: nothing was tested")
	}
}

// movesWords says whether diff.Of sees a word removed in one place and added in another.
func movesWords(base, side []string) bool {
	changes := diff.Of(texttest.Paragraphed(base), texttest.Paragraphed(side))
	added := texttest.LetterWords(texttest.Only(changes, diff.Added)...)

	removed := texttest.LetterWords(texttest.Only(changes, diff.Removed)...)
	return len(texttest.Without(added, removed)) < len(added)
}
