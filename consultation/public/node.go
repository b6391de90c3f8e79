package public

import (
	"context"

	"entgo.io/ent/dialect/sql"

	"ensemble/consultation/change"
)

// nodeKinds are functions that read the nodes that everybody may see, by the kind of their ids. The map is filled
// before anything is served.
type nodeKinds map[string]func(ctx context.Context, ids []string) ([]change.Node, error)

// RegisterNode lets PublicNodes find nodes of a kind by their ids. public asks for those that everybody may see.
func RegisterNode[Q change.QueryOf[Q, T, P, O], T change.Node, P, O ~func(*sql.Selector)](
	s *Scopes, kind string, public func() Q,
) {
	s.nodes[kind] = func(ctx context.Context, ids []string) ([]change.Node, error) {
		return change.Nodes(public().Where(P(sql.FieldIn("id", ids...))).All(ctx))
	}
}

// PublicNodes reads nodes of one kind by their ids, in no order. It leaves out those that not everybody may see, and
// all when nobody registered the kind.
func (s *Scopes) PublicNodes(ctx context.Context, kind string, ids []string) ([]change.Node, error) {
	read, known := s.nodes[kind]
	if !known || len(ids) == 0 {
		return nil, nil
	}
	return read(ctx, ids)
}

// Registry is what Finder asks: Scopes.
type Registry interface {
	PublicNodes(ctx context.Context, kind string, ids []string) ([]change.Node, error)
}

// Finder returns a function that finds nodes of a kind as PublicNodes does. All nodes of the kind have the type T.
func Finder[T change.Node](from Registry, kind string) func(ctx context.Context, ids []string) ([]T, error) {
	return func(ctx context.Context, ids []string) ([]T, error) {
		found, err := from.PublicNodes(ctx, kind, ids)
		rows := make([]T, len(found))
		for i, row := range found {
			rows[i] = row.(T)
		}
		return rows, err
	}
}
