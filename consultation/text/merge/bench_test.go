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
