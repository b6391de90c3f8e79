// Package migrations holds the SQL that makes and changes the tables: one folder per dialect, numbered,
// applied in order by package database, forward only. A released file never changes.
package migrations

import "embed"

// Files are sqlite/NNNN_name.sql and postgres/NNNN_name.sql.
//
//go:embed sqlite/*.sql postgres/*.sql
var Files embed.FS
