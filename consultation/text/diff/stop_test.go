package diff_test

import (
	"context"
	"errors"
	"math"
	"slices"
	"testing"

	"ensemble/consultation/text/diff"
	"ensemble/consultation/text/texttest"
)

// A comparison looks often whether its time is over, and then ends.
func TestInTime(t *testing.T) {
	for _, w := range texttest.Worst {
		old := texttest.Noise(20_000, w.Letters, w.Long, w.Paragraph, 1)
		edited := texttest.Noise(20_000, w.Letters, w.Long, w.Paragraph, 2)

		whole := &texttest.Counted{Context: t.Context(), Most: math.MaxInt}
		changes, err := diff.InTime(whole, old, edited)
		if err != nil || !slices.EqualFunc(changes, diff.Of(old, edited), sameParagraph) {
			t.Errorf("%s: %v, and another result", w.Name, err)
		}
		if whole.Looks < 50 {
			t.Errorf("%s: looked %d times", w.Name, whole.Looks)
		}

		cut := &texttest.Counted{Context: t.Context(), Most: whole.Looks / 2}
		if _, err := diff.InTime(cut, old, edited); !errors.Is(err, context.Canceled) || cut.Looks > cut.Most+3 {
			t.Errorf("%s: %v, after %d looks of %d", w.Name, err, cut.Looks, cut.Most)
		}
	}
}

// sameParagraph reports whether two paragraphs are equal.
func sameParagraph(a, b diff.Paragraph) bool {
	return a.Kind == b.Kind && slices.Equal(a.Spans, b.Spans)
}
