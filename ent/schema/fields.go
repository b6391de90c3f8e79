// Package schema describes the tables: fields, edges, indexes and enum names. Shape only; what may
// happen to a row, and who may do it, is decided in package consultation.
package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema/field"
)

// id is the primary key of a noun: "<kind>_<UUIDv7 in base32hex>", given by the caller.
func id() ent.Field {
	return field.String("id").NotEmpty().Immutable()
}

// createdAt is when the row was created, in UTC, in microseconds (the precision of both databases).
func createdAt() ent.Field {
	return field.Time("created_at").Immutable()
}

// counter is a number that is written in the same transaction as what it counts.
func counter(name string) ent.Field {
	return field.Int(name).NonNegative().Default(0)
}

// texts has one value per language: {"fr": "…", "en": "…"}.
func texts(name string) ent.Field {
	return field.JSON(name, map[string]string{})
}
