package graph

import "ensemble/consultation"

// terms are those of the site; nil where it has none.
func (r *Resolver) terms() *consultation.Terms {
	if r.Consultation.Terms.Version == "" {
		return nil
	}
	return &r.Consultation.Terms
}
