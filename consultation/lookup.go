package consultation

import (
	"context"
	"slices"
)

// byKind are ids by the kind of node they name.
type byKind map[string][]string

// add adds ids, each once; what is no id is left out.
func (b byKind) add(ids ...string) {
	for _, id := range ids {
		if kind, ok := KindOf(id); ok && !slices.Contains(b[kind], id) {
			b[kind] = append(b[kind], id)
		}
	}
}

// found reads rows by their ids, unless there are none, or something failed before.
func found[T node](ctx context.Context, before error, all func(context.Context) ([]T, error), ids []string) (map[string]T, error) {
	if before != nil || len(ids) == 0 {
		return nil, before
	}
	rows, err := all(ctx)
	byID := make(map[string]T, len(rows))
	for _, row := range rows {
		byID[row.NodeID()] = row
	}
	return byID, err
}
