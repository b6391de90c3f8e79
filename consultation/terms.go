package consultation

import (
	"context"
	"time"

	"ensemble/auth"
	"ensemble/ent"
	"ensemble/ent/user"
)

// Terms are the terms of use of the site, which people accept before they take part.
type Terms struct {
	Version string // as the site calls it, such as "2026-03"; "" where there are none
	URL     string // where people read them
}

// accept asks that the version that somebody says they accept is the one that holds.
func (t Terms) accept(field string, version *string) error {
	switch {
	case t.Version == "" && version == nil:
		return nil
	case version == nil:
		return BadInput(field, "Accept the terms of use first.")
	case *version != t.Version:
		return &Error{
			Code: Conflict, Field: field, Message: "The terms of use are not those any more: read them again.",
			Details: map[string]any{"current": t.Version},
		}
	}
	return nil
}

// AcceptTerms notes that the viewer accepts the terms of use; accepting the same again changes nothing.
// Errors: UNAUTHENTICATED; CONFLICT when the site has others now, or none.
func (s *Service) AcceptTerms(ctx context.Context, version string) (auth.Viewer, error) {
	v := auth.ViewerFrom(ctx)
	if err := permit(v, "acceptTerms", about{}); err != nil {
		return v, err
	}
	if err := s.Terms.accept("version", &version); err != nil {
		return v, err
	}
	v.OwesTerms = false
	return v, s.inTx(ctx, func(ctx context.Context, tx *Tx) error {
		n, err := tx.User.Update().Where(user.ID(v.UserID), user.ErasedAtIsNil(), user.TermsVersionNEQ(version)).
			SetTermsVersion(version).SetTermsAcceptedAt(s.now()).Save(ctx)
		if err == nil && n > 0 {
			viewerChanged(tx, v.UserID)
		}
		return err
	})
}

// Acceptance is which terms somebody accepted last, and when.
type Acceptance struct {
	Version string
	At      time.Time
}

// AcceptedTerms is the viewer's acceptance; nil when they accepted none.
func (s *Service) AcceptedTerms(ctx context.Context, v auth.Viewer) (*Acceptance, error) {
	u, err := s.Read.User.Query().Where(user.ID(v.UserID)).Select(user.FieldTermsVersion, user.FieldTermsAcceptedAt).Only(ctx)
	if err != nil || u.TermsAcceptedAt == nil {
		return nil, ignoreNotFound(err)
	}
	return &Acceptance{u.TermsVersion, *u.TermsAcceptedAt}, nil
}

// accepted notes on a new account that its owner accepts the terms, where the site has any.
func (s *Service) accepted(create *ent.UserCreate) {
	if s.Terms.Version != "" {
		create.SetTermsVersion(s.Terms.Version).SetTermsAcceptedAt(s.now())
	}
}
