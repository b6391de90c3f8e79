package demo

import (
	"fmt"
	"slices"

	"ensemble/consultation/input"
	"ensemble/consultation/moderation"
	"ensemble/consultation/processes"
	"ensemble/consultation/roadmap"
	"ensemble/ent"
	"ensemble/ent/amendment"
	"ensemble/ent/commentedit"
	"ensemble/ent/commentvote"
	"ensemble/ent/commitment"
	"ensemble/ent/report"
	"ensemble/ent/user"
	"ensemble/ent/version"
	"ensemble/live"
)

// draftCommitment drafts a commitment with the text of its first version.
func (r *replay) draftCommitment(c *ent.Commitment) error {
	first := r.version(c.ID, 1)
	var territories []string
	for _, t := range c.Edges.Territories {
		territories = append(territories, t.ID)
	}

	_, err := r.to.CreateCommitment(r.as(first.AuthorID), roadmap.CreateCommitmentInput{
		Process: c.ProcessID, Axis: c.AxisID, Territories: territories,
		Title: inputs(first.Title, nil), Body: inputs(first.Body, nil),
	})
	return err
}

// draftAmendment drafts an amendment as it was drafted.
func (r *replay) draftAmendment(a *ent.Amendment) error {
	_, err := r.to.DraftAmendment(r.as(a.AuthorID), roadmap.DraftAmendmentInput{
		Commitment: a.CommitmentID, Base: &a.BaseID, Language: &a.Language, Title: &a.Title, Body: &a.Body,
		Rationale: a.Rationale, Organization: a.OrganizationID,
	})
	return err
}

// happen does what caused an event, unless the act that caused another event has caused this one too.
func (r *replay) happen(e *ent.Event) (err error) {
	switch live.Type(e.Type) {
	// The process and its clock.
	case live.ProcessPublished:
		_, err = r.to.PublishProcess(r.as(r.admin()), processes.PublishProcessInput{Process: e.SubjectID})
	case live.PhaseOpened, live.PhaseClosed, live.AmendmentMergeStateChanged:
		err = r.to.Jobs.Do(r.t.Context(), "announce phases", "compare amendments")

	// What is said in it.
	case live.CommitmentPublished, live.CommitmentWithdrawn, live.CommitmentStatusChanged, live.VersionPublished:
		err = r.onCommitment(e)
	case live.AmendmentSubmitted, live.AmendmentWithdrawn, live.AmendmentAccepted, live.AmendmentRejected:
		err = r.onAmendment(e)
	case live.CommentPosted, live.CommentEdited, live.CommentRemoved, live.VoteChanged:
		err = r.onComment(e)
	case live.SupportAdded, live.SupportConfirmed:
		err = r.onSupport(e)

	// Moderation.
	case live.ModerationLogged:
		err = r.decide(one[*ent.Moderation](r.t)(r.from.Read.Moderation.Get(r.t.Context(), e.SubjectID)))
	case live.ModerationQueueChanged:
		err = r.report(e)
	default:
		err = fmt.Errorf("no mutation is known to bring this")
	}

	return err
}

// onCommitment does what happened to a commitment itself.
func (r *replay) onCommitment(e *ent.Event) (err error) {
	if e.Topic != e.SubjectID && e.Type != string(live.VersionPublished) {
		return nil // it is announced on the topic of the process, too
	}

	author := r.version(e.Topic, 1).AuthorID
	switch live.Type(e.Type) {
	case live.CommitmentPublished:
		_, err = r.to.PublishCommitment(r.as(author), roadmap.PublishCommitmentInput{Commitment: e.SubjectID})
	case live.CommitmentWithdrawn:
		_, err = r.to.WithdrawCommitment(r.as(author), roadmap.WithdrawCommitmentInput{Commitment: e.SubjectID})
	case live.CommitmentStatusChanged:
		to := commitment.Status(e.Data["status"].(string))
		in := roadmap.ChangeCommitmentStatusInput{Commitment: e.SubjectID, Status: to}
		_, err = r.to.ChangeCommitmentStatus(r.as(author), in)
	case live.VersionPublished:
		err = r.revise(one[*ent.Version](r.t)(r.from.Read.Version.Get(r.t.Context(), e.SubjectID)))
	}
	return err
}

// revise writes a version, unless accepting an amendment wrote it, and compares the amendments with it.
func (r *replay) revise(v *ent.Version) error {
	if v.AmendmentID == nil {
		_, err := r.to.ReviseCommitment(r.as(v.AuthorID), roadmap.ReviseCommitmentInput{
			Commitment: v.CommitmentID, Base: r.version(v.CommitmentID, v.Number-1).ID,
			Title: inputs(v.Title, v.Behind), Body: inputs(v.Body, v.Behind),
		})
		if err != nil {
			return err
		}
	}
	return r.to.Jobs.Do(r.t.Context(), "announce phases", "compare amendments")
}

