package consultation

import (
	"context"

	"entgo.io/ent/dialect/sql"
)

// archiveBatch is how many rows of an archive are in memory at once.
const archiveBatch = 500

// archivePart is a file of the personal archive, which of the rows' columns it shows, and the rows after an id, at most
// archiveBatch in the order of ids. Whoever keeps something of people gives a part of it.
type archivePart struct {
	file    string
	columns string // their names, with blanks between
	rows    func(ctx context.Context, userID, after string) ([]node, error)
}

// archived is the part that shows the rows of a table that are a person's; whose says which these are.
func archived[Q queryOf[Q, T, P, O], T node, P, O ~func(*sql.Selector)](file, columns string, table func() Q, whose func(userID string) P) archivePart {
	return archivePart{file, columns, func(ctx context.Context, userID, after string) ([]node, error) {
		return nodes(following(table().Where(whose(userID)), after, archiveBatch).All(ctx))
	}}
}
