package consultation

import (
	"context"
	"fmt"
	"log/slog"

	"entgo.io/ent/dialect/sql"

	"ensemble/ent/amendment"
	"ensemble/ent/comment"
	"ensemble/ent/commitment"
	"ensemble/ent/organization"
	"ensemble/ent/searchentry"
)

const (
	indexBatch   = 200 // nodes indexed in one transaction, which others wait for
	indexBatches = 10  // in one go of the keeper, which has phases to announce
)

// indexWalk is a walk through all that can be found, which puts in order what the index lacks or holds too much: after an upgrade from a
// version without search, after rows were written by other means than the rules. It can be left and gone on with at any batch.
type indexWalk struct {
	step  int    // of indexSteps
	after string // the last id that was looked at
	put   int    // nodes that were missing
	taken int    // entries of what is gone or not public
}

func (w *indexWalk) done() bool { return w.step == len(indexSteps) }

// indexSteps look at up to indexBatch ids after a place, act on what is wrong there, and return the last id they looked at, "" at the end.
var indexSteps = []func(ctx context.Context, tx *Tx, w *indexWalk) (last string, err error){
	takeLeftovers, putCommitments, putAmendments, putComments, putOrganizations,
}

// FillSearch brings the index in order at once, for commands that fill a database; Keep does it over time.
func (s *Service) FillSearch(ctx context.Context) error {
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
func (s *Service) orderIndex() func(ctx context.Context) error {
	var walk indexWalk
	return func(ctx context.Context) error {
		if walk.done() {
			walk = indexWalk{}
		}
		return s.walkIndex(ctx, &walk)
	}
}

// walkIndex goes on with a walk for some batches, and says in the log what it did.
func (s *Service) walkIndex(ctx context.Context, w *indexWalk) error {
	before := *w
	for n := 0; n < indexBatches && !w.done(); n++ {
		next := *w
		err := s.inTx(ctx, func(ctx context.Context, tx *Tx) (err error) {
			next.after, err = indexSteps[w.step](ctx, tx, &next)
			return err
		})
		if err != nil {
			return fmt.Errorf("after %q: %w", w.after, err)
		}
		if *w = next; w.after == "" {
			w.step++
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

func putCommitments(ctx context.Context, tx *Tx, w *indexWalk) (string, error) {
	q := tx.Commitment.Query().Where(commitment.IDGT(w.after), publicCommitment, notIndexed).Order(commitment.ByID()).Limit(indexBatch)
	if tx.service.onPostgres() {
		q.ForShare(sql.WithLockAction(sql.SkipLocked)) // whoever holds it indexes it
	}
	return put(ctx, tx, w, q.All)
}

func putAmendments(ctx context.Context, tx *Tx, w *indexWalk) (string, error) {
	q := tx.Amendment.Query().Where(amendment.IDGT(w.after), publicAmendment, notIndexed).Order(amendment.ByID()).Limit(indexBatch)
	if tx.service.onPostgres() {
		q.ForShare(sql.WithLockAction(sql.SkipLocked))
	}
	return put(ctx, tx, w, q.All)
}

func putComments(ctx context.Context, tx *Tx, w *indexWalk) (string, error) {
	q := tx.Comment.Query().Where(comment.IDGT(w.after), readableComment, notIndexed).Order(comment.ByID()).Limit(indexBatch)
	if tx.service.onPostgres() {
		q.ForShare(sql.WithLockAction(sql.SkipLocked))
	}
	return put(ctx, tx, w, q.All)
}

func putOrganizations(ctx context.Context, tx *Tx, w *indexWalk) (string, error) {
	q := tx.Organization.Query().Where(organization.IDGT(w.after), notIndexed).Order(organization.ByID()).Limit(indexBatch)
	if tx.service.onPostgres() {
		q.ForShare(sql.WithLockAction(sql.SkipLocked))
	}
	return put(ctx, tx, w, q.All)
}

// notIndexed matches rows of any table of nodes that have no entry.
func notIndexed(s *sql.Selector) {
	entries := sql.Table(searchentry.Table).As("entry")
	s.Where(sql.NotExists(sql.Dialect(s.Dialect()).Select("id").From(entries).Where(sql.ColumnsEQ(entries.C("id"), s.C("id")))))
}

func put[T node](ctx context.Context, tx *Tx, w *indexWalk, all func(context.Context) ([]T, error)) (last string, err error) {
	rows, err := all(ctx)
	if err != nil {
		return "", err
	}
	for _, row := range rows {
		if err := tx.index(ctx, row); err != nil {
			return "", err
		}
		w.put++
	}
	if len(rows) == indexBatch {
		last = rows[len(rows)-1].NodeID()
	}
	return last, nil
}

// takeLeftovers removes entries whose own row is gone or not public. What is below something hidden stays: it is found again
// when that is restored.
func takeLeftovers(ctx context.Context, tx *Tx, w *indexWalk) (last string, err error) {
	entries, err := tx.SearchEntry.Query().Where(searchentry.IDGT(w.after)).Order(searchentry.ByID()).Limit(indexBatch).All(ctx)
	if err != nil {
		return "", err
	}
	ids := map[searchentry.Kind][]string{}
	for _, e := range entries {
		ids[e.Kind] = append(ids[e.Kind], e.ID)
	}
	public, err := tx.publicOf(ctx, ids)
	if err != nil {
		return "", err
	}
	for _, e := range entries {
		if !public[e.ID] {
			if err := tx.unindex(ctx, e.ID); err != nil {
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

// publicOf says which nodes are public themselves.
func (tx *Tx) publicOf(ctx context.Context, ids map[searchentry.Kind][]string) (map[string]bool, error) {
	public := map[string]bool{}
	for kind, read := range map[searchentry.Kind]func(context.Context) ([]string, error){
		searchentry.KindCOMMITMENT:   tx.Commitment.Query().Where(publicCommitment, commitment.IDIn(ids[searchentry.KindCOMMITMENT]...)).IDs,
		searchentry.KindAMENDMENT:    tx.Amendment.Query().Where(publicAmendment, amendment.IDIn(ids[searchentry.KindAMENDMENT]...)).IDs,
		searchentry.KindCOMMENT:      tx.Comment.Query().Where(readableComment, comment.IDIn(ids[searchentry.KindCOMMENT]...)).IDs,
		searchentry.KindORGANIZATION: tx.Organization.Query().Where(organization.IDIn(ids[searchentry.KindORGANIZATION]...)).IDs,
	} {
		if len(ids[kind]) == 0 {
			continue
		}
		found, err := read(ctx)
		if err != nil {
			return nil, err
		}
		for _, id := range found {
			public[id] = true
		}
	}
	return public, nil
}
