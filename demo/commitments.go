package demo

import (
	"fmt"
	"maps"

	"ensemble/auth"
	"ensemble/consultation/processes"
	"ensemble/consultation/public"
	"ensemble/consultation/roadmap"
	"ensemble/ent"
	"ensemble/ent/commitment"
	"ensemble/ent/version"
	"ensemble/live"
)

func (s *story) planCommitment(in sampleCommitment) {
	what := fmt.Sprintf("commitment %d: ", in.Number)
	s.plan(s.ago(in.Versions[0].DaysAgo), what+"draft", func() error {
		c, err := s.createCommitment(in, s.users[in.Versions[0].Author].ID)
		if err == nil && c.Number != in.Number {
			err = fmt.Errorf("the next number is %d", c.Number)
		}
		s.commitments[in.Number] = c
		return err
	})

	if in.PublishedAtDays != nil {
		s.plan(s.ago(-*in.PublishedAtDays), what+"publish", func() error { return s.publish(s.commitments[in.Number]) })
	}

	for _, v := range in.Versions[1:] {
		if v.FromAmendment == nil { // else accepting the amendment makes the version
			s.plan(s.ago(v.DaysAgo), what+"revise", func() error { return s.revise(s.commitments[in.Number], v) })
		}
	}

	if in.StatusAtDays != nil {
		s.plan(s.ago(-*in.StatusAtDays), what+"change status", func() error {
			return s.changeStatus(s.commitments[in.Number], in.Status)
		})
	}
}

// createCommitment writes a draft with the next number of the process.
func (s *story) createCommitment(in sampleCommitment, author string) (*ent.Commitment, error) {
	if err := processes.MaySteer(s.viewers[author], s.process.ID); err != nil {
		return nil, err
	}

	s.process.LastNumber++
	c := &ent.Commitment{
		ID: s.newID("commitment"), ProcessID: s.process.ID, AxisID: s.axes[in.Axis].ID, Number: s.process.LastNumber,
		Reference: roadmap.Reference(s.process.ReferencePrefix, s.at, s.process.LastNumber),
		Status:    commitment.StatusDRAFT, ActiveAt: s.at, CreatedAt: s.at,
	}

	for _, p := range in.Territories {
		t, known := s.places[p]
		if !known {
			return nil, unknownPlace(p)
		}
		c.Edges.Territories = append(c.Edges.Territories, t)
	}

	s.rows.Commitments = append(s.rows.Commitments, c)
	first := in.Versions[0]
	s.addVersion(c, &ent.Version{Title: first.Title, Body: first.Body, AuthorID: author, Source: version.SourceEDIT})
	return c, nil
}

// addVersion gives a commitment its next text.
func (s *story) addVersion(c *ent.Commitment, v *ent.Version) {
	v.ID, v.CommitmentID, v.Number, v.CreatedAt = s.newID("version"), c.ID, c.VersionNumber+1, s.at
	c.VersionID, c.VersionNumber = v.ID, v.Number
	c.SearchText = roadmap.SearchText(c.Reference, v.Title, v.Body)
	c.ActiveAt = s.at
	c.Edges.Versions = append(c.Edges.Versions, v)
	s.rows.Versions = append(s.rows.Versions, v)
}

// currentVersion returns the newest text.
func currentVersion(c *ent.Commitment) *ent.Version { return c.Edges.Versions[c.VersionNumber-1] }

// publish makes a draft public and announces it on both topics.
func (s *story) publish(c *ent.Commitment) error {
	if err := roadmap.MayPublish(s.author(c), c); err != nil {
		return err
	}
	c.Status, c.PublishedAt, c.ActiveAt = commitment.StatusOPEN, new(s.at), s.at
	s.process.CommitmentCount++
	s.audit(s.author(c).UserID, "publishCommitment", c.ID, "", nil)
	s.onBothTopics(c, live.CommitmentPublished)
	return nil
}

func (s *story) onBothTopics(c *ent.Commitment, event live.Type) {
	for _, topic := range []string{c.ID, c.ProcessID} {
		s.record(live.Event{Topic: topic, Type: event, Subject: c.ID})
	}
}

// changeStatus changes the status of a public commitment to a later one, or withdraws the commitment.
func (s *story) changeStatus(c *ent.Commitment, to commitment.Status) error {
	if err := roadmap.MayWithdrawCommitment(s.author(c), c); err != nil { // so they may change its status
		return err
	}

	act := "changeCommitmentStatus"
	if to == commitment.StatusWITHDRAWN {
		act = "withdrawCommitment"
	}
	s.audit(s.author(c).UserID, act, c.ID, "", map[string]any{"from": c.Status, "to": to})

	c.Status, c.ActiveAt = to, s.at
	if to == commitment.StatusWITHDRAWN {
		s.onBothTopics(c, live.CommitmentWithdrawn)
		return nil
	}

	s.record(live.Event{
		Topic: c.ID, Type: live.CommitmentStatusChanged, Subject: c.ID, Data: map[string]any{"status": to},
	})
	return nil
}

// author returns the member of the steering body who wrote the first text.
func (s *story) author(c *ent.Commitment) auth.Viewer { return s.viewers[c.Edges.Versions[0].AuthorID] }

// revise writes the next version. Languages for which there is no new text have the same text as before.
func (s *story) revise(c *ent.Commitment, in sampleVersion) error {
	author := s.users[in.Author].ID
	if err := roadmap.MayRevise(s.viewers[author], c); err != nil {
		return err
	}

	s.audit(author, "reviseCommitment", c.ID, "", nil)
	v := &ent.Version{
		Title: maps.Clone(in.Title), Body: maps.Clone(in.Body), Behind: in.Behind, AuthorID: author,
		Source: version.SourceEDIT,
	}

	for _, language := range in.Behind {
		v.Title[language] = currentVersion(c).Title[language]
		v.Body[language] = currentVersion(c).Body[language]
	}

	s.nextVersion(c, v)
	return nil
}

// nextVersion makes v the current version of a public commitment: supports so far are now on an earlier text, and
// amendments under evaluation are compared with the new text.
func (s *story) nextVersion(c *ent.Commitment, v *ent.Version) {
	s.addVersion(c, v)
	c.EarlierSupportCount, c.SupportCount = c.EarlierSupportCount+c.SupportCount, 0
	s.record(live.Event{
		Topic: c.ID, Type: live.VersionPublished, Subject: v.ID,
		Actor: public.Face(v.AuthorID, v.OrganizationID), Data: map[string]any{
			"number": v.Number, "supportCount": c.SupportCount, "earlierSupportCount": c.EarlierSupportCount,
		},
	})
	for _, a := range c.Edges.Amendments {
		s.compare(a, c)
	}
}
