package moderation_test

import (
	"context"
	"strings"
	"testing"

	"ensemble/consultation/moderation"
	"ensemble/consultation/processes"
	"ensemble/consultation/refusal"
	"ensemble/consultation/roadmap"
	"ensemble/ent"
	"ensemble/ent/amendment"
	"ensemble/ent/auditentry"
	"ensemble/ent/comment"
	entmoderation "ensemble/ent/moderation"
	"ensemble/ent/moderationcase"
	"ensemble/ent/report"
	"ensemble/ent/role"
	"ensemble/ent/user"
	"ensemble/internal/testsite"
	"ensemble/internal/testsite/scene"
	"ensemble/live"
)

// restoring is a moderator's decision to restore an item.
func restoring(item string) moderation.Decision {
	return moderation.Decision{Item: item, Action: entmoderation.ActionRESTORE, Facts: "Relu."}
}

// hide has a moderator hide an item.
func hide(t testing.TB, w *scene.World, item string) *ent.Moderation {
	t.Helper()
	return testsite.Got(w.Decide(scene.As(t, w.Moderator), scene.Hiding(item)))(t)
}

// deciding returns a step in which p takes a decision.
func deciding(t testing.TB, w *scene.World, p *testsite.Person, d moderation.Decision) func() error {
	return func() error { return scene.Only(w.Decide(scene.As(t, p), d)) }
}

// A hidden comment is announced without its moderator, answers the reports on it and is in the audit without the facts.
// Its place stays as long as an answer needs it; restored, it counts again.
func TestHideAndRestoreAComment(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		root := testsite.Got(w.PostComment(scene.As(t, w.Alice), roadmap.PostCommentInput{
			Subject: c.ID, Body: "x", Alignment: scene.Ptr(comment.AlignmentAGAINST),
		}))(t)
		answer := w.Reply(t, root, "x")
		r := reportBy(t, w, w.Bob, root.ID)
		counts := func(n, against int) scene.Data {
			return scene.Data{"subject": c.ID, "commentCount": n, "for": 0, "against": against, "neutral": 0}
		}

		var row *ent.Moderation
		decides(t, w, root.ID, func() (err error) {
			row, err = w.Decide(scene.As(t, w.Moderator), scene.Hiding(root.ID))
			return err
		}, scene.FactOf(c.ID, live.CommentRemoved, root.ID, "", counts(1, 0)))

		if row.Automated || *row.DeciderID != w.Moderator.ID || *row.Reason != entmoderation.ReasonOFFENSIVE ||
			row.Facts != "Une insulte." || row.Ground != "Charte, § 3" {
			t.Errorf("%+v", row)
		}
		r = testsite.Got(w.Read.Report.Get(t.Context(), r.ID))(t)
		if *r.Outcome != report.OutcomeHIDDEN || *r.ModerationID != row.ID {
			t.Errorf("%+v", r)
		}
		audit := testsite.Got(w.Read.AuditEntry.Query().Where(auditentry.SubjectID(root.ID)).Only(t.Context()))(t)
		if *audit.ActorID != w.Moderator.ID || audit.Act != "hideContent" || audit.SubjectID != root.ID ||
			strings.Contains(scene.AsJSON(audit), "insulte") {
			t.Errorf("the audit says %+v", audit)
		}

		kept := scene.PublicNodes(t, w.PublicComments().AllX(t.Context()))
		if len(kept) != 2 {
			t.Errorf("%d comments keep a place", len(kept))
		}
		w.Waits(t, root.ID, moderationcase.StateDECIDED, 0)

		decides(t, w, root.ID, deciding(t, w, w.Admin, restoring(root.ID)),
			scene.FactOf(c.ID, live.CommentRestored, root.ID, "", counts(2, 1)))
		hide(t, w, answer.ID)
		if ids := scene.PublicNodes(t, w.PublicComments().AllX(t.Context())); len(ids) != 1 || ids[0] != root.ID {
			t.Errorf("public are %v", ids)
		}
	})
}

