package search

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"entgo.io/ent/dialect/sql"

	"ensemble/consultation/change"
	"ensemble/consultation/search/words"
	"ensemble/ent/searchentry"
)

// Entry is what the index holds of a node: what it is, and what it is found by. Names of people are not in it.
type Entry struct {
	Kind                  searchentry.Kind
	Languages             []string
	Commitment, Amendment *string
	PublishedAt           time.Time
	Words                 words.Index
}

// searched is what the index asks a kind of node; see RegisterSearched. It is filled before anything is served.
type searched struct {
	entry   func(ctx context.Context, tx *change.Tx, row change.Node) (*Entry, error)
	missing func(ctx context.Context, tx *change.Tx, after string, limit int) ([]change.Node, error)
	public  func(ctx context.Context, tx *change.Tx, ids []string) ([]string, error)
}

// registry knows the kinds of node that can be found, by the kind of their ids.
type registry struct {
	nouns map[string]searched
	steps []indexStep // of a walk
}

func newRegistry(s *Index) registry {
	return registry{nouns: map[string]searched{}, steps: []indexStep{s.takeLeftovers}}
}

// RegisterSearched has nodes of a kind found. entryOf returns nil for a row that not everybody may read, and public asks for
// all that everybody may. What is registered first is walked through first.
func RegisterSearched[Q change.Lockable[Q, T, P, O], T change.Node, P, O ~func(*sql.Selector)](s *Index, kind string,
	entryOf func(ctx context.Context, tx *change.Tx, row T) (*Entry, error), public func(tx *change.Tx) Q,
) {
	noun := searched{
		entry: func(ctx context.Context, tx *change.Tx, row change.Node) (*Entry, error) {
			return entryOf(ctx, tx, row.(T))
		},
		missing: func(ctx context.Context, tx *change.Tx, after string, limit int) ([]change.Node, error) {
			q := change.Following(public(tx).Where(P(notIndexed)), after, limit)
			if tx.OnPostgres() {
				q.ForShare(sql.WithLockAction(sql.SkipLocked)) // whoever holds it indexes it
			}
			return change.Nodes(q.All(ctx))
		},
		public: func(ctx context.Context, tx *change.Tx, ids []string) ([]string, error) {
			return public(tx).Where(P(sql.FieldIn("id", ids...))).IDs(ctx)
		},
	}
	s.registry.nouns[kind] = noun
	s.registry.steps = append(s.registry.steps, s.putMissing(noun))
}

// Refresh has a node found by what it says now, or not at all when not everybody may read it. Every change to what a node says
// that was registered with RegisterSearched, or to whether it is public, ends with a call: the index is kept nowhere else. row
// is the node as the transaction left it.
func (s *Index) Refresh(ctx context.Context, tx *change.Tx, row change.Node) error {
	kind, _ := change.KindOf(row.NodeID())
	noun, known := s.registry.nouns[kind]
	if !known {
		panic(fmt.Sprintf("consultation: search knows no %T", row))
	}

	e, err := noun.entry(ctx, tx, row)
	if err != nil {
		return fmt.Errorf("index %s: %w", row.NodeID(), err)
	}
	if e == nil {
		return Remove(ctx, tx, row.NodeID())
	}
	return storeEntry(ctx, tx, row.NodeID(), e)
}

const (
	entryColumns = `INSERT INTO search_entries (id, kind, languages, commitment_id, amendment_id, published_at, `
	entryAgain   = ` ON CONFLICT (id) DO UPDATE SET languages = excluded.languages, published_at = excluded.published_at`

	storeOnPostgres = entryColumns + `title, words) VALUES ($1, $2, $3, $4, $5, $6, $7::text::tsvector, $8::text::tsvector)` +
		entryAgain + `, title = excluded.title, words = excluded.words`
	storeOnSQLite = entryColumns + `number) VALUES ($1, $2, $3, $4, $5, $6, (SELECT COALESCE(MAX(number), 0) + 1 FROM search_entries))` +
		entryAgain + ` RETURNING number`
	storeWords = `INSERT OR REPLACE INTO search_words (rowid, title, body) VALUES ($1, $2, $3)`
)

func storeEntry(ctx context.Context, tx *change.Tx, id string, e *Entry) error {
	args := []any{id, string(e.Kind), listed(e.Languages), e.Commitment, e.Amendment, e.PublishedAt}
	if tx.OnPostgres() {
		title, words := e.Words.TSVector()
		_, err := tx.ExecContext(ctx, storeOnPostgres, append(args, title, words)...)
		return err
	}
	var number int64
	if err := tx.QueryRow(ctx, []any{&number}, storeOnSQLite, args...); err != nil {
		return err
	}
	title, body := e.Words.FTS5()
	_, err := tx.ExecContext(ctx, storeWords, number, title, body)
	return err
}

// listed writes languages as the column holds them: ",en,fr,".
func listed(languages []string) string {
	bases := make([]string, len(languages))
	for i, l := range languages {
		bases[i] = words.Base(l)
	}
	slices.Sort(bases)
	return strings.Join(append([]string{""}, slices.Compact(bases)...), ",") + ","
}

// Remove has a node found no more. Taking out what is not in changes nothing.
func Remove(ctx context.Context, tx *change.Tx, ids ...string) error {
	for _, id := range ids {
		if !tx.OnPostgres() {
			if _, err := tx.ExecContext(ctx, `DELETE FROM search_words WHERE rowid = (SELECT number FROM search_entries WHERE id = $1)`, id); err != nil {
				return err
			}
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM search_entries WHERE id = $1`, id); err != nil {
			return err
		}
	}
	return nil
}
