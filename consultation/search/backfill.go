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
	indexBatches = 10  // in one go of the keeper, which has phases to announce
)

// indexWalk is a walk through all that can be found, which puts in order what the index lacks or holds too much: after an upgrade from a
// version without search, after rows were written by other means than the rules. It can be left and gone on with at any batch.
type indexWalk struct {
	step  int    // of the index
	after string // the last id that was looked at
	ended bool
	put   int // nodes that were missing
	taken int // entries of what is gone or not public
}

func (w *indexWalk) done() bool { return w.ended }

// indexStep looks at up to indexBatch ids after a place, acts on what is wrong there, and returns the last id it looked at, "" at the end.
type indexStep func(ctx context.Context, tx *change.Tx, w *indexWalk) (last string, err error)

// FillSearch brings the index in order at once, for commands that fill a database; Keep does it over time.
func (s *Index) FillSearch(ctx context.Context) error {
	var w indexWalk
	for !w.done() {
		if err := s.walkIndex(ctx, &w); err != nil {
			return err
		}
	}
	return nil
}

// orderIndex is the job that brings the index in order.
const orderIndex = "bring the search index in order"

// orderIndex returns what the job does: it walks through all that can be found, some batches each time, and begins anew
// when it is due again.
func (s *Index) orderIndex() func(ctx context.Context) error {
	var walk indexWalk
	return func(ctx context.Context) error {
		if walk.done() {
			walk = indexWalk{}
		}
		return s.walkIndex(ctx, &walk)
	}
}

// walkIndex goes on with a walk for some batches, and says in the log what it did.
func (s *Index) walkIndex(ctx context.Context, w *indexWalk) error {
	before := *w
	for n := 0; n < indexBatches && !w.done(); n++ {
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
		s.Logger.InfoContext(ctx, "search index brought in order", slog.Int("indexed", w.put), slog.Int("removed", w.taken),
			slog.Bool("complete", w.done()))
	}
	if !w.done() {
		s.Jobs.Wake(orderIndex)
	}
	return nil
}

// notIndexed matches rows of any table of nodes that have no entry.
func notIndexed(s *sql.Selector) {
	entries := sql.Table(searchentry.Table).As("entry")
	s.Where(sql.NotExists(sql.Dialect(s.Dialect()).Select("id").From(entries).Where(sql.ColumnsEQ(entries.C("id"), s.C("id")))))
}

// putMissing is the step that indexes what everybody may read of a kind of node and the index lacks.
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

// takeLeftovers removes entries whose own row is gone or not public. What is below something hidden stays: it is found again
// when that is restored.
func (s *Index) takeLeftovers(ctx context.Context, tx *change.Tx, w *indexWalk) (last string, err error) {
	entries, err := tx.SearchEntry.Query().Where(searchentry.IDGT(w.after)).Order(searchentry.ByID()).Limit(indexBatch).All(ctx)
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

// publicOf says which nodes, given by their kinds, are public themselves.
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
