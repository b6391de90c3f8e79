// Package graph translates between GraphQL and package consultation. It has thin resolvers, a file for each file of the
// schema (comment.resolvers.go), and beside it the functions behind its longer fields (comment_fields.go). Rows that
// one query loaded answer their nested fields together (package batch), lists are connections (package relay), and each
// type of event has a Go type (package event). Rules are not here.
package graph

import "ensemble/consultation"

// Resolver is what resolvers depend on.
type Resolver struct {
	Consultation *consultation.Service
}
