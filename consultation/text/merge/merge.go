// Package merge merges what two sides changed in one text, and names the places where both changed the same.
package merge

import (
	"context"
	"strings"

	"ensemble/consultation/text/diff"
	"ensemble/heavy"
)

// Conflict is a place that both sides edited, each in its own way: one or more paragraphs as they stood in the base
// and as each side has them, without the line breaks after. A side that removed them has "", and so has the base where
// both sides added. Whole paragraphs, because nobody can judge "ten" against "twelve" without the sentence;
// diff.Of(Base, Ours) and diff.Of(Base, Theirs) show the words. Three equal texts are a paragraph that both sides
// moved, to two places: merged has it twice.
type Conflict struct {
	Base, Ours, Theirs string
}

// ThreeWay applies to ours what theirs changed in base. The changes are those that diff.Of finds. Both sides' changes
// are made, by paragraph and then by word, unless they touch: between two edits there must be a word that both sides
// left as it was or, when whole paragraphs come or go, a paragraph that both left in place, perhaps reworded. Words of
// two paragraphs never touch. An edit that both sides made is made once. White space is never a conflict: the side that
// changed it decides; if both did, the longer one wins; if the other side changed the words around it, the words win.
//
// Where there are conflicts, merged is ours, with those paragraphs of theirs that are in no conflict: a text for
// whoever decides, and not one to publish. ThreeWay(b, b, x), ThreeWay(b, x, b) and ThreeWay(b, x, x) are x. When the
// sides are exchanged, ThreeWay returns the same text if there are no conflicts, and otherwise the same conflicts, with
// their sides exchanged.
//
// Texts may have any length. Where diff.Of does not find the smallest difference, there can be more conflicts than
// necessary.
func ThreeWay(base, ours, theirs string) (merged string, conflicts []Conflict) {
	return threeWay(context.Background(), base, ours, theirs)
}

// InTime does what ThreeWay does, unless ctx ends first: then it fails with ctx's error, within milliseconds.
func InTime(ctx context.Context, base, ours, theirs string) (merged string, conflicts []Conflict, err error) {
	defer heavy.Stopped(&err)
	merged, conflicts = threeWay(ctx, base, ours, theirs)
	return merged, conflicts, nil
}

// threeWay panics when ctx ends: see heavy.Pause.
func threeWay(ctx context.Context, base, ours, theirs string) (merged string, conflicts []Conflict) {
	var parts []string
	add := func(text string, ok bool, c Conflict) {
		parts = append(parts, text)
		if !ok {
			conflicts = append(conflicts, c)
		}
	}

	for _, r := range paragraphRegions(ctx, base, ours, theirs) {
		if !r.agreed {
			b, o, t := diff.Joined(r.base), diff.Joined(r.ours), diff.Joined(r.theirs)
			text, ok := eitherWords(b, o, t)
			add(text, ok, Conflict{diff.AsParagraph(b).Key, diff.AsParagraph(o).Key, diff.AsParagraph(t).Key})
			continue
		}

		for i, b := range r.base {
			o, t := r.ours[i], r.theirs[i]
			text, ok := mergeParagraph(ctx, b, o, t)
			add(text, ok, Conflict{b.Key, o.Key, t.Key})
		}
	}

	merged = assemble(parts)
	if conflicts == nil {
		conflicts = movedTwice(base, ours, theirs, merged)
	}
	return merged, conflicts
}

// paragraphRegions cuts three texts into regions of paragraphs.
func paragraphRegions(ctx context.Context, base, ours, theirs string) []region {
	b, o, t := diff.Paragraphs(base), diff.Paragraphs(ours), diff.Paragraphs(theirs)
	oursGroups, theirsGroups := diff.Align(ctx, b, o), diff.Align(ctx, b, t)
	begins := diff.Starts(len(b), oursGroups, theirsGroups)

	o, oursMatch := diff.FuseNew(o, begins, oursGroups)
	t, theirsMatch := diff.FuseNew(t, begins, theirsGroups)
	return regions(diff.FuseOld(b, begins), o, t, oursMatch, theirsMatch, func([]diff.Piece) bool { return true })
}

// mergeParagraph merges a paragraph that both sides still have, perhaps changed. If their changes conflict, it returns
// ours, and ok is false.
func mergeParagraph(ctx context.Context, base, ours, theirs diff.Piece) (merged string, ok bool) {
	merged, ok = either(base.Key, ours.Key, theirs.Key)
	if !ok {
		merged, ok = mergeWords(ctx, diff.Words(base.Key), diff.Words(ours.Key), diff.Words(theirs.Key))
	}
	if !ok {
		merged = ours.Key
	}
	return merged + mergeSpace(base.Text[len(base.Key):], ours.Text[len(ours.Key):], theirs.Text[len(theirs.Key):]), ok
}

// mergeWords merges the words of a paragraph that both sides changed; ok is false when their changes conflict.
func mergeWords(ctx context.Context, base, ours, theirs []diff.Piece) (merged string, ok bool) {
	var text strings.Builder
	hasWord := func(pieces []diff.Piece) bool { return diff.Letters(pieces) > 0 }

	oursMatch, theirsMatch := diff.MatchWords(ctx, base, ours), diff.MatchWords(ctx, base, theirs)
	for _, r := range regions(base, ours, theirs, oursMatch, theirsMatch, hasWord) {
		if !r.agreed {
			chosen, ok := eitherWords(diff.Joined(r.base), diff.Joined(r.ours), diff.Joined(r.theirs))
			if !ok {
				return "", false
			}
			text.WriteString(chosen)
			continue
		}

		for i, b := range r.base {
			text.WriteString(mergeSpace(b.Text, r.ours[i].Text, r.theirs[i].Text))
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

// movedTwice finds the paragraphs of the base that both sides moved, each to another place: no two of these edits
// touch, and yet the merged text would say the same thing twice.
func movedTwice(base, ours, theirs, merged string) []Conflict {
	var conflicts []Conflict
	b, o, t, m := tally(base), tally(ours), tally(theirs), tally(merged)
	for _, p := range diff.Paragraphs(base) {
		expected := b[p.Key] + max(o[p.Key]-b[p.Key], 0) + max(t[p.Key]-b[p.Key], 0)
		c := Conflict{p.Key, p.Key, p.Key}
		if p.Letters() > 0 && m[p.Key] > expected {
			conflicts = append(conflicts, c)
			m[p.Key] = 0 // each once
		}
	}
	return conflicts
}

// tally counts the paragraphs of a text.
func tally(text string) map[string]int {
	n := make(map[string]int)
	for _, p := range diff.Paragraphs(text) {
		n[p.Key]++
	}
	return n
}
