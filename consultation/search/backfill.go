package search

import (
	"context"
	"fmt"
	"log/slog"

	"entgo.io/ent/dialect/sql"

	"ensemble/consultation/change"
	"ensemble/ent/searchentry"
)

const (
	indexBatch   = 200 // nodes indexed in one transaction, which others wait for
	indexBatches = 10  // batches in one go of the job
)

// indexWalk is a walk through all that can be found. It adds what the index lacks and removes what should not be in it:
// after an upgrade from a version without search, or after rows were written by other means than the rules. A walk can
// stop after any batch and go on later.
type indexWalk struct {
	step  int    // number of the step among those of the registry
	after string // the last id that was looked at in this step
	ended bool
	put   int // nodes that were missing
	taken int // entries of what is gone or not public
}

// done reports whether the walk has come to its end.
func (w *indexWalk) done() bool { return w.ended }

// indexStep looks at up to indexBatch ids after w.after, corrects what is wrong there, and returns the last id that it
// looked at; "" at the end.
type indexStep func(ctx context.Context, tx *change.Tx, w *indexWalk) (last string, err error)

// FillSearch brings the index in order at once, for commands that fill a database. For a site that runs, the job does
// the same over time.
func (s *Index) FillSearch(ctx context.Context) error {
	var w indexWalk
	for !w.done() {
		if err := s.walkIndex(ctx, &w); err != nil {
			return err
		}
	}
	return nil
}

// orderIndex is the name of the job that brings the index in order.
const orderIndex = "bring the search index in order"

// orderIndex returns what the job does: it walks through all that can be found, some batches each time. When a walk has
// ended, the next time begins a new one.
func (s *Index) orderIndex() func(ctx context.Context) error {
	var walk indexWalk
	return func(ctx context.Context) error {
		if walk.done() {
			walk = indexWalk{}
		}
		return s.walkIndex(ctx, &walk)
	}
}

// walkIndex goes on with a walk for indexBatches batches at most, and writes to the log what it did. Where the walk has
// not ended then, it wakes the job.
func (s *Index) walkIndex(ctx context.Context, w *indexWalk) error {
	before := *w
	for n := 0; n < indexBatches && !w.done(); n++ {
		// The walk goes on only if the transaction has committed.
		next := *w
		err := s.In(ctx, func(ctx context.Context, tx *change.Tx) (err error) {
			next.after, err = s.registry.steps[w.step](ctx, tx, &next)
			return err
		})
		if err != nil {
			return fmt.Errorf("after %q: %w", w.after, err)
		}

		if *w = next; w.after == "" {
			w.step++
			w.ended = w.step == len(s.registry.steps)
		}
	}

	if w.put > before.put || w.taken > before.taken {
		s.Logger.InfoContext(ctx, "search index brought in order", slog.Int("indexed", w.put),
			slog.Int("removed", w.taken),
			slog.Bool("complete", w.done()))
	}
	if !w.done() {
		s.Jobs.Wake(orderIndex)
	}
	return nil
}

// notIndexed matches the rows without an entry in the index, in any table of nodes.
func notIndexed(s *sql.Selector) {
	entries := sql.Table(searchentry.Table).As("entry")
	s.Where(sql.NotExists(sql.Dialect(s.Dialect()).Select("id").From(entries).
		Where(sql.ColumnsEQ(entries.C("id"), s.C("id")))))
}

// putMissing returns the step that indexes the nodes of a kind that everybody may read and that the index lacks.
func (s *Index) putMissing(noun searched) indexStep {
	return func(ctx context.Context, tx *change.Tx, w *indexWalk) (last string, err error) {
		rows, err := noun.missing(ctx, tx, w.after, indexBatch)
		if err != nil {
			return "", err
		}

		for _, row := range rows {
			if err := s.Refresh(ctx, tx, row); err != nil {
				return "", err
			}
			w.put++
		}

		if len(rows) == indexBatch {
			last = rows[len(rows)-1].NodeID()
		}
		return last, nil
	}
}

// takeLeftovers is the step that removes entries whose own row is gone or not public. Entries of what is below
// something hidden stay: searches do not find them until that is restored.
func (s *Index) takeLeftovers(ctx context.Context, tx *change.Tx, w *indexWalk) (last string, err error) {
	entries, err := tx.SearchEntry.Query().Where(searchentry.IDGT(w.after)).Order(searchentry.ByID()).
		Limit(indexBatch).All(ctx)
	if err != nil {
		return "", err
	}
	ids := map[string][]string{}
	for _, e := range entries {
		kind, _ := change.KindOf(e.ID)
		ids[kind] = append(ids[kind], e.ID)
	}
	public, err := s.publicOf(ctx, tx, ids)
	if err != nil {
		return "", err
	}

	for _, e := range entries {
		if !public[e.ID] {
			if err := Remove(ctx, tx, e.ID); err != nil {
				return "", err
			}
			w.taken++
		}
	}

	if len(entries) == indexBatch {
		last = entries[len(entries)-1].ID
	}
	return last, nil
}

// publicOf returns the set of the ids, given by their kinds, whose nodes are public themselves.
func (s *Index) publicOf(ctx context.Context, tx *change.Tx, ids map[string][]string) (map[string]bool, error) {
	public := map[string]bool{}
	for kind, some := range ids {
		noun, known := s.registry.nouns[kind]
		if !known {
			continue // an entry of a kind that this version does not know: it is taken out
		}

		found, err := noun.public(ctx, tx, some)
		if err != nil {
			return nil, err
		}
		for _, id := range found {
			public[id] = true
		}
	}
	return public, nil
}
