package consultation

import (
	"context"

	"ensemble/ent"
	"ensemble/ent/accesstoken"
	"ensemble/ent/identity"
	"ensemble/ent/session"
)

// archiveOfAccount is the account, and what opens it but for the secrets.
func (s *Service) archiveOfAccount() []archivePart {
	return []archivePart{
		{"account.json", "id name nickname email email_confirmed_at language site_admin terms_version terms_accepted_at confirm_by created_at",
			func(ctx context.Context, userID, after string) ([]node, error) {
				return nodes(s.profile(ctx, userID, after))
			}},
		archived("sessions.json", "id device created_at used_at expires_at",
			s.Read.Session.Query, session.UserID),
		archived("access-tokens.json", "id name scopes created_at used_at expires_at",
			s.Read.AccessToken.Query, accesstoken.UserID),
		{"identities.json", "id issuer subject created_at",
			func(ctx context.Context, userID, after string) ([]node, error) {
				rows, err := following(s.Read.Identity.Query().Where(identity.UserID(userID)), after, archiveBatch).All(ctx)
				return nodes(withSubjects(rows), err)
			}},
	}
}

// profile is an account with what is kept from everybody else.
type profile struct {
	*ent.User
	Email *string `json:"email"`
}

// profile is the one row of its file.
func (s *Service) profile(ctx context.Context, userID, after string) ([]profile, error) {
	if after != "" {
		return nil, nil
	}
	u, err := s.Read.User.Get(ctx, userID)
	if err != nil {
		return nil, err
	}
	return []profile{{u, u.Email}}, nil
}

// subjected is an identity with what a provider calls the person.
type subjected struct {
	*ent.Identity
	Subject string `json:"subject"`
}

func withSubjects(rows []*ent.Identity) []subjected {
	all := make([]subjected, len(rows))
	for i, row := range rows {
		all[i] = subjected{row, row.Subject}
	}
	return all
}
