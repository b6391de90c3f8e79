package consultation

import (
	"context"

	"entgo.io/ent/dialect/sql"
)

// nodeKinds read what everybody may see of nodes, by the kind of their ids. It is filled before anything is served.
type nodeKinds map[string]func(ctx context.Context, ids []string) ([]node, error)

// registerNode has everybody find nodes of a kind by their ids. public asks for those that everybody may see.
func registerNode[Q queryOf[Q, T, P, O], T node, P, O ~func(*sql.Selector)](s *Service, kind string, public func() Q) {
	s.nodes[kind] = func(ctx context.Context, ids []string) ([]node, error) {
		return nodes(public().Where(P(sql.FieldIn("id", ids...))).All(ctx))
	}
}

// PublicNodes reads nodes of one kind by their ids, in no order. Those that not everybody may see are left out, and all of a
// kind that nobody registered.
func (s *Service) PublicNodes(ctx context.Context, kind string, ids []string) ([]node, error) {
	read, known := s.nodes[kind]
	if !known || len(ids) == 0 {
		return nil, nil
	}
	return read(ctx, ids)
}
