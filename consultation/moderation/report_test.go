package moderation_test

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
	"ensemble/internal/testsite/scene"
	"ensemble/live"
)

// newReaders creates n people whose addresses are confirmed.
func newReaders(t testing.TB, w *scene.World, n int) []*testsite.Person {
	t.Helper()
	people := make([]*testsite.Person, n)
	for i := range people {
		people[i] = w.Person(t, fmt.Sprintf("reader-%s", w.NewID("x")[20:]))
		testsite.Must(t, w.Write.User.UpdateOneID(people[i].ID).SetEmailConfirmedAt(w.Now()).Exec(t.Context()))
	}
	return people
}

// reportBy has p report an item as spam.
func reportBy(t testing.TB, w *scene.World, p *testsite.Person, item string) *ent.Report {
	t.Helper()
	return testsite.Got(w.Report(scene.As(t, p), scene.Spam(item)))(t)
}

// decides runs a decision on an item, which must succeed, and compares what it announces. It must announce want, an
// entry of the public log and a change of the moderators' queue, all without saying who decided.
func decides(t testing.TB, w *scene.World, item string, do func() error, want scene.Fact) {
	t.Helper()
	before := w.LogHeads(t)
	testsite.Must(t, do())

	events := w.PublicSince(t, before)
	if len(events) != 3 {
		t.Fatalf("announced %s", scene.AsJSON(events))
	}

	row := testsite.Got(w.Read.Moderation.Query().Where(entmoderation.ItemID(item)).
		Order(ent.Desc(entmoderation.FieldID)).First(t.Context()))(t)
	for i, want := range []scene.Fact{
		want,
		scene.FactOf(moderation.ModerationLogTopic(w.Process.ID), live.ModerationLogged, row.ID, "", nil),
		scene.FactOf(moderation.ModerationQueueTopic(w.Process.ID), live.ModerationQueueChanged,
			w.CaseOf(t, item).ID, "", nil),
	} {

		e := events[i]
		if e.Topic != want.Topic || e.Type != want.Kind || e.Subject != want.Subject || e.Actor != want.Actor ||
			scene.AsJSON(e.Data) != scene.AsJSON(want.Data) {
			t.Errorf("event %d is %s, want %+v", i, scene.AsJSON(e), want)
		}
	}
}

// A report of a comment or an amendment waits for moderators. The same person who reports it again changes their
// report.
func TestReport(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		m, a := w.Comment(t, w.Alice, c.ID, "x"), w.Submitted(t, w.Alice, c, "deux", "trois")

		for _, item := range []string{m.ID, a.ID} {
			before := w.LogHeads(t)
			r := reportBy(t, w, w.Bob, item)
			if r.Reason != report.ReasonSPAM || r.ItemID != item || r.ReporterID != w.Bob.ID ||
				r.Outcome != nil || r.ProcessID != w.Process.ID {
				t.Errorf("%+v", r)
			}
			events := w.PublicSince(t, before)
			if len(events) != 1 || events[0].Topic != moderation.ModerationQueueTopic(w.Process.ID) ||
				events[0].Actor != "" {
				t.Errorf("a report announced %s", scene.AsJSON(events))
			}
			w.Waits(t, item, moderationcase.StateOPEN, 1)

			w.Clock.Advance(time.Minute)
			again := testsite.Got(w.Report(scene.As(t, w.Bob), moderation.ReportContentInput{
				Item: item, Reason: report.ReasonILLEGAL, Text: "\nLoi de 1881. ", IsInGoodFaith: true,
			}))(t)
			if again.ID != r.ID || again.Reason != report.ReasonILLEGAL || again.Text != "Loi de 1881." ||
				!again.UpdatedAt.After(r.UpdatedAt) {
				t.Errorf("the second report is %+v", again)
			}
			w.Waits(t, item, moderationcase.StateOPEN, 1)
		}
	})
}

