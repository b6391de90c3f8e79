package scene

import (
	"slices"
	"testing"

	"ensemble/auth"
	"ensemble/internal/testsite"
)

// ViewerOf is who a person is now; nil is nobody.
func (w *World) ViewerOf(t testing.TB, p *testsite.Person) auth.Viewer {
	t.Helper()
	return auth.ViewerFrom(As(t, p))
}

// PublicNodes are the ids of rows, sorted: by age.
func PublicNodes[T interface{ NodeID() string }](t testing.TB, rows []T) []string {
	t.Helper()
	var ids []string
	for _, row := range rows {
		ids = append(ids, row.NodeID())
	}
	slices.Sort(ids)
	return ids
}
