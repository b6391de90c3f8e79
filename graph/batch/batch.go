// Package batch answers a nested field for all rows that were loaded together, with one query: no
// N+1, whatever the aliases, and no timers. Rows of one query know each other (Together); the first
// of them whose field is asked loads it for all, the others wait and share.
package batch

import (
	"context"
	"errors"
	"sync"

	"github.com/99designs/gqlgen/graphql"
)

// Row is an entity that remembers what it was loaded with; ent generates the methods (ent/template).
type Row interface {
	comparable
	Kin
}

// Kin is a Row whose type is known to itself alone.
type Kin interface {
	NodeID() string
	Siblings() any
	SetSiblings(any)
}

// set is what one query loaded, and what was already answered for it.
type set[T Row] struct {
	rows    []T
	answers sync.Map // key → *answer
}

type answer struct {
	once  sync.Once
	value any
	err   error
}

// Together marks rows as loaded by one query and returns them. Call it before anybody else sees them.
func Together[T Row](rows []T) []T {
	s := &set[T]{rows: rows}
	for _, row := range rows {
		row.SetSiblings(s)
	}
	return rows
}

// kindred is what one query loaded when whoever called it did not know the type; whoever asks a row for something does.
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

// setOf returns what a row was loaded with; nil when it was loaded alone.
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

// Load returns what load made for row and everything loaded with it. It runs once per key; its result is
// shared by all of them and says, for any of them, what to answer. The key names what is loaded and with
// which arguments: see Arguments.
func Load[T Row, V any](ctx context.Context, row T, key any, load func(ctx context.Context, rows []T) (V, error)) (V, error) {
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
		a.err = errors.New("batch: the load did not finish")
		a.value, a.err = load(ctx, s.rows)
	})

	if a.err != nil {
		var none V
		return none, a.err
	}

	return a.value.(V), nil
}

// Know answers a reference of rows, which were loaded together, before anybody asks: One will find targets. Call it
// before anybody else sees rows.
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

// One follows a reference from row to another row; all rows' ids are looked up together. An empty id, or one that
// find does not return, gives the zero V.
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

func byID[V Row](rows []V) map[string]V {
	found := make(map[string]V, len(rows))
	for _, row := range rows {
		found[row.NodeID()] = row
	}
	return found
}

// IDs returns the different non-empty ids of rows.
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
