package markdown

import (
	"math"
	"sync"

	"github.com/hashicorp/golang-lru/v2/simplelru"
)

// maxRendered bounds what one dialect remembers, in bytes of Markdown and HTML: some ten thousand comments.
const maxRendered = 8 << 20

// entryCost is about what an entry takes beside its texts, in bytes.
const entryCost = 200

// rendered remembers the HTML of the texts that were rendered last: pages are read far more often than they change.
// It is safe for concurrent use.
type rendered struct {
	mu    sync.Mutex
	texts *simplelru.LRU[string, string] // by their Markdown
	bytes int
	limit int
}

func newRendered(limit int) *rendered {
	r := &rendered{limit: limit}

	forget := func(md, html string) { r.bytes -= cost(md, html) }
	r.texts, _ = simplelru.NewLRU(math.MaxInt, forget) // it fails for sizes below 1 only
	return r
}

func cost(md, html string) int { return len(md) + len(html) + entryCost }

// html returns the HTML of md: the one that is remembered, or else a new one, which render makes. Two callers that ask
// at once may both make it.
func (r *rendered) html(md string, render func(string) string) string {
	r.mu.Lock()
	html, found := r.texts.Get(md)
	r.mu.Unlock()
	if found {
		return html
	}

	// Outside the lock: rendering takes long.
	html = render(md)

	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.texts.Contains(md) {
		r.texts.Add(md, html)
		r.bytes += cost(md, html)
	}
	for r.bytes > r.limit {
		r.texts.RemoveOldest()
	}
	return html
}
