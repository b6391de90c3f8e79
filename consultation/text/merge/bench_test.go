package merge

import (
	"strings"
	"testing"

	"ensemble/consultation/text/texttest"
)

// BenchmarkMerge merges two edits of a long text.
func BenchmarkMerge(b *testing.B) {
	for _, bench := range texttest.Benchmarks {
		b.Run(bench.Name, func(b *testing.B) {
			base := texttest.Essay(100_000, bench.Words, bench.Changed, 1)
			ours := strings.Replace(texttest.Essay(100_000, bench.Words, bench.Changed, 2), "mot1f", "mot", 3)
			theirs := strings.Replace(base, "mot2e", "mot", 3)

			b.SetBytes(int64(len(base)))
			for b.Loop() {
				ThreeWay(base, ours, theirs)
			}
		})
	}
}

// BenchmarkWorst merges what takes longest.
func BenchmarkWorst(b *testing.B) {
	for _, w := range texttest.Worst {
		b.Run(w.Name, func(b *testing.B) {
			base, ours, theirs := worst(w.Letters, w.Long, w.Paragraph)
			for b.Loop() {
				ThreeWay(base, ours, theirs)
			}
		})
	}
}

// worst returns three unlike texts.
func worst(letters, long, paragraph int) (base, ours, theirs string) {
	text := func(edition uint64) string { return texttest.Noise(20_000, letters, long, paragraph, edition) }
	return text(1), text(2), text(3)
}
