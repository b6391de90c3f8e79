// Package graph translates between GraphQL and package consultation: thin resolvers, one file per noun beside
// the schema, and what they share. What may be read together is (package batch), lists are connections (package
// relay), events have Go types (package event). Rules are not here.
package graph

import "ensemble/consultation"

// Resolver is what resolvers depend on.
type Resolver struct {
	Consultation *consultation.Service
}
