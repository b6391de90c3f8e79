package scene

import (
	"slices"
	"testing"

	"ensemble/auth"
	"ensemble/internal/testsite"
)

// ViewerOf returns the viewer that requests of p have now. A nil p is nobody.
func (w *World) ViewerOf(t testing.TB, p *testsite.Person) auth.Viewer {
	t.Helper()
	return auth.ViewerFrom(As(t, p))
}

// PublicNodes returns the ids of rows in the order of their age.
func PublicNodes[T interface{ NodeID() string }](t testing.TB, rows []T) []string {
	t.Helper()
	var ids []string
	for _, row := range rows {
		ids = append(ids, row.NodeID())
	}
	slices.Sort(ids)
	return ids
}
