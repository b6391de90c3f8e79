package consultation_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"ensemble/consultation/moderation"
	"ensemble/consultation/processes"
	"ensemble/consultation/refusal"
	"ensemble/consultation/roadmap"
	"ensemble/ent"
	"ensemble/ent/auditentry"
	"ensemble/ent/comment"
	entmoderation "ensemble/ent/moderation"
	"ensemble/ent/moderationcase"
	"ensemble/ent/report"
	"ensemble/internal/testsite"
	"ensemble/live"
)

// readers are n people whose addresses are confirmed.
func (w *world) readers(t testing.TB, n int) []*testsite.Person {
	t.Helper()
	people := make([]*testsite.Person, n)
	for i := range people {
		people[i] = w.Person(t, fmt.Sprintf("reader-%s", w.NewID("x")[20:]))
		must(t, w.Write.User.UpdateOneID(people[i].ID).SetEmailConfirmedAt(w.Now()).Exec(t.Context()))
	}
	return people
}

func spam(item string) moderation.ReportInput {
	return moderation.ReportInput{Item: item, Reason: report.ReasonSPAM, Text: "Une publicité."}
}

func (w *world) report(t testing.TB, p *testsite.Person, item string) *ent.Report {
	t.Helper()
	return got(w.Report(as(t, p), spam(item)))(t)
}

// caseOf is the case of an item.
func (w *world) caseOf(t testing.TB, item string) *ent.ModerationCase {
	t.Helper()
	return got(w.Read.ModerationCase.Query().Where(moderationcase.ItemID(item)).Only(t.Context()))(t)
}

// waits compares what a case waits for, and for how many reporters.
func (w *world) waits(t testing.TB, item string, state moderationcase.State, reports int) *ent.ModerationCase {
	t.Helper()
	c := w.caseOf(t, item)
	if c.State != state || c.ReportCount != reports {
		t.Errorf("the case is %s with %d reports, want %s with %d", c.State, c.ReportCount, state, reports)
	}
	return c
}

// decides runs a decision on an item, which must succeed, and compares what it announces: want, an entry of the public log,
// and a change of the moderators' queue, all in nobody's name.
func (w *world) decides(t testing.TB, item string, do func() error, want fact) {
	t.Helper()
	before := w.heads(t)
	must(t, do())
	events := w.publicSince(t, before)
	if len(events) != 3 {
		t.Fatalf("announced %s", asJSON(events))
	}
	row := got(w.Read.Moderation.Query().Where(entmoderation.ItemID(item)).Order(ent.Desc(entmoderation.FieldID)).First(t.Context()))(t)
	for i, want := range []fact{
		want,
		{moderation.ModerationLogTopic(w.Process.ID), live.ModerationLogged, row.ID, "", nil},
		{moderation.ModerationQueueTopic(w.Process.ID), live.ModerationQueueChanged, w.caseOf(t, item).ID, "", nil},
	} {
		e := events[i]
		if e.Topic != want.topic || e.Type != want.kind || e.Subject != want.subject || e.Actor != want.actor || asJSON(e.Data) != asJSON(want.data) {
			t.Errorf("event %d is %s, want %+v", i, asJSON(e), want)
		}
	}
}

func TestReport(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.commitment(t)
		m, a := w.Comment(t, w.Alice, c.ID, "x"), w.submitted(t, w.Alice, c, "deux", "trois")
		for _, item := range []string{m.ID, a.ID} {
			before := w.heads(t)
			r := w.report(t, w.Bob, item)
			if r.Reason != report.ReasonSPAM || r.ItemID != item || r.ReporterID != w.Bob.ID || r.Outcome != nil || r.ProcessID != w.Process.ID {
				t.Errorf("%+v", r)
			}
			if events := w.publicSince(t, before); len(events) != 1 || events[0].Topic != moderation.ModerationQueueTopic(w.Process.ID) || events[0].Actor != "" {
				t.Errorf("a report announced %s", asJSON(events))
			}
			w.waits(t, item, moderationcase.StateOPEN, 1)
			w.Clock.Advance(time.Minute)
			again := got(w.Report(as(t, w.Bob), moderation.ReportInput{Item: item, Reason: report.ReasonILLEGAL, Text: "\nLoi de 1881. ", GoodFaith: true}))(t)
			if again.ID != r.ID || again.Reason != report.ReasonILLEGAL || again.Text != "Loi de 1881." || !again.UpdatedAt.After(r.UpdatedAt) {
				t.Errorf("the second report is %+v", again)
			}
			w.waits(t, item, moderationcase.StateOPEN, 1)
		}
	})
}

