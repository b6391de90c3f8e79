package markdown

import (
	"context"

	"ensemble/heavy"
)

// maxRendered bounds what one dialect remembers, in bytes of HTML: some ten thousand comments.
const maxRendered = 8 << 20

// rendered remembers the HTML of the texts that were rendered last, by their Markdown: pages are read far more often
// than they change. It is safe for concurrent use.
type rendered struct {
	*heavy.Work[string]
	render func(ctx context.Context, md string) string // panics when ctx ends: see heavy.Pause
}

// newRendered returns a rendered of at most limit bytes.
func newRendered(limit int, render func(context.Context, string) string) rendered {
	return rendered{heavy.New[string](limit), render}
}

// Forget forgets all texts that were rendered.
func Forget() {
	for _, r := range []rendered{commentHTML, officialHTML, commentPlain, officialPlain} {
		r.Forget()
	}
}

// RenderComment makes the HTML and the plain text of a comment, which are then remembered, for those whom others wait
// for. A long text waits for the turn of whoever ctx is for: see heavy.Work.
func RenderComment(ctx context.Context, md string) error {
	return inTurn(ctx, md, commentHTML, commentPlain)
}

// RenderOfficial does the same for the texts under consultation.
func RenderOfficial(ctx context.Context, md string) error {
	return inTurn(ctx, md, officialHTML, officialPlain)
}

func inTurn(ctx context.Context, md string, all ...rendered) error {
	for _, r := range all {
		if _, err := r.inTurn(ctx, md); err != nil {
			return err
		}
	}
	return nil
}

// atOnce returns the HTML of md: the one that is remembered, or else a new one.
func (r rendered) atOnce(md string) string {
	return r.AtOnce(md, func() (string, int) {
		html := r.render(context.Background(), md)
		return html, len(html)
	})
}

// inTurn does what atOnce does; a long text waits for its turn. It fails when ctx ends, and with fair.ErrBusy.
func (r rendered) inTurn(ctx context.Context, md string) (string, error) {
	if heavy.IsShort(md) {
		return r.atOnce(md), nil
	}
	return r.InTurn(ctx, md, func(ctx context.Context) (html string, bytes int, err error) {
		defer heavy.Stopped(&err)
		html = r.render(ctx, md)
		return html, len(html), nil
	})
}
