package graph

import "ensemble/consultation/people"

// terms returns the site's terms of use; nil when it has none.
func (r *Resolver) terms() *people.Terms {
	if r.Consultation.Terms.Version == "" {
		return nil
	}
	return &r.Consultation.Terms
}
