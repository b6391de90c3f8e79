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

// Entry is what the index has of a node: what the node is, and the words by which it is found. Names of people are not
// in it.
type Entry struct {
	Kind                  searchentry.Kind
	Languages             []string
	Commitment, Amendment *string
	PublishedAt           time.Time
	Words                 words.Index
}

// searched is how the index asks about a kind of node: for the entry of a row, for public rows after an id that have no
// entry, and which of some ids are public. See RegisterSearched.
type searched struct {
	entry   func(ctx context.Context, tx *change.Tx, row change.Node) (*Entry, error)
	missing func(ctx context.Context, tx *change.Tx, after string, limit int) ([]change.Node, error)
	public  func(ctx context.Context, tx *change.Tx, ids []string) ([]string, error)
}

// registry knows the kinds of node that can be found, by the kind of their ids. It is filled before anything is served.
type registry struct {
	nouns map[string]searched
	steps []indexStep // of a walk
}

// newRegistry makes a registry without any kind. Its walks only remove what should not be in the index.
func newRegistry(s *Index) registry {
	return registry{nouns: map[string]searched{}, steps: []indexStep{s.takeLeftovers}}
}

// RegisterSearched lets searches find nodes of a kind. entryOf returns nil for a row that not everybody may read, and
// public asks for all rows that everybody may read. Walks go through the kinds in the order in which they were
// registered.
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
				q.ForShare(sql.WithLockAction(sql.SkipLocked)) // whoever has locked a row indexes it
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

// Refresh brings the entry of a node up to date: the node is found by what it says now, or not at all when not
// everybody may read it. row is the node as the transaction left it. Every change to what a node says, or to whether it
// is public, ends with a call of Refresh, for nodes of a kind that was registered with RegisterSearched; it panics for
// others. Besides walks, nothing else writes the index.
func (s *Index) Refresh(ctx context.Context, tx *change.Tx, row change.Node) error {
	kind, _ := change.KindOf(row.NodeID())
	noun, known := s.registry.nouns[kind]
	if !known {
		panic(fmt.Sprintf("search: no node of type %T was registered", row))
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

// The statements that store an entry. SQLite has the words in a table of their own, whose rows have the number of the
// entry.
const (
	entryColumns = `INSERT INTO search_entries (id, kind, languages, commitment_id, amendment_id, published_at, `
	entryAgain   = ` ON CONFLICT (id) DO UPDATE SET languages = excluded.languages, published_at = excluded.published_at`

	storeOnPostgres = entryColumns + `title, words) VALUES ($1, $2, $3, $4, $5, $6, $7::text::tsvector, $8::text::tsvector)` +
		entryAgain + `, title = excluded.title, words = excluded.words`
	storeOnSQLite = entryColumns + `number) VALUES ($1, $2, $3, $4, $5, $6, (SELECT COALESCE(MAX(number), 0) + 1 FROM search_entries))` +
		entryAgain + ` RETURNING number`
	storeWords = `INSERT OR REPLACE INTO search_words (rowid, title, body) VALUES ($1, $2, $3)`
)

// storeEntry puts an entry into the index, in place of the one that the node had before.
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

// listed returns languages as the column has them: their bases, sorted, each once, between commas: ",en,fr,".
func listed(languages []string) string {
	bases := make([]string, len(languages))
	for i, l := range languages {
		bases[i] = words.Base(l)
	}
	slices.Sort(bases)
	return strings.Join(append([]string{""}, slices.Compact(bases)...), ",") + ","
}

// The statements that remove an entry; removeWords is for SQLite alone.
const (
	removeWords = `DELETE FROM search_words WHERE rowid = (SELECT number FROM search_entries WHERE id = $1)`
	removeEntry = `DELETE FROM search_entries WHERE id = $1`
)

// Remove removes the entries of nodes, so that they are not found any more. Nodes without an entry change nothing.
func Remove(ctx context.Context, tx *change.Tx, ids ...string) error {
	for _, id := range ids {
		// On SQLite the words go first: they are found through the entry.
		if !tx.OnPostgres() {
			if _, err := tx.ExecContext(ctx, removeWords, id); err != nil {
				return err
			}
		}

		if _, err := tx.ExecContext(ctx, removeEntry, id); err != nil {
			return err
		}
	}
	return nil
}
