package search_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"ensemble/consultation/search"
	"ensemble/consultation/search/words"
	"ensemble/internal/testsite"
)

// An excerpt of a long text waits for its turn, and is given up when its client goes. A short one waits for nobody.
func TestExcerptsTakeTurns(t *testing.T) {
	q := words.Parse("guichet", "")
	short, long := "Un guichet.", strings.Repeat("Le texte. ", 1_000)+"Un guichet."
	excerpt := func(ctx context.Context, text string) ([]words.Span, error) {
		return search.Excerpt(ctx, q, "guichet", "fr", text)
	}
	if spans, err := excerpt(t.Context(), long); err != nil || len(spans) < 3 || !spans[1].IsMatch {
		t.Errorf("%v, %v", spans, err)
	}

	testsite.HoldHeavyTurns(t)
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := excerpt(gone, long); !errors.Is(err, context.Canceled) {
		t.Errorf("a long one for a client that has gone: %v", err)
	}
	if spans, err := excerpt(gone, short); err != nil || len(spans) != 3 {
		t.Errorf("a short one is %v, %v", spans, err)
	}
}
