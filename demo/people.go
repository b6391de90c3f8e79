package demo

import (
	"fmt"
	"slices"
	"time"

	"ensemble/auth"
	"ensemble/consultation/text/clean"
	"ensemble/ent"
	"ensemble/ent/membership"
)

// joinedDays is how long ago the first people joined; the others followed a minute after each other.
const joinedDays = 214

// password is that of the accounts, so that whoever tries the demo can be anybody in it.
const password = "ensemble-demo"

// account is somebody of the sample who can sign in.
type account struct {
	email string
	may   string
}

// accounts has one account for each thing that people may do. A database that has the first of them is one of ours.
var accounts = []account{
	{"admin@example.org", "administers the site and the process"},
	{"steering@example.org", "writes commitments, decides on amendments"},
	{"moderator@example.org", "moderates"},
	{"facilitator@example.org", "runs workshops"},
	{"participant@example.org", "takes part"},
	{"signatory@example.org", "takes part, also for the Hub Occitanie"},
}

func canSignIn(email string) bool {
	return slices.ContainsFunc(accounts, func(a account) bool { return a.email == email })
}

func (s *story) planPeople(sample *sample) {
	at := s.ago(joinedDays)
	for _, in := range sample.organizations {
		s.plan(at, "register "+in.Key, func() error { return s.register(in) })
		at = at.Add(time.Minute)
	}
	for _, in := range sample.people {
		s.plan(at, "sign up "+in.Key, func() error { return s.signUp(in) })
		at = at.Add(time.Minute)
	}
}

func (s *story) register(in sampleOrganization) error {
	o := &ent.Organization{
		ID: s.newID("organization"), Name: string(in.Name), SearchName: clean.Fold(string(in.Name)),
		Kind: in.Kind, CreatedAt: s.at,
	}

	if in.Territory != nil {
		t, known := s.places[*in.Territory]
		if !known {
			return unknownPlace(*in.Territory)
		}
		o.TerritoryID = &t.ID
	}

	if in.Verified {
		o.VerifiedAt = new(s.at)
	}

	s.organizations[in.Key] = o
	s.rows.Organizations = append(s.rows.Organizations, o)
	return nil
}

func unknownPlace(p place) error { return fmt.Errorf("no %s has the code %s", p.Kind, p.Code) }

// signUp opens an account whose e-mail address is confirmed at once.
func (s *story) signUp(in samplePerson) error {
	look := clean.Skeleton(in.Nickname)
	u := &ent.User{
		ID: s.newID("user"), Name: string(in.Name), Nickname: &in.Nickname, NicknameLook: &look, Email: &in.Email, Language: in.Language,
		SiteAdmin: in.SiteAdmin, EmailConfirmedAt: new(s.at), CreatedAt: s.at,
	}

	if canSignIn(in.Email) {
		u.PasswordHash = s.hash
	}

	s.users[in.Key] = u
	s.rows.Users = append(s.rows.Users, u)

	viewer := auth.Viewer{UserID: u.ID, SiteAdmin: u.SiteAdmin, Confirmed: true, Roles: map[string][]string{}}
	for _, m := range in.Memberships {
		o := s.organizations[m.Organization]
		s.rows.Memberships = append(s.rows.Memberships, &ent.Membership{
			ID: s.newID("membership"), OrganizationID: o.ID, UserID: u.ID, Role: m.Role, CreatedAt: s.at,
		})
		if m.Role != membership.RoleMEMBER && o.VerifiedAt != nil {
			viewer.SignsFor = append(viewer.SignsFor, o.ID)
		}
	}

	s.viewers[u.ID] = viewer
	return nil
}
