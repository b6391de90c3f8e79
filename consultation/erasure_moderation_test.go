package consultation_test

import (
	"testing"

	"ensemble/consultation"
	"ensemble/ent"
	"ensemble/ent/appeal"
	"ensemble/ent/moderation"
	"ensemble/ent/moderationcase"
	"ensemble/ent/process"
	"ensemble/ent/report"
	"ensemble/internal/testsite"
)

// moderates has somebody report what another wrote, be told of a decision about what they wrote, and appeal; what they write
// then is held. Their name is in all of it.
func (w *world) moderates(t *testing.T, p *testsite.Person, own, others *ent.Comment) {
	t.Helper()
	ctx := as(t, p)
	got(w.Report(ctx, consultation.ReportInput{Item: others.ID, Reason: report.ReasonOTHER, Text: "It names me, Jeanne Dupont."}))(t)
	row := got(w.Decide(as(t, w.Moderator), consultation.Decision{
		Item: own.ID, Action: moderation.ActionHIDE, Reason: ptr(moderation.ReasonOTHER), Facts: "Mrs Dupont gives her address.", Ground: "Charter, § 2",
	}, nil))(t)
	got(w.Appeal(ctx, row.ID, "It is not that of Jeanne Dupont.", nil))(t)
	w.asks(t, consultation.UpdateProcessInput{PreModeration: ptr(process.PreModerationALL)})
	held := got(w.PostComment(ctx, consultation.PostCommentInput{Subject: own.SubjectID, Body: "Jeanne Dupont waits."}))(t)
	if held.HeldAt == nil {
		t.Fatal("it is published")
	}
	w.asks(t, consultation.UpdateProcessInput{PreModeration: ptr(process.PreModerationNONE)})
}

// Of an erased account moderators keep what they decided, and nothing that was said; nothing of it waits for them.
func TestEraseFromModeration(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		p, theirs := w.jeanne(t)
		must(t, only(w.EraseAccount(as(t, p), ptr(password))))
		waiting := got(w.Read.ModerationCase.Query().Where(moderationcase.StateNEQ(moderationcase.StateDECIDED)).All(t.Context()))(t)
		if len(waiting) != 1 || waiting[0].ItemID != theirs.ID { // what she reported
			t.Errorf("moderators wait for %s", asJSON(waiting))
		}
		row := got(w.Read.Moderation.Query().Only(t.Context()))(t)
		if row.Facts != "" || row.Ground != "Charter, § 2" || *row.Reason != moderation.ReasonOTHER {
			t.Errorf("the decision says %+v", row)
		}
		if a := got(w.Read.Appeal.Query().Only(t.Context()))(t); a.Text != "" || a.State != appeal.StateLAPSED {
			t.Errorf("the appeal says %+v", a)
		}
		if r := got(w.Read.Report.Query().Only(t.Context()))(t); r.Text != "" || r.Reason != report.ReasonOTHER || r.Outcome != nil {
			t.Errorf("the report says %+v", r)
		}
	})
}