func TestReportRefusals(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.commitment(t)
		m := w.Comment(t, w.Alice, c.ID, "x")
		gone := w.Comment(t, w.Alice, c.ID, "x")
		w.reply(t, gone, "x")
		leaf := w.Comment(t, w.Alice, c.ID, "x")
		for _, removed := range []*ent.Comment{gone, leaf} {
			must(t, only(w.DeleteComment(as(t, w.Alice), roadmap.DeleteCommentInput{Comment: removed.ID})))
		}
		hidden := w.submitted(t, w.Alice, c, "deux", "trois")
		below := w.Comment(t, w.Alice, hidden.ID, "x")
		w.hide(t, hidden.ID)
		draft := w.draft(t, w.Alice, c, "dix", "vingt")
		try := func(in moderation.ReportInput) func(ctx context.Context) error {
			return func(ctx context.Context) error { return only(w.Report(ctx, in)) }
		}
		illegal := moderation.ReportInput{Item: m.ID, Reason: report.ReasonILLEGAL, GoodFaith: true}
		w.refusals(t, []refusedCase{
			{"nobody", nil, refusal.Unauthenticated, "", try(spam(m.ID))},
			{"one's own", w.Alice, refusal.Forbidden, "", try(spam(m.ID))},
			{"nothing", w.Bob, refusal.NotFound, "item", try(spam("comment_0000000000000000000000000g"))},
			{"a commitment", w.Bob, refusal.NotFound, "item", try(spam(c.ID))},
			{"a person", w.Bob, refusal.NotFound, "item", try(spam(w.Alice.ID))},
			{"a deleted comment whose place is there", w.Bob, refusal.Conflict, "", try(spam(gone.ID))},
			{"a deleted comment", w.Bob, refusal.NotFound, "item", try(spam(leaf.ID))},
			{"a hidden amendment", w.Bob, refusal.NotFound, "item", try(spam(hidden.ID))},
			{"a comment on it", w.Bob, refusal.NotFound, "item", try(spam(below.ID))},
			{"a draft", w.Bob, refusal.NotFound, "item", try(spam(draft.ID))},
			{"too long", w.Bob, refusal.BadUserInput, "text", try(moderation.ReportInput{Item: m.ID, Reason: report.ReasonSPAM, Text: strings.Repeat("x", 1001)})},
			{"an override of direction", w.Bob, refusal.BadUserInput, "text", try(moderation.ReportInput{Item: m.ID, Reason: report.ReasonSPAM, Text: "x\u202ey"})},
			{"illegal without a law", w.Bob, refusal.BadUserInput, "text", try(illegal)},
			{"illegal without good faith", w.Bob, refusal.BadUserInput, "goodFaith", try(moderation.ReportInput{Item: m.ID, Reason: report.ReasonILLEGAL, Text: "x"})},
		})
		must(t, only(w.Report(as(t, w.Bob), moderation.ReportInput{Item: m.ID, Reason: report.ReasonOTHER, Text: strings.Repeat("é", 1000)})))
	})
}

// Three confirmed reporters hide; others count for the moderators only.
func TestReportsHide(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.commitment(t)
		root := got(w.PostComment(as(t, w.Alice), roadmap.PostCommentInput{Subject: c.ID, Body: "x", Alignment: ptr(comment.AlignmentFOR)}))(t)
		w.reply(t, root, "x")
		readers := w.readers(t, 3)
		w.report(t, w.Signatory, root.ID) // whose address is not confirmed
		w.report(t, readers[0], root.ID)
		w.report(t, readers[1], root.ID)
		w.report(t, readers[1], root.ID)
		if m := w.reread(t, root); m.HiddenAt != nil {
			t.Fatal("hidden too early")
		}
		before := w.heads(t)
		w.report(t, readers[2], root.ID)
		events := w.publicSince(t, before)
		if len(events) != 3 || events[0].Type != live.CommentRemoved || events[0].Actor != "" || asJSON(events[0].Data) !=
			asJSON(data{"subject": c.ID, "commentCount": 1, "for": 0, "against": 0, "neutral": 0}) {
			t.Errorf("announced %s", asJSON(events))
		}
		row := got(w.Read.Moderation.Query().Only(t.Context()))(t)
		if !row.Automated || row.DeciderID != nil || row.Action != entmoderation.ActionHIDE || *row.Reason != entmoderation.ReasonSPAM || row.Facts != "" {
			t.Errorf("%+v", row)
		}
		audit := got(w.Read.AuditEntry.Query().Where(auditentry.SubjectID(root.ID)).Only(t.Context()))(t)
		if audit.ActorID != nil || audit.Act != "hide" {
			t.Errorf("the audit blames %+v", audit)
		}
		w.waits(t, root.ID, moderationcase.StateOPEN, 4)
		if m := w.reread(t, root); m.HiddenAt == nil || m.DescendantCount != 1 {
			t.Errorf("%+v", m)
		}
		w.refused(t, refusal.Conflict, "", func() error { return only(w.Report(as(t, w.Bob), spam(root.ID))) }) // its place is public

		// A moderator finds that it keeps to the rules: nobody who reported it can do it again, and others do not hide it.
		w.decides(t, root.ID, func() error { return only(w.Decide(as(t, w.Moderator), dismissal(root.ID))) },
			fact{c.ID, live.CommentRestored, root.ID, "", data{"subject": c.ID, "commentCount": 2, "for": 1, "against": 0, "neutral": 0}})
		w.waits(t, root.ID, moderationcase.StateDECIDED, 0)
		for _, p := range readers {
			w.refused(t, refusal.Conflict, "", func() error { return only(w.Report(as(t, p), spam(root.ID))) })
		}
		for _, p := range w.readers(t, 3) {
			w.report(t, p, root.ID)
		}
		if m := w.reread(t, root); m.HiddenAt != nil {
			t.Error("three new reporters hid what a moderator let stand")
		}
	})
}