// onAmendment does what happened to an amendment.
func (r *replay) onAmendment(e *ent.Event) (err error) {
	a := one[*ent.Amendment](r.t)(r.from.Read.Amendment.Query().Where(amendment.ID(e.SubjectID)).Only(r.t.Context()))

	switch live.Type(e.Type) {
	case live.AmendmentSubmitted:
		_, err = r.to.SubmitAmendment(r.as(a.AuthorID), roadmap.SubmitAmendmentInput{Amendment: a.ID})
	case live.AmendmentWithdrawn:
		_, err = r.to.WithdrawAmendment(r.as(a.AuthorID), roadmap.WithdrawAmendmentInput{Amendment: a.ID})
	case live.AmendmentAccepted:
		in := roadmap.AcceptAmendmentInput{Amendment: a.ID, Reason: a.DecisionReason}
		_, err = r.to.AcceptAmendment(r.as(*a.DeciderID), in)
	case live.AmendmentRejected:
		in := roadmap.RejectAmendmentInput{Amendment: a.ID, Reason: a.DecisionReason}
		_, err = r.to.RejectAmendment(r.as(*a.DeciderID), in)
	}
	return err
}

// onComment does what happened to a comment.
func (r *replay) onComment(e *ent.Event) (err error) {
	m := one[*ent.Comment](r.t)(r.from.Read.Comment.Get(r.t.Context(), e.SubjectID))

	switch live.Type(e.Type) {
	case live.CommentPosted:
		edits := one[[]*ent.CommentEdit](r.t)(m.QueryEdits().Order(commentedit.ByID()).All(r.t.Context()))
		body := m.Body
		if len(edits) > 0 {
			body = edits[0].Body
		}

		_, err = r.to.PostComment(r.as(m.AuthorID), roadmap.PostCommentInput{
			Subject: m.SubjectID, Parent: m.ParentID, Body: body, Alignment: m.Alignment, Language: &m.Language,
			Organization: m.OrganizationID,
		})

	case live.CommentEdited:
		// No comment of the sample is edited twice.
		_, err = r.to.EditComment(r.as(m.AuthorID), roadmap.EditCommentInput{Comment: m.ID, Body: m.Body})

	case live.CommentRemoved:
		if m.HiddenAt == nil { // otherwise ModerationLogged follows
			_, err = r.to.DeleteComment(r.as(m.AuthorID), roadmap.DeleteCommentInput{Comment: m.ID})
		}

	case live.VoteChanged:
		vote := one[*ent.CommentVote](r.t)(m.QueryVotes().Where(commentvote.CreatedAt(e.At)).Only(r.t.Context()))
		_, err = r.to.VoteComment(r.as(vote.UserID), roadmap.VoteCommentInput{Comment: m.ID, Value: vote.Value})
	}
	return err
}

// decide decides as a moderator decided.
func (r *replay) decide(m *ent.Moderation) error {
	_, err := r.to.Decide(r.as(*m.DeciderID), moderation.Decision{
		Item: m.ItemID, Action: m.Action, Reason: m.Reason, Facts: m.Facts, Ground: m.Ground,
	})
	return err
}

// report makes the reports of this moment. When there are none, a decision changed the queue.
func (r *replay) report(e *ent.Event) error {
	reports := r.from.Read.Report.Query().Where(report.CaseID(e.SubjectID), report.CreatedAt(e.At))
	for _, made := range one[[]*ent.Report](r.t)(reports.All(r.t.Context())) {
		in := moderation.ReportContentInput{Item: made.ItemID, Reason: made.Reason, Text: made.Text}
		if _, err := r.to.Report(r.as(made.ReporterID), in); err != nil {
			return err
		}
	}
	return nil
}

// onSupport adds or confirms a support.
func (r *replay) onSupport(e *ent.Event) (err error) {
	given := one[*ent.Support](r.t)(r.from.Read.Support.Get(r.t.Context(), e.SubjectID))
	person := given.SignatoryID
	if given.UserID != nil {
		person = given.UserID
	}

	in := roadmap.SupportInput{Commitment: given.CommitmentID, Organization: given.OrganizationID}
	if e.Type == string(live.SupportAdded) {
		_, err = r.to.AddSupport(r.as(*person), roadmap.AddSupportInput(in))
	} else {
		_, err = r.to.ConfirmSupport(r.as(*person), roadmap.ConfirmSupportInput(in))
	}
	return err
}

// version returns a version of a commitment.
func (r *replay) version(commitmentID string, number int) *ent.Version {
	return one[*ent.Version](r.t)(r.from.Read.Version.Query().
		Where(version.CommitmentID(commitmentID), version.Number(number)).Only(r.t.Context()))
}

// admin returns the id of the account of the demo that administers.
func (r *replay) admin() string {
	return one[string](r.t)(r.from.Read.User.Query().Where(user.Email(accounts[0].email)).OnlyID(r.t.Context()))
}

// inputs returns the values of an official text, without the languages that stay behind.
func inputs(values input.Texts, behind []string) []*input.TextInput {
	var in []*input.TextInput
	for language, s := range values {
		if !slices.Contains(behind, language) {
			in = append(in, &input.TextInput{Language: language, Text: s})
		}
	}
	return in
}