// A report is refused when the item is the person's own or not public, and when it says too much or, of something
// illegal, too little.
func TestReportRefusals(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		m := w.Comment(t, w.Alice, c.ID, "x")

		gone := w.Comment(t, w.Alice, c.ID, "x")
		w.Reply(t, gone, "x")
		leaf := w.Comment(t, w.Alice, c.ID, "x")
		for _, removed := range []*ent.Comment{gone, leaf} {
			testsite.Must(t, scene.Only(w.DeleteComment(scene.As(t, w.Alice), roadmap.DeleteCommentInput{
				Comment: removed.ID,
			})))
		}

		hidden := w.Submitted(t, w.Alice, c, "deux", "trois")
		below := w.Comment(t, w.Alice, hidden.ID, "x")
		hide(t, w, hidden.ID)

		draft := w.DraftOf(t, w.Alice, c, "dix", "vingt")
		try := func(in moderation.ReportContentInput) func(ctx context.Context) error {
			return func(ctx context.Context) error { return scene.Only(w.Report(ctx, in)) }
		}
		illegal := moderation.ReportContentInput{Item: m.ID, Reason: report.ReasonILLEGAL, IsInGoodFaith: true}

		w.Refusals(t, []scene.RefusedCase{
			scene.Case("nobody", nil, refusal.Unauthenticated, "", try(scene.Spam(m.ID))),
			scene.Case("one's own", w.Alice, refusal.Forbidden, "", try(scene.Spam(m.ID))),
			scene.Case("nothing", w.Bob, refusal.NotFound, "item",
				try(scene.Spam("comment_0000000000000000000000000g"))),
			scene.Case("a commitment", w.Bob, refusal.NotFound, "item", try(scene.Spam(c.ID))),
			scene.Case("a person", w.Bob, refusal.NotFound, "item", try(scene.Spam(w.Alice.ID))),
			scene.Case("a deleted comment whose place is there", w.Bob, refusal.Conflict, "", try(scene.Spam(gone.ID))),
			scene.Case("a deleted comment", w.Bob, refusal.NotFound, "item", try(scene.Spam(leaf.ID))),
			scene.Case("a hidden amendment", w.Bob, refusal.NotFound, "item", try(scene.Spam(hidden.ID))),
			scene.Case("a comment on it", w.Bob, refusal.NotFound, "item", try(scene.Spam(below.ID))),
			scene.Case("a draft", w.Bob, refusal.NotFound, "item", try(scene.Spam(draft.ID))),
			scene.Case("too long", w.Bob, refusal.BadUserInput, "text",
				try(moderation.ReportContentInput{Item: m.ID, Reason: report.ReasonSPAM, Text: strings.Repeat("x", 1001)})),
			scene.Case("an override of direction", w.Bob, refusal.BadUserInput, "text",
				try(moderation.ReportContentInput{Item: m.ID, Reason: report.ReasonSPAM, Text: "x\u202ey"})),
			scene.Case("illegal without a law", w.Bob, refusal.BadUserInput, "text", try(illegal)),
			scene.Case("illegal without good faith", w.Bob, refusal.BadUserInput, "isInGoodFaith",
				try(moderation.ReportContentInput{Item: m.ID, Reason: report.ReasonILLEGAL, Text: "x"})),
		})

		testsite.Must(t, scene.Only(w.Report(scene.As(t, w.Bob), moderation.ReportContentInput{
			Item: m.ID, Reason: report.ReasonOTHER, Text: strings.Repeat("é", 1000),
		})))
	})
}

// Three people who report an item hide it, if their addresses are confirmed. Reports of others count for the moderators
// only.
func TestReportsHide(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		root := testsite.Got(w.PostComment(scene.As(t, w.Alice), roadmap.PostCommentInput{
			Subject: c.ID, Body: "x", Alignment: scene.Ptr(comment.AlignmentFOR),
		}))(t)
		w.Reply(t, root, "x")
		readers := newReaders(t, w, 3)

		reportBy(t, w, w.Signatory, root.ID) // whose address is not confirmed
		reportBy(t, w, readers[0], root.ID)
		reportBy(t, w, readers[1], root.ID)
		reportBy(t, w, readers[1], root.ID)
		if m := w.CommentNow(t, root); m.HiddenAt != nil {
			t.Fatal("hidden too early")
		}

		before := w.LogHeads(t)
		reportBy(t, w, readers[2], root.ID)
		events := w.PublicSince(t, before)
		counts := scene.Data{"subject": c.ID, "commentCount": 1, "for": 0, "against": 0, "neutral": 0}
		if len(events) != 3 || events[0].Type != live.CommentRemoved || events[0].Actor != "" ||
			scene.AsJSON(events[0].Data) != scene.AsJSON(counts) {
			t.Errorf("announced %s", scene.AsJSON(events))
		}

		row := testsite.Got(w.Read.Moderation.Query().Only(t.Context()))(t)
		if !row.Automated || row.DeciderID != nil || row.Action != entmoderation.ActionHIDE ||
			*row.Reason != entmoderation.ReasonSPAM || row.Facts != "" {
			t.Errorf("%+v", row)
		}

		audit := testsite.Got(w.Read.AuditEntry.Query().Where(auditentry.SubjectID(root.ID)).Only(t.Context()))(t)
		if audit.ActorID != nil || audit.Act != "hideContent" {
			t.Errorf("the audit blames %+v", audit)
		}

		w.Waits(t, root.ID, moderationcase.StateOPEN, 4)
		if m := w.CommentNow(t, root); m.HiddenAt == nil || m.DescendantCount != 1 {
			t.Errorf("%+v", m)
		}

		w.Refused(t, refusal.Conflict, "", func() error { // its place is public
			return scene.Only(w.Report(scene.As(t, w.Bob), scene.Spam(root.ID)))
		})

		counts = scene.Data{"subject": c.ID, "commentCount": 2, "for": 1, "against": 0, "neutral": 0}
		wantLetStand(t, w, root, readers, scene.FactOf(c.ID, live.CommentRestored, root.ID, "", counts))
	})
}

