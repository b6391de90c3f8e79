package change

import (
	"context"

	"entgo.io/ent/dialect/sql"

	"ensemble/ent/auditentry"
)

// ArchiveOfAudit is what was written down of a person: what was done to them, and what they did.
func (s *DB) ArchiveOfAudit() []ArchivePart {
	return []ArchivePart{
		Archived("audit-of-me.json", "id act process_id created_at",
			s.Read.AuditEntry.Query, auditentry.SubjectID),
		Archived("audit-by-me.json", "id act process_id created_at",
			s.Read.AuditEntry.Query, auditentry.ActorID),
	}
}

// ArchiveBatch is how many rows of an archive are in memory at once.
const ArchiveBatch = 500

// ArchivePart is a file of the personal archive, which of the rows' columns it shows, and the rows after an id, at most
// archiveBatch in the order of ids. Whoever keeps something of people gives a part of it.
type ArchivePart struct {
	File    string
	Columns string // their names, with blanks between
	Rows    func(ctx context.Context, userID, after string) ([]Node, error)
}

// Archived is the part that shows the rows of a table that are a person's; whose says which these are.
func Archived[Q QueryOf[Q, T, P, O], T Node, P, O ~func(*sql.Selector)](file, columns string, table func() Q, whose func(userID string) P) ArchivePart {
	return ArchivePart{file, columns, func(ctx context.Context, userID, after string) ([]Node, error) {
		return Nodes(Following(table().Where(whose(userID)), after, ArchiveBatch).All(ctx))
	}}
}
