// Package diff compares two texts, by paragraph and then by word, as a reader would. The steps of the comparison
// (Paragraphs, Words, Align, MatchWords) are exported for package merge.
package diff

import (
	"context"

	"ensemble/heavy"
)

// Kind says what became of a paragraph, or of some words of it, between an old and a new text.
type Kind string

// The kinds. A Span is never Changed; of a Changed paragraph, the spans say which words were removed and added.
const (
	Kept    Kind = "KEPT"
	Added   Kind = "ADDED"
	Removed Kind = "REMOVED"
	Changed Kind = "CHANGED"
)

// Span is a run of words of one kind, with the white space between them. Text is never empty.
type Span struct {
	Kind Kind
	Text string
}

// Paragraph is a paragraph of the old text, of the new one or of both: lines without a blank line between, or one
// list item, heading or table row. Its text includes the line breaks that follow it, up to the next paragraph.
//
// A Kept paragraph has the same text in both, but the line breaks after it can be removed or added spans of its own:
// what was the last paragraph stays Kept when another follows. A Changed paragraph can be two or three in one of the
// texts, which were joined or split; the line breaks between them are removed or added like words.
type Paragraph struct {
	Kind  Kind
	Spans []Span
}

// Of returns how old became new, paragraph by paragraph and, in those that changed, word by word. What was removed
// comes before what was added in its place. The texts of all Kept and Removed spans, joined, are old, byte for byte;
// those of all Kept and Added spans are new. Spans of valid UTF-8 are valid UTF-8 and do not separate a letter from its
// accents. Every paragraph of Of(a, a) is Kept, in one span. A paragraph or a word that went to another place counts as
// removed here and added there.
//
// Texts may have any length: after some 500 changed words or paragraphs in a row, the difference is no longer the
// smallest one, or whole paragraphs are replaced. Two texts of 20,000 signs take 50 ms at worst (BenchmarkWorst).
func Of(old, new string) []Paragraph { return of(context.Background(), old, new) }

// InTime does what Of does, unless ctx ends first: then it fails with ctx's error, within milliseconds.
func InTime(ctx context.Context, old, new string) (changes []Paragraph, err error) {
	defer heavy.Stopped(&err)
	return of(ctx, old, new), nil
}

// of panics with stopped when ctx ends.
func of(ctx context.Context, old, new string) []Paragraph {
	o, n := Paragraphs(old), Paragraphs(new)
	groups := Align(ctx, o, n)
	begins := Starts(len(o), groups)
	o = FuseOld(o, begins)
	n, m := FuseNew(n, begins, groups)

	var changes []Paragraph
	for _, s := range m.stretches(len(n)) {
		if s.matched {
			for i := s.Old; i < s.OldEnd; i++ {
				changes = append(changes, compare(ctx, o[i], n[m[i]]))
			}
			continue
		}

		for _, p := range o[s.Old:s.OldEnd] {
			changes = append(changes, Paragraph{Removed, []Span{{Removed, p.Text}}})
		}
		for _, p := range n[s.New:s.NewEnd] {
			changes = append(changes, Paragraph{Added, []Span{{Added, p.Text}}})
		}
	}
	return changes
}

// compare returns how the paragraph old became new.
func compare(ctx context.Context, old, new Piece) Paragraph {
	var spans spanWriter
	kind := Kept
	if old.Key == new.Key {
		spans.write(Kept, old.Key)
	} else {
		kind = Changed
		spans.compare(ctx, Words(old.Key), Words(new.Key))
	}
	spans.replace(old.Text[len(old.Key):], new.Text[len(new.Key):])
	return Paragraph{kind, spans.all()}
}