// A hidden amendment vanishes with its comments, and nobody can decide on it or say anything there. Restored, all of it
// is back.
func TestHideAndRestoreAnAmendment(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		a := w.Submitted(t, w.Alice, c, "deux", "trois")
		m := w.Comment(t, w.Bob, a.ID, "x")
		other := w.Submitted(t, w.Bob, c, "dix", "vingt")

		decides(t, w, a.ID, deciding(t, w, w.Moderator, scene.Hiding(a.ID)),
			scene.FactOf(c.ID, live.AmendmentHidden, a.ID, "", scene.Data{"subject": a.ID, "amendmentCount": 1}))
		if ids := scene.PublicNodes(t, w.PublicAmendments().AllX(t.Context())); len(ids) != 1 || ids[0] != other.ID {
			t.Errorf("public amendments are %v", ids)
		}
		if n := w.PublicComments().CountX(t.Context()); n != 0 {
			t.Errorf("%d comments are public", n)
		}

		ctx := scene.As(t, w.Steering)
		w.Refusals(t, onAHiddenAmendment(w, a, m))
		if _, _, err := w.TopicOf(t.Context(), "subject", a.ID); refusal.CodeOf(err) != refusal.NotFound {
			t.Errorf("its thread can be watched: %v", err)
		}

		w.Told.Take()
		w.Accept(t, other)
		testsite.Must(t, w.Jobs.Do(t.Context(), "announce phases", "compare amendments"))
		for _, e := range w.Told.Take() {
			if e.Subject == a.ID {
				t.Errorf("%s tells of the hidden amendment", e.Type)
			}
		}

		decides(t, w, a.ID, deciding(t, w, w.Moderator, restoring(a.ID)),
			scene.FactOf(c.ID, live.AmendmentRestored, a.ID, "", scene.Data{"subject": a.ID, "amendmentCount": 2}))
		// The text moved on meanwhile: the amendment is compared with it.
		testsite.Must(t, w.Jobs.Do(t.Context(), "announce phases", "compare amendments"))
		if a = w.AmendmentNow(t, a); a.MergeState != amendment.MergeStateMERGEABLE || a.MergeChecked != 2 {
			t.Errorf("it stands %s against version %d", a.MergeState, a.MergeChecked)
		}

		testsite.Must(t, scene.Only(w.AcceptAmendment(ctx, roadmap.AcceptAmendmentInput{Amendment: a.ID})))
		hide(t, w, a.ID) // what it made stays
		if v := w.VersionNow(t, c); !strings.Contains(v.Body["fr"], "trois") {
			t.Errorf("the text is %q", v.Body["fr"])
		}

		// Its comments can be deleted also while nobody sees them.
		testsite.Must(t, scene.Only(w.DeleteComment(scene.As(t, w.Bob), roadmap.DeleteCommentInput{Comment: m.ID})))
	})
}

// onAHiddenAmendment lists what is refused on Alice's amendment a, which is hidden, and on Bob's comment m below it.
func onAHiddenAmendment(w *scene.World, a *ent.Amendment, m *ent.Comment) []scene.RefusedCase {
	return []scene.RefusedCase{
		// What is decided about the amendment.
		scene.Case("accept", w.Steering, refusal.NotFound, "amendment", func(ctx context.Context) error {
			return scene.Only(w.AcceptAmendment(ctx, roadmap.AcceptAmendmentInput{Amendment: a.ID}))
		}),
		scene.Case("reject", w.Steering, refusal.NotFound, "amendment", func(ctx context.Context) error {
			return scene.Only(w.RejectAmendment(ctx, roadmap.RejectAmendmentInput{Amendment: a.ID, Reason: "x"}))
		}),
		scene.Case("withdraw", w.Alice, refusal.Conflict, "", func(ctx context.Context) error {
			return scene.Only(w.WithdrawAmendment(ctx, roadmap.WithdrawAmendmentInput{Amendment: a.ID}))
		}),
		scene.Case("withdraw as somebody", w.Bob, refusal.NotFound, "amendment", func(ctx context.Context) error {
			return scene.Only(w.WithdrawAmendment(ctx, roadmap.WithdrawAmendmentInput{Amendment: a.ID}))
		}),

		// What is said about it, and below it.
		scene.Case("comment", w.Bob, refusal.NotFound, "subject", func(ctx context.Context) error {
			return w.TryComment(ctx, roadmap.PostCommentInput{Subject: a.ID, Body: "x"})
		}),
		scene.Case("vote", w.Signatory, refusal.NotFound, "comment", func(ctx context.Context) error {
			return scene.Only(w.VoteComment(ctx, roadmap.VoteCommentInput{Comment: m.ID, Value: 1}))
		}),
		scene.Case("edit a comment on it", w.Bob, refusal.Closed, "", func(ctx context.Context) error {
			return scene.Only(w.EditComment(ctx, roadmap.EditCommentInput{Comment: m.ID, Body: "y"}))
		}),
	}
}

