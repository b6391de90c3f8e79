package graph

import "ensemble/consultation/people"

// terms returns those of the site; nil where it has none.
func (r *Resolver) terms() *people.Terms {
	if r.Consultation.Terms.Version == "" {
		return nil
	}
	return &r.Consultation.Terms
}
