package demo

import (
	"errors"
	"fmt"
	"time"

	"ensemble/consultation/organizations"
	"ensemble/consultation/public"
	"ensemble/consultation/roadmap"
	"ensemble/ent"
	"ensemble/live"
)

// confirmPace is how long after the newest version, and after each other, the sample has people confirm a support.
const confirmPace = time.Hour

// planSupport plans the i-th support of the sample. One that was confirmed was so after the newest version.
func (s *story) planSupport(in sampleSupport, on sampleCommitment, i int) {
	what := fmt.Sprintf("support of %s on commitment %d", in.Person, in.Commitment)
	var given *ent.Support

	s.plan(s.ago(in.DaysAgo), what, func() (err error) {
		c := s.commitments[in.Commitment]
		if c.VersionNumber != in.Version {
			return fmt.Errorf("version %d is current, not %d", c.VersionNumber, in.Version)
		}
		given, err = s.support(c, s.users[in.Person].ID, s.organizationID(in.Organization))
		return err
	})

	if in.Confirmed {
		newest := on.Versions[len(on.Versions)-1]
		s.plan(s.ago(newest.DaysAgo).Add(time.Duration(i+1)*confirmPace), what+": confirm", func() error {
			return s.confirm(s.commitments[in.Commitment], given, s.users[in.Person].ID)
		})
	}
}

// support supports the current text, for the person or in the name of an organization.
func (s *story) support(c *ent.Commitment, person string, organization *string) (*ent.Support, error) {
	if err := errors.Join(
		roadmap.MaySupport(s.viewers[person], c, s.openings()),
		organizations.MaySign(s.viewers[person], organization),
	); err != nil {
		return nil, err
	}

	given := &ent.Support{
		ID: s.newID("support"), CommitmentID: c.ID, VersionID: c.VersionID,
		VersionNumber: c.VersionNumber, CreatedAt: s.at,
	}

	if organization != nil {
		given.OrganizationID, given.SignatoryID = organization, &person
	} else {
		given.UserID = &person
	}

	s.rows.Supports = append(s.rows.Supports, given)
	s.countSupports(c, live.SupportAdded, given, 0)

	return given, nil
}

// confirm makes a support on an earlier text one on the current text.
func (s *story) confirm(c *ent.Commitment, given *ent.Support, person string) error {
	if err := roadmap.MaySupport(s.viewers[person], c, s.openings()); err != nil {
		return err
	}
	if given.VersionID == c.VersionID {
		return errors.New("it is on the current text already")
	}
	given.VersionID, given.VersionNumber, given.ConfirmedAt = c.VersionID, c.VersionNumber, new(s.at)
	s.countSupports(c, live.SupportConfirmed, given, -1)
	return nil
}

// countSupports counts one more on the current text and adds earlier to those on the ones before.
func (s *story) countSupports(c *ent.Commitment, event live.Type, given *ent.Support, earlier int) {
	c.SupportCount++
	c.EarlierSupportCount += earlier
	c.ActiveAt = s.at
	s.record(live.Event{
		Topic: c.ID, Type: event, Subject: given.ID, Actor: public.Supporter(given), Data: map[string]any{
			"supportCount": c.SupportCount, "earlierSupportCount": c.EarlierSupportCount,
		},
	})
}
