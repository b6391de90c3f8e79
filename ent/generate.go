// Package ent is generated from ent/schema, except for this file: `make generate` rebuilds it.
package ent

//go:generate go tool ent generate --feature sql/execquery,sql/modifier,sql/lock --template ./template ./schema
