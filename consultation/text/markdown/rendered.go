package markdown

import "ensemble/bounded"

// maxRendered bounds what one dialect remembers, in bytes of Markdown and HTML: some ten thousand comments.
const maxRendered = 8 << 20

// rendered remembers the HTML of the texts that were rendered last, by their Markdown: pages are read far more often
// than they change. It is safe for concurrent use.
type rendered struct{ *bounded.Cache[string] }

func newRendered(limit int) rendered { return rendered{bounded.New[string](limit)} }

// html returns the HTML of md: the one that is remembered, or else a new one, which render makes. Two callers that ask
// at once may both make it.
func (r rendered) html(md string, render func(string) string) string {
	html, found := r.Get(md)
	if !found {
		html = render(md)
		r.Add(md, html, len(html))
	}
	return html
}