// A comment on an amendment that is decided, or on a commitment that is closed, can be hidden and restored, too.
func TestRestoreInAnyState(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		a := w.Submitted(t, w.Alice, c, "deux", "trois")
		onIt, onCommitment := w.Comment(t, w.Bob, a.ID, "x"), w.Comment(t, w.Bob, c.ID, "x")

		w.Accept(t, a)
		w.Move(t, c, "ADOPTED")
		for _, m := range []*ent.Comment{onIt, onCommitment} {
			hide(t, w, m.ID)
			testsite.Must(t, scene.Only(w.Decide(scene.As(t, w.Moderator), restoring(m.ID))))
		}
	})
}

// A decision is refused when the item is not there for this moderator, is their own or does not stand so that the
// decision applies, and when its statement of reasons is not complete.
func TestModeratorsRefusals(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)

		m, hidden := w.Comment(t, w.Alice, c.ID, "x"), w.Comment(t, w.Alice, c.ID, "y")
		own := w.Comment(t, w.Moderator, c.ID, "z")
		reportBy(t, w, w.Bob, own.ID)
		hide(t, w, hidden.ID)
		reported, held := w.Comment(t, w.Alice, c.ID, "v"), heldComment(t, w, w.Alice, c.ID)
		reportBy(t, w, w.Bob, reported.ID)

		draft := w.DraftOf(t, w.Alice, c, "dix", "vingt")
		elsewhere := w.Person(t, "elsewhere")
		testsite.Must(t, w.Write.Role.Create().SetID(w.NewID("role")).SetUserID(elsewhere.ID).
			SetProcessID(another(t, w)).SetName(role.NameMODERATOR).SetCreatedAt(w.Now()).Exec(t.Context()))

		try := func(d moderation.Decision) func(ctx context.Context) error {
			return func(ctx context.Context) error { return scene.Only(w.Decide(ctx, d)) }
		}
		with := func(change func(*moderation.Decision)) moderation.Decision {
			d := scene.Hiding(m.ID)
			change(&d)
			return d
		}

		w.Refusals(t, []scene.RefusedCase{
			// What the viewer must not know of, or decide on.
			scene.Case("a hidden one, by a moderator of another process", elsewhere, refusal.NotFound, "item",
				try(restoring(hidden.ID))),
			scene.Case("a hidden one, by a user", w.Bob, refusal.NotFound, "item", try(restoring(hidden.ID))),
			scene.Case("nothing", w.Moderator, refusal.NotFound, "item",
				try(scene.Hiding("comment_0000000000000000000000000g"))),
			scene.Case("a draft", w.Moderator, refusal.NotFound, "item", try(scene.Hiding(draft.ID))),
			scene.Case("a commitment", w.Moderator, refusal.NotFound, "item", try(scene.Hiding(c.ID))),
			scene.Case("one's own", w.Moderator, refusal.Forbidden, "", try(dismissal(own.ID))),

			// What stands so that the decision changes nothing.
			scene.Case("what is hidden", w.Moderator, refusal.Conflict, "", try(scene.Hiding(hidden.ID))),
			scene.Case("what is not hidden", w.Moderator, refusal.Conflict, "", try(restoring(m.ID))),
			scene.Case("no reports", w.Moderator, refusal.Conflict, "", try(dismissal(m.ID))),
			scene.Case("what is not held", w.Moderator, refusal.Conflict, "",
				try(moderation.Decision{Item: m.ID, Action: entmoderation.ActionPUBLISH})),

			// What the decision says.
			scene.Case("no reason", w.Moderator, refusal.BadUserInput, "reason",
				try(with(func(d *moderation.Decision) { d.Reason = nil }))),
			scene.Case("no facts", w.Moderator, refusal.BadUserInput, "facts",
				try(with(func(d *moderation.Decision) { d.Facts = " " }))),
			scene.Case("no facts to restore", w.Moderator, refusal.BadUserInput, "facts",
				try(moderation.Decision{Item: hidden.ID, Action: entmoderation.ActionRESTORE})),
			scene.Case("no facts to dismiss", w.Moderator, refusal.BadUserInput, "facts",
				try(moderation.Decision{Item: reported.ID, Action: entmoderation.ActionDISMISS})),
			scene.Case("no facts to publish", w.Moderator, refusal.BadUserInput, "facts",
				try(moderation.Decision{Item: held.ID, Action: entmoderation.ActionPUBLISH})),
			scene.Case("long facts", w.Moderator, refusal.BadUserInput, "facts",
				try(with(func(d *moderation.Decision) { d.Facts = strings.Repeat("x", 2001) }))),
			scene.Case("long ground", w.Moderator, refusal.BadUserInput, "ground",
				try(with(func(d *moderation.Decision) { d.Ground = strings.Repeat("x", 201) }))),
			scene.Case("illegal by no law", w.Moderator, refusal.BadUserInput, "ground",
				try(with(func(d *moderation.Decision) {
					d.Reason, d.Ground = scene.Ptr(entmoderation.ReasonILLEGAL), ""
				}))),
		})
	})
}

