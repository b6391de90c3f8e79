package consultation

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"entgo.io/ent/dialect/sql"

	"ensemble/consultation/search"
	"ensemble/ent/searchentry"
)

// entry is what the index holds of a node: what it is, and what it is found by. Names of people are not in it.
type entry struct {
	kind                  searchentry.Kind
	languages             []string
	commitment, amendment *string
	publishedAt           time.Time
	words                 search.Index
}

// searched is what the index asks a kind of node; see registerSearched. It is filled before anything is served.
type searched struct {
	entry   func(ctx context.Context, tx *Tx, row node) (*entry, error)
	missing func(ctx context.Context, tx *Tx, after string, limit int) ([]node, error)
	public  func(ctx context.Context, tx *Tx, ids []string) ([]string, error)
}

// searchIndex knows the kinds of node that can be found: by the kind of their ids, and by the kind of their entries.
type searchIndex struct {
	nouns  map[string]searched
	public map[searchentry.Kind]func(ctx context.Context, tx *Tx, ids []string) ([]string, error)
	steps  []indexStep // of a walk
}

func newSearchIndex(s *Service) searchIndex {
	return searchIndex{
		nouns:  map[string]searched{},
		public: map[searchentry.Kind]func(context.Context, *Tx, []string) ([]string, error){},
		steps:  []indexStep{s.takeLeftovers},
	}
}

// registerSearched has nodes of a kind found: id is the kind of their ids, kind that of their entries. entryOf returns nil for
// a row that not everybody may read, and public asks for all that everybody may. What is registered first is walked through first.
func registerSearched[Q lockable[Q, T, P, O], T node, P, O ~func(*sql.Selector)](s *Service, id string, kind searchentry.Kind,
	entryOf func(ctx context.Context, tx *Tx, row T) (*entry, error), public func(tx *Tx) Q,
) {
	noun := searched{
		entry: func(ctx context.Context, tx *Tx, row node) (*entry, error) { return entryOf(ctx, tx, row.(T)) },
		missing: func(ctx context.Context, tx *Tx, after string, limit int) ([]node, error) {
			q := following(public(tx).Where(P(notIndexed)), after, limit)
			if tx.service.onPostgres() {
				q.ForShare(sql.WithLockAction(sql.SkipLocked)) // whoever holds it indexes it
			}
			return nodes(q.All(ctx))
		},
		public: func(ctx context.Context, tx *Tx, ids []string) ([]string, error) {
			return public(tx).Where(P(sql.FieldIn("id", ids...))).IDs(ctx)
		},
	}
	s.search.nouns[id], s.search.public[kind] = noun, noun.public
	s.search.steps = append(s.search.steps, s.putMissing(noun))
}

// Index has a node found by what it says now, or not at all when not everybody may read it. Every change to what a node says
// that was registered with registerSearched, or to whether it is public, ends with a call: the index is kept nowhere else. row
// is the node as the transaction left it.
func (s *Service) Index(ctx context.Context, tx *Tx, row node) error {
	kind, _ := KindOf(row.NodeID())
	noun, known := s.search.nouns[kind]
	if !known {
		panic(fmt.Sprintf("consultation: search knows no %T", row))
	}

	e, err := noun.entry(ctx, tx, row)
	if err != nil {
		return fmt.Errorf("index %s: %w", row.NodeID(), err)
	}
	if e == nil {
		return unindex(ctx, tx, row.NodeID())
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

func storeEntry(ctx context.Context, tx *Tx, id string, e *entry) error {
	args := []any{id, string(e.kind), listed(e.languages), e.commitment, e.amendment, e.publishedAt}
	if tx.service.onPostgres() {
		title, words := e.words.TSVector()
		_, err := tx.ExecContext(ctx, storeOnPostgres, append(args, title, words)...)
		return err
	}
	var number int64
	if err := tx.queryRow(ctx, []any{&number}, storeOnSQLite, args...); err != nil {
		return err
	}
	title, body := e.words.FTS5()
	_, err := tx.ExecContext(ctx, storeWords, number, title, body)
	return err
}

// listed writes languages as the column holds them: ",en,fr,".
func listed(languages []string) string {
	bases := make([]string, len(languages))
	for i, l := range languages {
		bases[i] = search.Base(l)
	}
	slices.Sort(bases)
	return strings.Join(append([]string{""}, slices.Compact(bases)...), ",") + ","
}

// unindex has a node found no more. Taking out what is not in changes nothing.
func unindex(ctx context.Context, tx *Tx, ids ...string) error {
	for _, id := range ids {
		if !tx.service.onPostgres() {
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
