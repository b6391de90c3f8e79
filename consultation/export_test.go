package consultation

import (
	"strings"

	"entgo.io/ent/dialect"
)

// ExportedFiles returns the names of the files of an archive.
func ExportedFiles() (names []string) {
	for _, part := range New(dialect.SQLite, nil, nil, nil).archiveFiles() {
		names = append(names, part.File)
	}
	return names
}

// ExportedColumns returns the columns of each file of an archive, in their order.
func ExportedColumns() map[string][]string {
	all := map[string][]string{}
	for _, part := range New(dialect.SQLite, nil, nil, nil).archiveFiles() {
		all[part.File] = strings.Fields(part.Columns)
	}
	return all
}