// another creates a second public process, and returns its id.
func another(t testing.TB, w *scene.World) string {
	t.Helper()
	p := testsite.Got(w.CreateProcess(scene.As(t, w.Admin), scene.NewProcess("elsewhere")))(t)
	testsite.Must(t, scene.Only(w.PublishProcess(scene.As(t, w.Admin), processes.PublishProcessInput{Process: p.ID})))
	return p.ID
}

// Who decides on what somebody else decided on meanwhile is refused, and learns how the item stands.
func TestDecidedMeanwhile(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		m := w.Comment(t, w.Alice, w.SomeCommitment(t).ID, "x")
		reportBy(t, w, w.Bob, m.ID)
		seen := w.CaseOf(t, m.ID).DecisionCount
		testsite.Must(t, scene.Only(w.Decide(scene.As(t, w.Admin), dismissal(m.ID))))

		late := scene.Hiding(m.ID)
		late.Seen = &seen
		e := w.Refused(t, refusal.Conflict, "", deciding(t, w, w.Moderator, late))
		if e.Current().State != string(moderation.StandingPublic) {
			t.Errorf("it stands %v", e.Details["current"])
		}

		now := w.CaseOf(t, m.ID).DecisionCount
		late.Seen = &now
		testsite.Must(t, scene.Only(w.Decide(scene.As(t, w.Moderator), late)))
	})
}

// A decision on many items is taken on each by itself: what is refused for one leaves the others. A retry decides
// nothing twice.
func TestDecideAll(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		a, b := w.Comment(t, w.Alice, c.ID, "x"), w.Comment(t, w.Bob, c.ID, "y")
		own := w.Comment(t, w.Moderator, c.ID, "z")

		items := []string{a.ID, "comment_0000000000000000000000000g", own.ID, b.ID, a.ID}

		key := strings.Repeat("k", 64)
		for range 2 { // the second is a retry
			all := testsite.Got(w.DecideAll(scene.As(t, w.Moderator), moderation.DecideAllInput{
				Items: items, Decision: scene.Hiding(""), IdempotencyKey: &key,
			}))(t)

			for i, want := range []refusal.Code{"", refusal.NotFound, refusal.Forbidden, "", ""} {
				d := all[i]
				if d.Item != items[i] || refusal.CodeOf(d.Err) != want ||
					(want == "") != (d.Row != nil && d.Err == nil) {
					t.Errorf("item %d: %v %v", i, d.Row, d.Err)
				}
			}

			if all[0].Row.ID != all[4].Row.ID {
				t.Error("the same item was decided on twice")
			}
		}

		if n := w.Read.Moderation.Query().CountX(t.Context()); n != 2 {
			t.Errorf("%d decisions", n)
		}

		try := func(items []string, d moderation.Decision) func(context.Context) error {
			return func(ctx context.Context) error {
				return scene.Only(w.DecideAll(ctx, moderation.DecideAllInput{Items: items, Decision: d}))
			}
		}

		w.Refusals(t, []scene.RefusedCase{
			scene.Case("none", w.Moderator, refusal.BadUserInput, "items", try(nil, scene.Hiding(""))),
			scene.Case("too many", w.Moderator, refusal.BadUserInput, "items",
				try(make([]string, 51), scene.Hiding(""))),
			scene.Case("nobody", nil, refusal.Unauthenticated, "", try(items, scene.Hiding(""))),
			scene.Case("no statement", w.Moderator, refusal.BadUserInput, "reason",
				try(items, moderation.Decision{Action: entmoderation.ActionHIDE})),
			scene.Case("no facts", w.Moderator, refusal.BadUserInput, "facts",
				try(items, moderation.Decision{Action: entmoderation.ActionDISMISS})),
		})
	})
}

