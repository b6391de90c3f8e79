package text

import (
	"slices"
	"strings"
)

// Conflict is a place that both sides edited, each in its own way: one or more paragraphs as they stood in the base
// and as each side has them, without the line breaks after. A side that removed them has "", and so has the base where
// both sides added. Whole paragraphs, because nobody can judge "ten" against "twelve" without the sentence;
// Diff(Base, Ours) and Diff(Base, Theirs) show the words. Three equal texts are a paragraph that both sides
// moved, to two places: merged has it twice.
type Conflict struct {
	Base, Ours, Theirs string
}

// Merge applies to ours what theirs changed in base. The changes are those that Diff shows; both sides' are made, by
// paragraph and then by word, unless they touch: two edits need between them a word that both sides kept or, when
// whole paragraphs come or go, a paragraph that both kept, perhaps reworded. Words of two paragraphs never touch. An
// edit that both sides made is made once. White space is never a conflict: the side that changed it decides; if both
// did, the longer; if the other changed the words around it, the words.
//
// Where there are conflicts, merged is ours with the paragraphs of theirs that are in none: a text to show to whoever
// decides, not one to publish. Merge(b, b, x), Merge(b, x, b) and Merge(b, x, x) are x. In the other order of
// sides, Merge gives the same text if there are no conflicts, and the same conflicts, exchanged, if there are.
//
// Texts may have any length; where Diff does not find the smallest difference, there can be more conflicts than needed.
func Merge(base, ours, theirs string) (merged string, conflicts []Conflict) {
	var parts []string
	add := func(text string, ok bool, c Conflict) {
		parts = append(parts, text)
		if !ok {
			conflicts = append(conflicts, c)
		}
	}
	for _, r := range paragraphRegions(base, ours, theirs) {
		if !r.agreed {
			b, o, t := joined(r.base), joined(r.ours), joined(r.theirs)
			text, ok := eitherWords(b, o, t)
			add(text, ok, Conflict{paragraph(b).key, paragraph(o).key, paragraph(t).key})
			continue
		}
		for i, b := range r.base {
			o, t := r.ours[i], r.theirs[i]
			text, ok := mergeParagraph(b, o, t)
			add(text, ok, Conflict{b.key, o.key, t.key})
		}
	}
	merged = assemble(parts)
	if conflicts == nil {
		conflicts = movedTwice(base, ours, theirs, merged)
	}
	return merged, conflicts
}

// paragraphRegions cuts three texts into regions of paragraphs.
func paragraphRegions(base, ours, theirs string) []region {
	b, o, t := paragraphs(base), paragraphs(ours), paragraphs(theirs)
	oursGroups, theirsGroups := align(b, o), align(b, t)
	begins := starts(len(b), oursGroups, theirsGroups)
	o, oursMatch := fuseNew(o, begins, oursGroups)
	t, theirsMatch := fuseNew(t, begins, theirsGroups)
	return regions(fuseOld(b, begins), o, t, oursMatch, theirsMatch, func([]piece) bool { return true })
}

// mergeParagraph merges a paragraph that both sides kept or changed. If it cannot, it returns ours and ok is false.
func mergeParagraph(base, ours, theirs piece) (merged string, ok bool) {
	merged, ok = either(base.key, ours.key, theirs.key)
	if !ok {
		merged, ok = mergeWords(words(base.key), words(ours.key), words(theirs.key))
	}
	if !ok {
		merged = ours.key
	}
	return merged + mergeSpace(base.text[len(base.key):], ours.text[len(ours.key):], theirs.text[len(theirs.key):]), ok
}

func mergeWords(base, ours, theirs []piece) (merged string, ok bool) {
	var text strings.Builder
	hasWord := func(pieces []piece) bool { return letters(pieces) > 0 }
	for _, r := range regions(base, ours, theirs, matchWords(base, ours), matchWords(base, theirs), hasWord) {
		if !r.agreed {
			chosen, ok := eitherWords(joined(r.base), joined(r.ours), joined(r.theirs))
			if !ok {
				return "", false
			}
			text.WriteString(chosen)
			continue
		}
		for i, b := range r.base {
			text.WriteString(mergeSpace(b.text, r.ours[i].text, r.theirs[i].text))
		}
	}
	return text.String(), true
}

// assemble joins paragraphs. One that ended a text has no line break; if another follows, it gets a blank line.
func assemble(parts []string) string {
	var text strings.Builder
	for _, p := range parts {
		if p != "" && text.Len() > 0 && !strings.HasSuffix(text.String(), "\n") {
			text.WriteString("\n\n")
		}
		text.WriteString(p)
	}
	return text.String()
}

// movedTwice finds the paragraphs of the base that both sides removed in one place and added in another, each its own:
// no two edits touch, and yet the merged text would say the same thing twice.
func movedTwice(base, ours, theirs, merged string) []Conflict {
	var conflicts []Conflict
	b, o, t, m := tally(base), tally(ours), tally(theirs), tally(merged)
	for _, p := range paragraphs(base) {
		expected := b[p.key] + max(o[p.key]-b[p.key], 0) + max(t[p.key]-b[p.key], 0)
		c := Conflict{p.key, p.key, p.key}
		if p.letters() > 0 && m[p.key] > expected && !slices.Contains(conflicts, c) {
			conflicts = append(conflicts, c)
		}
	}
	return conflicts
}

// tally counts the paragraphs of a text.
func tally(text string) map[string]int {
	n := make(map[string]int)
	for _, p := range paragraphs(text) {
		n[p.key]++
	}
	return n
}
