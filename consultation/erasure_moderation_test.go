package consultation_test

import (
	"testing"
	"time"

	"ensemble/consultation"
	"ensemble/consultation/moderation"
	"ensemble/consultation/processes"
	"ensemble/consultation/roadmap"
	"ensemble/ent"
	"ensemble/ent/appeal"
	entmoderation "ensemble/ent/moderation"
	"ensemble/ent/moderationcase"
	"ensemble/ent/process"
	"ensemble/ent/report"
	"ensemble/internal/testsite"
	"ensemble/internal/testsite/scene"
)

// moderates brings p to the moderators: p reports what another wrote, sees their own comment hidden, appeals against
// that, and writes a comment that is held. The name of p is in the words of all of it.
func moderates(t *testing.T, w *scene.World, p *testsite.Person, own, others *ent.Comment) {
	t.Helper()
	ctx := scene.As(t, p)

	testsite.Got(w.Report(ctx, moderation.ReportContentInput{
		Item: others.ID, Reason: report.ReasonOTHER, Text: "It names me, Jeanne Dupont.",
	}))(t)

	row := testsite.Got(w.Decide(scene.As(t, w.Moderator), moderation.Decision{
		Item: own.ID, Action: entmoderation.ActionHIDE, Reason: scene.Ptr(entmoderation.ReasonOTHER),
		Facts: "Mrs Dupont gives her address.", Ground: "Charter, § 2",
	}))(t)
	testsite.Got(w.Appeal(ctx, moderation.AppealDecisionInput{Moderation: row.ID, Text: "It is not that of Jeanne Dupont."}))(t)

	w.SetModeration(t, processes.UpdateProcessInput{PreModeration: scene.Ptr(process.PreModerationALL)})
	held := testsite.Got(w.PostComment(ctx,
		roadmap.PostCommentInput{Subject: own.SubjectID, Body: "Jeanne Dupont waits."}))(t)
	if held.HeldAt == nil {
		t.Fatal("it is published")
	}
	w.SetModeration(t, processes.UpdateProcessInput{PreModeration: scene.Ptr(process.PreModerationNONE)})
}

// After an erasure the decisions of moderators stay, the words that explained them are gone, and no case of the erased
// person waits for a moderator.
func TestEraseFromModeration(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		p, theirs := jeanne(t, w)
		testsite.Must(t, scene.Only(w.EraseAccount(scene.As(t, p), consultation.EraseAccountInput{
			Password: scene.Ptr(scene.Password),
		})))
		isOpen := moderationcase.StateNEQ(moderationcase.StateDECIDED)
		waiting := testsite.Got(w.Read.ModerationCase.Query().Where(isOpen).All(t.Context()))(t)
		if len(waiting) != 1 || waiting[0].ItemID != theirs.ID { // what she reported
			t.Errorf("moderators wait for %s", scene.AsJSON(waiting))
		}

		row := testsite.Got(w.Read.Moderation.Query().Only(t.Context()))(t)
		if row.Facts != "" || row.Ground != "Charter, § 2" || *row.Reason != entmoderation.ReasonOTHER {
			t.Errorf("the decision says %+v", row)
		}

		a := testsite.Got(w.Read.Appeal.Query().Only(t.Context()))(t)
		if a.Text != "" || a.State != appeal.StateLAPSED {
			t.Errorf("the appeal says %+v", a)
		}

		r := testsite.Got(w.Read.Report.Query().Only(t.Context()))(t)
		if r.Text != "" || r.Reason != report.ReasonOTHER || r.Outcome != nil {
			t.Errorf("the report says %+v", r)
		}
	})
}

// What others said about an erased person's comment is erased too. What they say later stays until a moderator has
// decided about it, and no longer.
func TestEraseWordsOfOthers(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		decided, open := w.Comment(t, w.Alice, c.ID, "x"), w.Comment(t, w.Alice, c.ID, "y")
		later := w.Comment(t, w.Alice, c.ID, "z")

		others := w.Comment(t, w.Signatory, c.ID, "x")
		says := func(p *testsite.Person, item *ent.Comment) string {
			return testsite.Got(w.Report(scene.As(t, p), moderation.ReportContentInput{
				Item: item.ID, Reason: report.ReasonOTHER, Text: "Alice Martin again.",
			}))(t).ID
		}
		words := func(id string) string { return testsite.Got(w.Read.Report.Get(t.Context(), id))(t).Text }
		decide := func(item *ent.Comment) *ent.Moderation {
			return testsite.Got(w.Decide(scene.As(t, w.Moderator), moderation.Decision{
				Item: item.ID, Action: entmoderation.ActionHIDE, Reason: scene.Ptr(entmoderation.ReasonOTHER),
				Facts: "Alice Martin gives her address.", Ground: "Charter, § 2",
			}))(t)
		}

		before, elsewhere := []string{says(w.Bob, decided), says(w.Bob, open)}, says(w.Bob, others)

		decide(decided)
		testsite.Must(t, scene.Only(w.EraseAccount(scene.As(t, w.Alice), consultation.EraseAccountInput{})))
		for _, id := range before {
			if said := words(id); said != "" {
				t.Errorf("a report of before says %q", said)
			}
		}
		if words(elsewhere) == "" {
			t.Error("a report on what somebody else wrote says nothing any more")
		}

		w.Clock.Advance(time.Hour)
		after := says(w.Bob, later)
		testsite.Must(t, w.Jobs.Do(t.Context(), "erase again"))
		if words(after) == "" {
			t.Error("the moderators cannot read why it was reported")
		}

		w.Clock.Advance(48 * time.Hour)
		if row := decide(later); row.Facts != "" || row.Ground != "Charter, § 2" {
			t.Errorf("two days later the decision says %+v", row)
		}
		if said := words(after); said != "" {
			t.Errorf("once decided, the report says %q", said)
		}
		if row := decide(others); row.Facts == "" || words(elsewhere) == "" {
			t.Errorf("of somebody who is here the decision says %+v", row)
		}
		if named := naming(t, w, "charter"); len(named) == 0 {
			t.Error("the rule is gone")
		}
	})
}