// The database refuses to delete or change a decision, whoever tries, except for its facts.
func TestDecisionsAreKept(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		row := hide(t, w, w.Comment(t, w.Alice, w.SomeCommitment(t).ID, "x").ID)

		for _, change := range []error{
			w.Write.Moderation.DeleteOneID(row.ID).Exec(t.Context()),
			scene.Only(w.Store.Write.ExecContext(t.Context(), "UPDATE moderations SET ground = 'x'")),
			scene.Only(w.Store.Write.ExecContext(t.Context(), "UPDATE moderations SET decider_id = NULL")),
		} {
			if change == nil || !strings.Contains(change.Error(), "kept") {
				t.Errorf("allowed: %v", change)
			}
		}

		testsite.Must(t, w.Write.Moderation.UpdateOneID(row.ID).SetFacts("").Exec(t.Context())) // they may name people
	})
}

// The author gets the statement of reasons by mail, in their language, and whoever reported the item what came of it.
// Nobody who reported or decided is named.
func TestModerationIsTold(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		box := &scene.Mailbox{}
		w.Mailer = box
		w.Write.User.Update().SetEmailConfirmedAt(w.Now()).ExecX(t.Context())
		w.Write.User.Update().Where(user.ID(w.Alice.ID)).SetLanguage("fr").ExecX(t.Context())

		m := w.Comment(t, w.Alice, w.SomeCommitment(t).ID, "x")
		reportBy(t, w, w.Bob, m.ID)

		row := hide(t, w, m.ID)

		mails := w.Sent(t, box)
		author, reporter := mails["alice@example.org"], mails["bob@example.org"]
		for _, part := range []string{
			"masquée", m.ID, "Feuille de route", "propos offensants", "Charte, § 3", "Une insulte.",
			"Une personne en a décidé", "2026-09-10", row.ID,
		} {
			if !strings.Contains(author.Body, part) {
				t.Errorf("the author is not told %q:\n%s", part, author.Body)
			}
		}
		if !strings.Contains(reporter.Body, "It was hidden.") ||
			strings.Contains(reporter.Body, "insulte") || len(mails) != 2 {
			t.Errorf("the reporter is told\n%s\nof %d mails", reporter.Body, len(mails))
		}

		appeal := appealBy(t, w, w.Alice, row.ID, "C’était une citation.")
		testsite.Must(t, scene.Only(w.DecideAppeal(scene.As(t, w.Admin), moderation.DecideAppealInput{
			Appeal: appeal.ID, Statement: "Une citation peut blesser.",
		})))
		if told := w.Sent(t, box)["alice@example.org"]; !strings.Contains(told.Body, "Une citation peut blesser.") {
			t.Errorf("of the appeal the author is told\n%s", told.Body)
		}

		testsite.Must(t, scene.Only(w.Decide(scene.As(t, w.Moderator), restoring(m.ID))))
		if told := w.Sent(t, box)["alice@example.org"]; !strings.Contains(told.Subject, "de nouveau lisible") {
			t.Errorf("%+v", told)
		}

		for _, body := range []string{author.Body, reporter.Body} {
			if strings.Contains(body, w.Moderator.ID) || strings.Contains(body, w.Bob.ID) ||
				strings.Contains(body, "moderator@") {
				t.Errorf("somebody is named:\n%s", body)
			}
		}
	})
}
