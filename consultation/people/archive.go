package people

import (
	"context"

	"ensemble/consultation/change"
	"ensemble/ent"
	"ensemble/ent/accesstoken"
	"ensemble/ent/identity"
	"ensemble/ent/restingnickname"
	"ensemble/ent/session"
)

// ArchiveOfAccount returns the parts of a person's archive that contain the account and the ways into it, without the
// secrets.
func (s *Accounts) ArchiveOfAccount() []change.ArchivePart {
	return []change.ArchivePart{
		// The address is private, so that the row itself is written without it: see profile.
		{File: "account.json",
			Columns: "id name nickname email email_confirmed_at language site_admin" +
				" terms_version terms_accepted_at confirm_by created_at",
			Rows: func(ctx context.Context, userID, after string) ([]change.Node, error) {
				return change.Nodes(s.profile(ctx, userID, after))
			}},
		change.Archived("resting-nicknames.json", "id nickname until",
			s.Read.RestingNickname.Query, restingnickname.UserID),
		// Tokens are stored as hashes only, and these are left out.
		change.Archived("sessions.json", "id device created_at used_at expires_at",
			s.Read.Session.Query, session.UserID),
		change.Archived("access-tokens.json", "id name scopes created_at used_at expires_at",
			s.Read.AccessToken.Query, accesstoken.UserID),
		{File: "identities.json", Columns: "id issuer subject created_at",
			Rows: func(ctx context.Context, userID, after string) ([]change.Node, error) {
				theirs := s.Read.Identity.Query().Where(identity.UserID(userID))
				rows, err := change.Following(theirs, after, change.ArchiveBatch).All(ctx)
				return change.Nodes(withSubjects(rows), err)
			}},
	}
}

// profile is an account with its e-mail address, which is written to nobody else.
type profile struct {
	*ent.User
	Email *string `json:"email"`
}

// profile reads the only row of its file: none after it.
func (s *Accounts) profile(ctx context.Context, userID, after string) ([]profile, error) {
	if after != "" {
		return nil, nil
	}
	u, err := s.Read.User.Get(ctx, userID)
	if err != nil {
		return nil, err
	}
	return []profile{{u, u.Email}}, nil
}

// subjected is an identity with the subject by which a provider knows the person.
type subjected struct {
	*ent.Identity
	Subject string `json:"subject"`
}

// withSubjects returns identities in the form in which their owner may read them.
func withSubjects(rows []*ent.Identity) []subjected {
	all := make([]subjected, len(rows))
	for i, row := range rows {
		all[i] = subjected{row, row.Subject}
	}
	return all
}