func dismissal(item string) moderation.Decision {
	return moderation.Decision{Item: item, Action: entmoderation.ActionDISMISS, Facts: "Relu."}
}

// How many it takes is the process's to say; 0 is never.
func TestReportsHideAsTheProcessSays(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.commitment(t)
		readers := w.readers(t, 5)
		for _, need := range []int{0, 1, 5} {
			must(t, only(w.UpdateProcess(as(t, w.Admin), processes.UpdateProcessInput{Process: w.Process.ID, ReportsToHide: &need})))
			a := w.submitted(t, w.Alice, c, "deux", fmt.Sprint(need))
			for i, p := range readers {
				before := w.current(t, a).HiddenAt != nil
				if want := need > 0 && i >= need; before != want {
					t.Fatalf("of %d: hidden is %t after %d", need, before, i)
				}
				if !before {
					w.report(t, p, a.ID)
				}
			}
			if hidden := w.current(t, a).HiddenAt != nil; hidden != (need > 0) {
				t.Errorf("of %d: hidden is %t in the end", need, hidden)
			}
		}
	})
}

// A comment that its author changed after a decision can be reported again, by the same person.
func TestReportAgainAfterAnEdit(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		m := w.Comment(t, w.Alice, w.commitment(t).ID, "x")
		r := w.report(t, w.Bob, m.ID)
		must(t, only(w.Decide(as(t, w.Moderator), dismissal(m.ID))))
		if r = got(w.Read.Report.Get(t.Context(), r.ID))(t); *r.Outcome != report.OutcomeKEPT || r.ModerationID == nil || r.DecidedAt == nil {
			t.Errorf("%+v", r)
		}
		w.refused(t, refusal.Conflict, "", func() error { return only(w.Report(as(t, w.Bob), spam(m.ID))) })
		w.Clock.Advance(time.Second)
		must(t, only(w.EditComment(as(t, w.Alice), roadmap.EditCommentInput{Comment: m.ID, Body: "Pire."})))
		again := w.report(t, w.Bob, m.ID)
		if again.ID != r.ID || again.Outcome != nil || again.ModerationID != nil {
			t.Errorf("%+v", again)
		}
		w.waits(t, m.ID, moderationcase.StateOPEN, 1)
	})
}

// What its author deletes waits for nobody.
func TestDeletedItemsWaitForNobody(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.commitment(t)
		m := w.Comment(t, w.Alice, c.ID, "x")
		r := w.report(t, w.Bob, m.ID)
		must(t, only(w.DeleteComment(as(t, w.Alice), roadmap.DeleteCommentInput{Comment: m.ID})))
		w.waits(t, m.ID, moderationcase.StateDECIDED, 0)
		if r = got(w.Read.Report.Get(t.Context(), r.ID))(t); *r.Outcome != report.OutcomeGONE {
			t.Errorf("%+v", r)
		}
		w.refused(t, refusal.Conflict, "", func() error { return only(w.Decide(as(t, w.Moderator), hiding(m.ID))) })

		hidden := w.Comment(t, w.Alice, c.ID, "y")
		row := w.hide(t, hidden.ID)
		a := got(w.Appeal(as(t, w.Alice), moderation.AppealInput{Moderation: row.ID, Text: "Pourquoi ?"}))(t)
		must(t, only(w.DeleteComment(as(t, w.Alice), roadmap.DeleteCommentInput{Comment: hidden.ID})))
		if a = got(w.Read.Appeal.Get(t.Context(), a.ID))(t); a.State != "LAPSED" {
			t.Errorf("the appeal is %s", a.State)
		}
		w.refused(t, refusal.Conflict, "", func() error {
			return only(w.DecideAppeal(as(t, w.Admin), moderation.DecideAppealInput{Appeal: a.ID, Overturn: true, Statement: "x"}))
		})
		w.refused(t, refusal.Conflict, "", func() error {
			return only(w.Decide(as(t, w.Moderator), moderation.Decision{Item: hidden.ID, Action: entmoderation.ActionRESTORE, Facts: "Relu."}))
		})
	})
}
