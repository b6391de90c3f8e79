package change

import (
	"context"
	"slices"
)

// ByKind are ids by the kind of the node that they name.
type ByKind map[string][]string

// Add adds ids, each once. It leaves out strings that are no ids.
func (b ByKind) Add(ids ...string) {
	for _, id := range ids {
		if kind, ok := KindOf(id); ok && !slices.Contains(b[kind], id) {
			b[kind] = append(b[kind], id)
		}
	}
}

// Found calls all, which reads the rows with these ids, and returns the rows by their ids. It reads nothing where there
// are no ids, or where something failed before: then it returns that error.
func Found[T Node](
	ctx context.Context, before error, all func(context.Context) ([]T, error), ids []string,
) (map[string]T, error) {
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
