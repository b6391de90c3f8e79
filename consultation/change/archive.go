package change

import (
	"context"

	"entgo.io/ent/dialect/sql"

	"ensemble/ent/auditentry"
)

// ArchiveOfAudit returns the files of the archive with the audit of a person: what was done to them, and what they did.
func (s *DB) ArchiveOfAudit() []ArchivePart {
	return []ArchivePart{
		Archived("audit-of-me.json", "id act process_id created_at",
			s.Read.AuditEntry.Query, auditentry.SubjectID),
		Archived("audit-by-me.json", "id act process_id created_at",
			s.Read.AuditEntry.Query, auditentry.ActorID),
	}
}

// ArchiveBatch is how many rows of a file of an archive are read, and are in memory, at once.
const ArchiveBatch = 500

// ArchivePart is a file of the personal archive: its name, which columns of the rows it has, and how the rows are read.
// Every part of the program that stores something about people gives its own files.
type ArchivePart struct {
	File    string
	Columns string // their names, with blanks between them
	// Rows reads the person's rows after an id, at most ArchiveBatch, in the order of ids; "" is before every id.
	Rows func(ctx context.Context, userID, after string) ([]Node, error)
}

// Archived returns the ArchivePart with the rows of a table that belong to a person; whose makes the condition for
// these rows from the person's id.
func Archived[Q QueryOf[Q, T, P, O], T Node, P, O ~func(*sql.Selector)](
	file, columns string, table func() Q, whose func(userID string) P,
) ArchivePart {
	return ArchivePart{file, columns, func(ctx context.Context, userID, after string) ([]Node, error) {
		return Nodes(Following(table().Where(whose(userID)), after, ArchiveBatch).All(ctx))
	}}
}
