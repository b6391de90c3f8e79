package diff_test

import (
	"strings"
	"testing"

	"ensemble/consultation/text/diff"
	"ensemble/consultation/text/texttest"
)

// BenchmarkDiff compares two long texts.
func BenchmarkDiff(b *testing.B) {
	for _, bench := range texttest.Benchmarks {
		b.Run(bench.Name, func(b *testing.B) {
			old := texttest.Essay(100_000, bench.Words, bench.Changed, 1)
			edited := strings.Replace(texttest.Essay(100_000, bench.Words, bench.Changed, 2), "mot1f", "mot", 3)

			b.SetBytes(int64(len(old)))
			b.ReportAllocs()
			for b.Loop() {
				diff.Of(old, edited)
			}
		})
	}
}

// BenchmarkWorst compares what takes longest.
func BenchmarkWorst(b *testing.B) {
	for _, w := range texttest.Worst {
		b.Run(w.Name, func(b *testing.B) {
			old := texttest.Noise(20_000, w.Letters, w.Long, w.Paragraph, 1)
			edited := texttest.Noise(20_000, w.Letters, w.Long, w.Paragraph, 2)
			for b.Loop() {
				diff.Of(old, edited)
			}
		})
	}
}
