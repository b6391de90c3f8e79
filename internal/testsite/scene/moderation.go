package scene

import (
	"testing"

	"ensemble/consultation/moderation"
	"ensemble/consultation/outbox"
	"ensemble/consultation/processes"
	"ensemble/ent"
	entmoderation "ensemble/ent/moderation"
	"ensemble/ent/moderationcase"
	"ensemble/ent/report"
	"ensemble/internal/testsite"
)

// RefusedAmendment makes an amendment of Alice's that moderators do not publish, and returns it with their decision.
func (w *World) RefusedAmendment(t testing.TB, c *ent.Commitment) (*ent.Amendment, *ent.Moderation) {
	t.Helper()
	w.SetModeration(t, processes.UpdateProcessInput{HeldWords: []string{"casino"}})
	a := w.Submitted(t, w.Alice, c, "deux fois", "au casino")
	row := testsite.Got(w.Decide(As(t, w.Moderator), Refusing(a.ID)))(t)
	return w.AmendmentNow(t, a), row
}

// SetModeration changes how the process is moderated.
func (w *World) SetModeration(t testing.TB, in processes.UpdateProcessInput) {
	t.Helper()
	in.Process = w.Process.ID
	testsite.Must(t, Only(w.UpdateProcess(As(t, w.Admin), in)))
}

// Publishing returns the decision that what was held appears.
func Publishing(item string) moderation.Decision {
	return moderation.Decision{Item: item, Action: entmoderation.ActionPUBLISH, Facts: "Relu."}
}

// Refusing returns the decision that what was held does not appear.
func Refusing(item string) moderation.Decision {
	d := Hiding(item)
	d.Action = entmoderation.ActionREFUSE
	return d
}

// Hiding returns the decision to hide an item, with its reasons.
func Hiding(item string) moderation.Decision {
	return moderation.Decision{
		Item: item, Action: entmoderation.ActionHIDE, Reason: Ptr(entmoderation.ReasonOFFENSIVE),
		Facts: "Une insulte.", Ground: "Charte, § 3",
	}
}

// Sent sends what is due, and returns the mails that left since it was called last, by address.
func (w *World) Sent(t testing.TB, box *Mailbox) map[string]outbox.Mail {
	t.Helper()
	testsite.Must(t, w.Jobs.Do(t.Context(), "send mail"))
	mails := map[string]outbox.Mail{}
	for _, m := range box.Mails {
		mails[m.To] = m
	}
	box.Mails = nil
	return mails
}

// Spam returns the report of an item as advertising.
func Spam(item string) moderation.ReportContentInput {
	return moderation.ReportContentInput{Item: item, Reason: report.ReasonSPAM, Text: "Une publicité."}
}

// CaseOf returns the case of an item.
func (w *World) CaseOf(t testing.TB, item string) *ent.ModerationCase {
	t.Helper()
	return testsite.Got(w.Read.ModerationCase.Query().Where(moderationcase.ItemID(item)).Only(t.Context()))(t)
}

// Waits compares the state of an item's case, and how many reports it counts, with what they must be.
func (w *World) Waits(t testing.TB, item string, state moderationcase.State, reports int) *ent.ModerationCase {
	t.Helper()
	c := w.CaseOf(t, item)
	if c.State != state || c.ReportCount != reports {
		t.Errorf("the case is %s with %d reports, want %s with %d", c.State, c.ReportCount, state, reports)
	}
	return c
}
