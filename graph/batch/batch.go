// Package batch answers a nested field of all rows that one query loaded with one more query, whatever the aliases, and
// without a timer. Such rows remember each other (Together). The first of them whose field is resolved loads the field
// for all; the others wait for it and share the result.
package batch

import (
	"context"
	"errors"
	"sync"

	"github.com/99designs/gqlgen/graphql"
)

// Row is an entity that remembers what it was loaded with. The methods of tables' entities are generated
// (ent/template).
type Row interface {
	comparable
	Kin
}

// Kin is a Row of any type, for callers that do not know which.
type Kin interface {
	NodeID() string
	Siblings() any
	SetSiblings(any)
}

// set has the rows that one query loaded, and what has been loaded for them since.
type set[T Row] struct {
	rows    []T
	answers sync.Map // key → *answer
}

// answer is the result of one load, for all rows of a set.
type answer struct {
	once  sync.Once
	value any
	err   error
}

// Together marks rows as loaded by one query and returns them. Call it before other goroutines have the rows.
func Together[T Row](rows []T) []T {
	s := &set[T]{rows: rows}
	for _, row := range rows {
		row.SetSiblings(s)
	}
	return rows
}

// kindred is a set whose maker did not know the type of its rows. It becomes a set when a field of a row is resolved:
// then the type is known.
type kindred struct {
	rows  []Kin
	once  sync.Once
	typed any // *set[T]
}

// TogetherOfOneKind is Together for rows of one type that the caller does not know.
func TogetherOfOneKind(rows []Kin) {
	k := &kindred{rows: rows}
	for _, row := range rows {
		row.SetSiblings(k)
	}
}

// setOf returns the set that a row is in; nil when it was not marked.
func setOf[T Row](row T) *set[T] {
	siblings := row.Siblings()

	if k, ok := siblings.(*kindred); ok {
		k.once.Do(func() {
			s := &set[T]{rows: make([]T, len(k.rows))}
			for i, other := range k.rows {
				s.rows[i] = other.(T)
			}
			k.typed = s
		})
		siblings = k.typed
	}

	s, _ := siblings.(*set[T])
	return s
}

// Load returns the result of load, which is called once for each key with row and all rows that were loaded together
// with it. They share the result, also an error, so it must contain the answer for each of them. The key says what is
// loaded and with which arguments: see Arguments.
func Load[T Row, V any](
	ctx context.Context, row T, key any, load func(ctx context.Context, rows []T) (V, error),
) (V, error) {
	s := setOf(row)
	if s == nil {
		return load(ctx, []T{row})
	}

	found, ok := s.answers.Load(key)
	if !ok {
		found, _ = s.answers.LoadOrStore(key, &answer{})
	}

	a := found.(*answer)
	a.once.Do(func() {
		a.err = errors.New("batch: the load did not finish") // stays if load panics
		a.value, a.err = load(ctx, s.rows)
	})

	if a.err != nil {
		var none V
		return none, a.err
	}

	return a.value.(V), nil
}

// Know answers a reference of rows, which were loaded together, with targets that are in memory already: One will not
// read them again. Call it before other goroutines have the rows.
func Know[T, V Row](rows []T, reference string, targets []V) {
	if len(rows) == 0 {
		return
	}

	known := &answer{value: byID(targets)}
	known.once.Do(func() {})
	setOf(rows[0]).answers.Store(reference, known)
}

// Arguments returns the key of a field that takes arguments: its place in the document. Fields at different places
// differ even under the same name, and one place has the same arguments for all rows.
func Arguments(ctx context.Context) any { return graphql.GetFieldContext(ctx).Field.Field }

// One returns the row that a reference of row leads to. The ids of all rows that were loaded together are looked up at
// once. When the id is empty, or find does not return its row, One returns the zero V, that is nil.
func One[T, V Row](ctx context.Context, row T, reference string, id func(T) string,
	find func(ctx context.Context, ids []string) ([]V, error),
) (V, error) {
	found, err := Load(ctx, row, reference, func(ctx context.Context, rows []T) (map[string]V, error) {
		ids := IDs(rows, id)
		if len(ids) == 0 {
			return nil, nil
		}

		targets, err := find(ctx, ids)
		if err != nil {
			return nil, err
		}
		return byID(Together(targets)), nil
	})

	return found[id(row)], err
}

// byID returns rows by their ids.
func byID[V Row](rows []V) map[string]V {
	found := make(map[string]V, len(rows))
	for _, row := range rows {
		found[row.NodeID()] = row
	}
	return found
}

// IDs returns the ids that id returns for rows, each once, in the order of the rows. Empty ones are left out.
func IDs[T any](rows []T, id func(T) string) []string {
	seen := make(map[string]bool, len(rows))
	var ids []string
	for _, row := range rows {
		if k := id(row); k != "" && !seen[k] {
			seen[k] = true
			ids = append(ids, k)
		}
	}
	return ids
}
