package markdown

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"

	"ensemble/consultation/text/texttest"
)

// Rendering looks often whether its time is over, and then ends. What it makes does not depend on its pauses.
func TestRenderingStops(t *testing.T) {
	for _, sign := range []string{"[a](", "![a](", "_a*b", "`a``b", "a@b.c ", "un mot, ", "*un* mot\n\n"} {
		md := strings.Repeat(sign, 20_000/len(sign))

		for name, r := range map[string]rendered{
			"HTML": newRendered(0, officialDialect.html), "plain": newRendered(0, officialDialect.plain),
		} {
			whole := &texttest.Counted{Context: t.Context(), Most: math.MaxInt}
			html, err := r.inTurn(whole, md)
			if err != nil || html != r.atOnce(md) {
				t.Errorf("%s of %q: %v, or another result", name, sign, err)
			}
			if whole.Looks < 30 {
				t.Errorf("%s of %q: looked %d times", name, sign, whole.Looks)
			}

			cut := &texttest.Counted{Context: t.Context(), Most: whole.Looks / 2}
			if _, err := r.inTurn(cut, md); !errors.Is(err, context.Canceled) || cut.Looks > cut.Most+3 {
				t.Errorf("%s of %q: %v, after %d looks of %d", name, sign, err, cut.Looks, cut.Most)
			}
		}
	}
}