// wantLetStand has a moderator find that what readers reported conforms to the rules, and announce it so.
// Then those who reported it cannot do so again, and others do not hide it.
func wantLetStand(t *testing.T, w *scene.World, root *ent.Comment, readers []*testsite.Person, restored scene.Fact) {
	t.Helper()
	decides(t, w, root.ID, deciding(t, w, w.Moderator, dismissal(root.ID)), restored)
	w.Waits(t, root.ID, moderationcase.StateDECIDED, 0)

	for _, p := range readers {
		w.Refused(t, refusal.Conflict, "", func() error {
			return scene.Only(w.Report(scene.As(t, p), scene.Spam(root.ID)))
		})
	}

	for _, p := range newReaders(t, w, 3) {
		reportBy(t, w, p, root.ID)
	}
	if m := w.CommentNow(t, root); m.HiddenAt != nil {
		t.Error("three new reporters hid what a moderator let stand")
	}
}

// dismissal is a moderator's decision that an item conforms to the rules.
func dismissal(item string) moderation.Decision {
	return moderation.Decision{Item: item, Action: entmoderation.ActionDISMISS, Facts: "Relu."}
}

// The process says how many reports hide an item; 0 means that none do.
func TestReportsHideAsTheProcessSays(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		readers := newReaders(t, w, 5)

		for _, need := range []int{0, 1, 5} {
			testsite.Must(t, scene.Only(w.UpdateProcess(scene.As(t, w.Admin), processes.UpdateProcessInput{
				Process: w.Process.ID, ReportsToHide: &need,
			})))

			a := w.Submitted(t, w.Alice, c, "deux", fmt.Sprint(need))

			for i, p := range readers {
				before := w.AmendmentNow(t, a).HiddenAt != nil
				if want := need > 0 && i >= need; before != want {
					t.Fatalf("of %d: hidden is %t after %d", need, before, i)
				}
				if !before {
					reportBy(t, w, p, a.ID)
				}
			}

			if hidden := w.AmendmentNow(t, a).HiddenAt != nil; hidden != (need > 0) {
				t.Errorf("of %d: hidden is %t in the end", need, hidden)
			}
		}
	})
}

// The same person may report a comment again after its author changed it.
func TestReportAgainAfterAnEdit(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		m := w.Comment(t, w.Alice, w.SomeCommitment(t).ID, "x")
		r := reportBy(t, w, w.Bob, m.ID)
		testsite.Must(t, scene.Only(w.Decide(scene.As(t, w.Moderator), dismissal(m.ID))))
		r = testsite.Got(w.Read.Report.Get(t.Context(), r.ID))(t)
		if *r.Outcome != report.OutcomeKEPT || r.ModerationID == nil || r.DecidedAt == nil {
			t.Errorf("%+v", r)
		}
		w.Refused(t, refusal.Conflict, "", func() error {
			return scene.Only(w.Report(scene.As(t, w.Bob), scene.Spam(m.ID)))
		})

		w.Clock.Advance(time.Second)
		testsite.Must(t, scene.Only(w.EditComment(scene.As(t, w.Alice), roadmap.EditCommentInput{
			Comment: m.ID, Body: "Pire.",
		})))
		again := reportBy(t, w, w.Bob, m.ID)
		if again.ID != r.ID || again.Outcome != nil || again.ModerationID != nil {
			t.Errorf("%+v", again)
		}
		w.Waits(t, m.ID, moderationcase.StateOPEN, 1)
	})
}

// When its author deletes a reported item, the reports are settled, and so is an appeal. Nobody can decide on it any
// more.
func TestDeletedItemsWaitForNobody(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		m := w.Comment(t, w.Alice, c.ID, "x")
		r := reportBy(t, w, w.Bob, m.ID)

		testsite.Must(t, scene.Only(w.DeleteComment(scene.As(t, w.Alice), roadmap.DeleteCommentInput{Comment: m.ID})))
		w.Waits(t, m.ID, moderationcase.StateDECIDED, 0)
		if r = testsite.Got(w.Read.Report.Get(t.Context(), r.ID))(t); *r.Outcome != report.OutcomeGONE {
			t.Errorf("%+v", r)
		}
		w.Refused(t, refusal.Conflict, "", deciding(t, w, w.Moderator, scene.Hiding(m.ID)))

		hidden := w.Comment(t, w.Alice, c.ID, "y")
		row := hide(t, w, hidden.ID)
		a := appealBy(t, w, w.Alice, row.ID, "Pourquoi ?")
		testsite.Must(t, scene.Only(w.DeleteComment(scene.As(t, w.Alice), roadmap.DeleteCommentInput{
			Comment: hidden.ID,
		})))
		if a = testsite.Got(w.Read.Appeal.Get(t.Context(), a.ID))(t); a.State != "LAPSED" {
			t.Errorf("the appeal is %s", a.State)
		}

		w.Refused(t, refusal.Conflict, "", func() error {
			return scene.Only(w.DecideAppeal(scene.As(t, w.Admin), moderation.DecideAppealInput{
				Appeal: a.ID, Overturn: true, Statement: "x",
			}))
		})
		w.Refused(t, refusal.Conflict, "", deciding(t, w, w.Moderator, restoring(hidden.ID)))
	})
}
