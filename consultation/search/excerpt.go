package search

import (
	"context"

	"ensemble/consultation/search/words"
	"ensemble/heavy"
)

// excerpts are made in turns. None is remembered: each is of one query, and of a text that may be erased.
var excerpts = heavy.New[[]words.Span](0)

// Excerpt returns the part of a text that has the most matches of q, which somebody asked in these words. A long text
// waits for the turn of whoever ctx is for: see heavy.Work. It fails when ctx ends, and with fair.ErrBusy.
func Excerpt(ctx context.Context, q words.Query, asked, language, text string) ([]words.Span, error) {
	if heavy.IsShort(text) {
		return q.Excerpt(language, text), nil
	}
	return excerpts.InTurn(ctx, heavy.Key(asked, language, text), func(context.Context) ([]words.Span, int, error) {
		return q.Excerpt(language, text), 0, nil
	})
}
