package demo

import (
	"errors"
	"maps"

	"ensemble/consultation/organizations"
	"ensemble/consultation/public"
	"ensemble/consultation/roadmap"
	"ensemble/ent"
	"ensemble/ent/amendment"
	"ensemble/ent/version"
	"ensemble/live"
)

// An amendment of the sample was drafted the day before it was submitted; one that is still a draft, a day ago.
const draftDays = 1

func (s *story) planAmendment(in sampleAmendment) {
	drafted := float64(draftDays)
	if in.SubmittedDaysAgo != nil {
		drafted += *in.SubmittedDaysAgo
	}

	s.plan(s.ago(drafted), in.Key+": draft", func() error { return s.draftAmendment(in) })

	if in.SubmittedDaysAgo != nil {
		s.plan(s.ago(*in.SubmittedDaysAgo), in.Key+": submit", func() error { return s.submit(s.amendments[in.Key]) })
	}

	if in.WithdrawnDaysAgo != nil {
		s.plan(s.ago(*in.WithdrawnDaysAgo), in.Key+": withdraw",
			func() error { return s.withdraw(s.amendments[in.Key]) })
	}

	if d := in.Decision; d != nil {
		s.plan(s.ago(d.DaysAgo), in.Key+": decide", func() error {
			return s.decide(s.amendments[in.Key], s.users[d.By].ID, in.State, string(d.Reason))
		})
	}
}

// draftAmendment begins an amendment that only its author sees.
func (s *story) draftAmendment(in sampleAmendment) error {
	c, author, organization := s.commitments[in.Commitment], s.users[in.Author].ID, s.organizationID(in.Organization)
	if err := errors.Join(
		roadmap.MayAmend(s.viewers[author], c, s.openings(), s.amending(c, author)),
		organizations.MaySign(s.viewers[author], organization),
	); err != nil {
		return err
	}

	a := &ent.Amendment{
		ID: s.newID("amendment"), CommitmentID: c.ID,
		BaseID: c.Edges.Versions[in.BaseVersion-1].ID, Language: in.Language,
		Title: string(in.Title), Body: string(in.Body), Rationale: string(in.Rationale), AuthorID: author,
		OrganizationID: organization, State: amendment.StateDRAFT, MergeState: amendment.MergeStateCLEAN,
		CreatedAt: s.at, UpdatedAt: s.at,
	}

	a.Edges.Commitment, a.Edges.Base = c, c.Edges.Versions[in.BaseVersion-1]
	c.Edges.Amendments = append(c.Edges.Amendments, a)

	s.amendments[in.Key] = a
	s.rows.Amendments = append(s.rows.Amendments, a)
	return nil
}

// amending returns what somebody has on a commitment already.
func (s *story) amending(c *ent.Commitment, author string) roadmap.Amending {
	has := roadmap.Amending{Limit: s.process.EvaluatingLimit}
	for _, a := range c.Edges.Amendments {
		switch {
		case a.AuthorID != author:
		case a.State == amendment.StateDRAFT:
			has.Draft = a.ID
		case a.State == amendment.StateEVALUATING:
			has.Evaluating++
		}
	}
	return has
}

// submit sends a draft for review.
func (s *story) submit(a *ent.Amendment) error {
	c := a.Edges.Commitment
	if err := roadmap.MaySubmit(s.viewers[a.AuthorID], a, nil, c, s.openings(), s.amending(c, a.AuthorID)); err != nil {
		return err
	}

	a.State, a.SubmittedAt, a.UpdatedAt = amendment.StateEVALUATING, new(s.at), s.at
	a.MergeState, a.MergeChecked = mergeState(a, c), c.VersionNumber
	c.AmendmentCount, c.ActiveAt = c.AmendmentCount+1, s.at

	s.record(live.Event{
		Topic: c.ID, Type: live.AmendmentSubmitted, Subject: a.ID, Actor: public.Face(a.AuthorID, a.OrganizationID),
		Data: map[string]any{"amendmentCount": c.AmendmentCount},
	})
	return nil
}

// mergeState returns whether an amendment can still be merged with the current text.
func mergeState(a *ent.Amendment, c *ent.Commitment) amendment.MergeState {
	return roadmap.NewMerge(a, a.Edges.Base, currentVersion(c)).State(a)
}

// compare finds the merge state of an amendment under evaluation again, as a job does after a new version.
func (s *story) compare(a *ent.Amendment, c *ent.Commitment) {
	if a.State != amendment.StateEVALUATING {
		return
	}

	was := a.MergeState
	a.MergeDue = c.VersionNumber
	if a.MergeState, a.MergeChecked = mergeState(a, c), c.VersionNumber; a.MergeState == was {
		return
	}

	s.record(live.Event{
		Topic: c.ID, Type: live.AmendmentMergeStateChanged, Subject: a.ID,
		Data: map[string]any{"mergeState": a.MergeState},
	})
}

// withdraw takes an amendment under evaluation back.
func (s *story) withdraw(a *ent.Amendment) error {
	if err := roadmap.MayWithdrawAmendment(s.viewers[a.AuthorID], a); err != nil {
		return err
	}
	a.State, a.UpdatedAt, a.Edges.Commitment.ActiveAt = amendment.StateWITHDRAWN, s.at, s.at
	s.record(live.Event{
		Topic: a.CommitmentID, Type: live.AmendmentWithdrawn, Subject: a.ID,
		Actor: public.Face(a.AuthorID, a.OrganizationID),
	})
	return nil
}

// decide accepts or rejects an amendment. What is accepted becomes the next version, by the amender.
func (s *story) decide(a *ent.Amendment, decider string, to amendment.State, reason string) error {
	c := a.Edges.Commitment
	if err := roadmap.MayDecide(s.viewers[decider], a, c, s.openings()); err != nil {
		return err
	}

	a.State, a.DeciderID, a.DecisionReason, a.DecidedAt, a.UpdatedAt = to, &decider, reason, new(s.at), s.at

	if to == amendment.StateREJECTED {
		c.ActiveAt = s.at
		s.audit(decider, "rejectAmendment", a.ID, reason, nil)
		s.record(live.Event{Topic: c.ID, Type: live.AmendmentRejected, Subject: a.ID, Actor: decider})
		return nil
	}

	s.audit(decider, "acceptAmendment", a.ID, reason, nil)
	s.record(live.Event{Topic: c.ID, Type: live.AmendmentAccepted, Subject: a.ID, Actor: decider})
	return s.take(a, c)
}

// take makes the text of an accepted amendment the current one; the other languages stay behind.
func (s *story) take(a *ent.Amendment, c *ent.Commitment) error {
	current := currentVersion(c)

	merge := roadmap.NewMerge(a, a.Edges.Base, current)
	if len(merge.Conflicts) > 0 {
		return errors.New("the text has moved on and touches the same words")
	}

	v := &ent.Version{
		Title: maps.Clone(current.Title), Body: maps.Clone(current.Body), AuthorID: a.AuthorID,
		OrganizationID: a.OrganizationID, Source: version.SourceAMENDMENT, AmendmentID: &a.ID,
	}
	v.Title[a.Language], v.Body[a.Language] = merge.Title, merge.Body

	for _, language := range public.Languages(current) {
		if language != a.Language {
			v.Behind = append(v.Behind, language)
		}
	}

	s.nextVersion(c, v)
	return nil
}
