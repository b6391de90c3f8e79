package diff

import (
	"context"
	"strings"
)

// spanWriter collects spans; neighbours of one kind become one span.
type spanWriter struct {
	done []Span
	kind Kind // of what is in text
	text strings.Builder
}

func (w *spanWriter) write(kind Kind, text string) {
	if text == "" {
		return
	}
	if kind != w.kind {
		w.flush()
		w.kind = kind
	}
	w.text.WriteString(text)
}

func (w *spanWriter) flush() {
	if w.text.Len() > 0 {
		w.done = append(w.done, Span{w.kind, w.text.String()})
		w.text.Reset()
	}
}

// all returns the spans written so far.
func (w *spanWriter) all() []Span {
	w.flush()
	return w.done
}

// replace writes one text that became another, perhaps the same.
func (w *spanWriter) replace(old, new string) {
	if old == new {
		w.write(Kept, old)
		return
	}
	w.write(Removed, old)
	w.write(Added, new)
}

// compare writes how the words of a paragraph changed.
func (w *spanWriter) compare(ctx context.Context, old, new []Piece) {
	m := MatchWords(ctx, old, new)
	for _, s := range m.stretches(len(new)) {
		if !s.matched {
			w.replace(Joined(old[s.Old:s.OldEnd]), Joined(new[s.New:s.NewEnd]))
			continue
		}
		for i := s.Old; i < s.OldEnd; i++ {
			w.replace(old[i].Text, new[m[i]].Text)
		}
	}
}
