package people

import (
	"context"
	"time"

	"ensemble/auth"
	"ensemble/consultation/change"
	"ensemble/consultation/permission"
	"ensemble/consultation/refusal"
	"ensemble/ent"
	"ensemble/ent/user"
)

// Terms are the terms of use of the site, which people accept before they take part.
type Terms struct {
	Version string // as the site calls it, such as "2026-03"; "" where there are none
	URL     string // where people read them
}

// accept refuses unless version, which somebody says they accept, is the one in force; nil where there are no terms.
// Errors: BAD_USER_INPUT on the field when no version is given; CONFLICT on it when the version is another.
func (t Terms) accept(field string, version *string) error {
	switch {
	case t.Version == "" && version == nil:
		return nil
	case version == nil:
		return refusal.BadInput(field, "Accept the terms of use first.")
	case *version != t.Version:
		return &refusal.Error{
			Code: refusal.Conflict, Field: field, Message: "The terms of use are not those any more: read them again.",
			Details: map[string]any{"version": t.Version},
		}
	}
	return nil
}

// AcceptTerms notes that the viewer accepts the terms of use, and returns the viewer as they are then. Accepting the
// same version again changes nothing.
// Errors: UNAUTHENTICATED; FORBIDDEN for access tokens; CONFLICT when the site has another version now, or none.
func (s *Accounts) AcceptTerms(ctx context.Context, in AcceptTermsInput) (auth.Viewer, error) {
	v := auth.ViewerFrom(ctx)
	if err := permission.Ask(v, "acceptTerms", permission.About{}); err != nil {
		return v, err
	}
	if err := s.Terms.accept("version", &in.Version); err != nil {
		return v, err
	}

	v.OwesTerms = false
	return v, change.In(ctx, s, func(ctx context.Context, tx *tx) error {
		n, err := tx.User.Update().Where(user.ID(v.UserID), user.ErasedAtIsNil(), user.TermsVersionNEQ(in.Version)).
			SetTermsVersion(in.Version).SetTermsAcceptedAt(s.Moment()).Save(ctx)

		if err == nil && n > 0 {
			ViewerChanged(tx.Tx, v.UserID)
		}
		return err
	})
}

// Acceptance says which version of the terms somebody accepted last, and when.
type Acceptance struct {
	Version    string
	AcceptedAt time.Time
}

// AcceptedTerms returns the viewer's acceptance; nil when they accepted none.
func (s *Accounts) AcceptedTerms(ctx context.Context, v auth.Viewer) (*Acceptance, error) {
	u, err := s.Read.User.Query().Where(user.ID(v.UserID)).
		Select(user.FieldTermsVersion, user.FieldTermsAcceptedAt).Only(ctx)
	if err != nil || u.TermsAcceptedAt == nil {
		return nil, refusal.IgnoreMissing(err)
	}
	return &Acceptance{u.TermsVersion, *u.TermsAcceptedAt}, nil
}

// accepted notes on a new account that its owner accepts the terms, where the site has any.
func (s *Accounts) accepted(create *ent.UserCreate) {
	if s.Terms.Version != "" {
		create.SetTermsVersion(s.Terms.Version).SetTermsAcceptedAt(s.Moment())
	}
}
