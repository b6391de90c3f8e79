package consultation_test

import (
	"context"
	"strings"
	"testing"

	"ensemble/consultation/moderation"
	"ensemble/consultation/outbox"
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
	"ensemble/live"
)

// hiding is the decision to hide an item, with a statement.
func hiding(item string) moderation.Decision {
	return moderation.Decision{
		Item: item, Action: entmoderation.ActionHIDE, Reason: ptr(entmoderation.ReasonOFFENSIVE), Facts: "Une insulte.", Ground: "Charte, § 3",
	}
}

func restoring(item string) moderation.Decision {
	return moderation.Decision{Item: item, Action: entmoderation.ActionRESTORE, Facts: "Relu."}
}

func (w *world) hide(t testing.TB, item string) *ent.Moderation {
	t.Helper()
	return got(w.Decide(as(t, w.Moderator), hiding(item)))(t)
}

func TestHideAndRestoreAComment(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.commitment(t)
		root := got(w.PostComment(as(t, w.Alice), roadmap.PostCommentInput{Subject: c.ID, Body: "x", Alignment: ptr(comment.AlignmentAGAINST)}))(t)
		answer := w.reply(t, root, "x")
		r := w.report(t, w.Bob, root.ID)
		counts := func(n, against int) data {
			return data{"subject": c.ID, "commentCount": n, "for": 0, "against": against, "neutral": 0}
		}
		var row *ent.Moderation
		w.decides(t, root.ID, func() (err error) {
			row, err = w.Decide(as(t, w.Moderator), hiding(root.ID))
			return err
		}, fact{c.ID, live.CommentRemoved, root.ID, "", counts(1, 0)})
		if row.Automated || *row.DeciderID != w.Moderator.ID || *row.Reason != entmoderation.ReasonOFFENSIVE || row.Facts != "Une insulte." || row.Ground != "Charte, § 3" {
			t.Errorf("%+v", row)
		}
		if r = got(w.Read.Report.Get(t.Context(), r.ID))(t); *r.Outcome != report.OutcomeHIDDEN || *r.ModerationID != row.ID {
			t.Errorf("%+v", r)
		}
		audit := got(w.Read.AuditEntry.Query().Where(auditentry.SubjectID(root.ID)).Only(t.Context()))(t)
		if *audit.ActorID != w.Moderator.ID || audit.Act != "hide" || audit.SubjectID != root.ID || strings.Contains(asJSON(audit), "insulte") {
			t.Errorf("the audit says %+v", audit)
		}
		kept := nodes(t, w.PublicComments().AllX(t.Context()))
		if len(kept) != 2 {
			t.Errorf("%d comments keep a place", len(kept))
		}
		w.waits(t, root.ID, moderationcase.StateDECIDED, 0)

		w.decides(t, root.ID, func() error { return only(w.Decide(as(t, w.Admin), restoring(root.ID))) },
			fact{c.ID, live.CommentRestored, root.ID, "", counts(2, 1)})
		w.hide(t, answer.ID)
		if ids := nodes(t, w.PublicComments().AllX(t.Context())); len(ids) != 1 || ids[0] != root.ID {
			t.Errorf("public are %v", ids)
		}
	})
}

// A hidden amendment vanishes with its comments, and cannot be decided on; restored, all of it is back.
func TestHideAndRestoreAnAmendment(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.commitment(t)
		a := w.submitted(t, w.Alice, c, "deux", "trois")
		m := w.Comment(t, w.Bob, a.ID, "x")
		other := w.submitted(t, w.Bob, c, "dix", "vingt")
		w.decides(t, a.ID, func() error { return only(w.Decide(as(t, w.Moderator), hiding(a.ID))) },
			fact{c.ID, live.AmendmentHidden, a.ID, "", data{"subject": a.ID, "amendmentCount": 1}})
		if ids := nodes(t, w.PublicAmendments().AllX(t.Context())); len(ids) != 1 || ids[0] != other.ID {
			t.Errorf("public amendments are %v", ids)
		}
		if n := w.PublicComments().CountX(t.Context()); n != 0 {
			t.Errorf("%d comments are public", n)
		}
		ctx := as(t, w.Steering)
		w.refusals(t, []refusedCase{
			{"accept", w.Steering, refusal.NotFound, "amendment", func(ctx context.Context) error {
				return only(w.AcceptAmendment(ctx, roadmap.AcceptAmendmentInput{Amendment: a.ID}))
			}},
			{"reject", w.Steering, refusal.NotFound, "amendment", func(ctx context.Context) error {
				return only(w.RejectAmendment(ctx, roadmap.RejectAmendmentInput{Amendment: a.ID, Reason: "x"}))
			}},
			{"withdraw", w.Alice, refusal.Conflict, "", func(ctx context.Context) error {
				return only(w.WithdrawAmendment(ctx, roadmap.WithdrawAmendmentInput{Amendment: a.ID}))
			}},
			{"withdraw as somebody", w.Bob, refusal.NotFound, "amendment", func(ctx context.Context) error {
				return only(w.WithdrawAmendment(ctx, roadmap.WithdrawAmendmentInput{Amendment: a.ID}))
			}},
			{"comment", w.Bob, refusal.NotFound, "subject", func(ctx context.Context) error {
				return w.post(ctx, roadmap.PostCommentInput{Subject: a.ID, Body: "x"})
			}},
			{"vote", w.Signatory, refusal.NotFound, "comment", func(ctx context.Context) error {
				return only(w.VoteComment(ctx, roadmap.VoteCommentInput{Comment: m.ID, Value: 1}))
			}},
			{"edit a comment on it", w.Bob, refusal.Closed, "", func(ctx context.Context) error {
				return only(w.EditComment(ctx, roadmap.EditCommentInput{Comment: m.ID, Body: "y"}))
			}},
		})
		if _, _, err := w.TopicOf(t.Context(), "subject", a.ID); refusal.CodeOf(err) != refusal.NotFound {
			t.Errorf("its thread can be watched: %v", err)
		}
		w.told.take()
		w.accept(t, other)
		must(t, w.Jobs.Do(t.Context(), "announce phases", "compare amendments"))
		for _, e := range w.told.take() {
			if e.Subject == a.ID {
				t.Errorf("%s tells of the hidden amendment", e.Type)
			}
		}
		w.decides(t, a.ID, func() error { return only(w.Decide(as(t, w.Moderator), restoring(a.ID))) },
			fact{c.ID, live.AmendmentRestored, a.ID, "", data{"subject": a.ID, "amendmentCount": 2}})
		must(t, w.Jobs.Do(t.Context(), "announce phases", "compare amendments")) // compares it with the text that moved on meanwhile
		if a = w.current(t, a); a.MergeState != amendment.MergeStateMERGEABLE || a.MergeChecked != 2 {
			t.Errorf("it stands %s against version %d", a.MergeState, a.MergeChecked)
		}
		must(t, only(w.AcceptAmendment(ctx, roadmap.AcceptAmendmentInput{Amendment: a.ID})))
		w.hide(t, a.ID) // what it made stays
		if v := w.version(t, c); !strings.Contains(v.Body["fr"], "trois") {
			t.Errorf("the text is %q", v.Body["fr"])
		}
		must(t, only(w.DeleteComment(as(t, w.Bob), roadmap.DeleteCommentInput{Comment: m.ID}))) // also while nobody sees it
	})
}

// A comment on a closed commitment can be hidden and restored, too.
func TestRestoreInAnyState(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.commitment(t)
		a := w.submitted(t, w.Alice, c, "deux", "trois")
		onIt, onCommitment := w.Comment(t, w.Bob, a.ID, "x"), w.Comment(t, w.Bob, c.ID, "x")
		w.accept(t, a)
		w.move(t, c, "ADOPTED")
		for _, m := range []*ent.Comment{onIt, onCommitment} {
			w.hide(t, m.ID)
			must(t, only(w.Decide(as(t, w.Moderator), restoring(m.ID))))
		}
	})
}

func TestModeratorsRefusals(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.commitment(t)
		m, hidden := w.Comment(t, w.Alice, c.ID, "x"), w.Comment(t, w.Alice, c.ID, "y")
		own := w.Comment(t, w.Moderator, c.ID, "z")
		w.report(t, w.Bob, own.ID)
		w.hide(t, hidden.ID)
		reported, held := w.Comment(t, w.Alice, c.ID, "v"), w.heldComment(t, w.Alice, c.ID)
		w.report(t, w.Bob, reported.ID)
		draft := w.draft(t, w.Alice, c, "dix", "vingt")
		elsewhere := w.Person(t, "elsewhere")
		must(t, w.Write.Role.Create().SetID(w.NewID("role")).SetUserID(elsewhere.ID).SetProcessID(w.another(t)).SetName(role.NameMODERATOR).SetCreatedAt(w.Now()).Exec(t.Context()))
		try := func(d moderation.Decision) func(ctx context.Context) error {
			return func(ctx context.Context) error { return only(w.Decide(ctx, d)) }
		}
		with := func(change func(*moderation.Decision)) moderation.Decision {
			d := hiding(m.ID)
			change(&d)
			return d
		}
		w.refusals(t, []refusedCase{
			{"a hidden one, by a moderator of another process", elsewhere, refusal.NotFound, "item", try(restoring(hidden.ID))},
			{"a hidden one, by a user", w.Bob, refusal.NotFound, "item", try(restoring(hidden.ID))},
			{"nothing", w.Moderator, refusal.NotFound, "item", try(hiding("comment_0000000000000000000000000g"))},
			{"a draft", w.Moderator, refusal.NotFound, "item", try(hiding(draft.ID))},
			{"a commitment", w.Moderator, refusal.NotFound, "item", try(hiding(c.ID))},
			{"one's own", w.Moderator, refusal.Forbidden, "", try(dismissal(own.ID))},
			{"what is hidden", w.Moderator, refusal.Conflict, "", try(hiding(hidden.ID))},
			{"what is not hidden", w.Moderator, refusal.Conflict, "", try(restoring(m.ID))},
			{"no reports", w.Moderator, refusal.Conflict, "", try(dismissal(m.ID))},
			{"what is not held", w.Moderator, refusal.Conflict, "", try(moderation.Decision{Item: m.ID, Action: entmoderation.ActionPUBLISH})},
			{"no reason", w.Moderator, refusal.BadUserInput, "reason", try(with(func(d *moderation.Decision) { d.Reason = nil }))},
			{"no facts", w.Moderator, refusal.BadUserInput, "facts", try(with(func(d *moderation.Decision) { d.Facts = " " }))},
			{"no facts to restore", w.Moderator, refusal.BadUserInput, "facts", try(moderation.Decision{Item: hidden.ID, Action: entmoderation.ActionRESTORE})},
			{"no facts to dismiss", w.Moderator, refusal.BadUserInput, "facts", try(moderation.Decision{Item: reported.ID, Action: entmoderation.ActionDISMISS})},
			{"no facts to publish", w.Moderator, refusal.BadUserInput, "facts", try(moderation.Decision{Item: held.ID, Action: entmoderation.ActionPUBLISH})},
			{"long facts", w.Moderator, refusal.BadUserInput, "facts", try(with(func(d *moderation.Decision) { d.Facts = strings.Repeat("x", 2001) }))},
			{"long ground", w.Moderator, refusal.BadUserInput, "ground", try(with(func(d *moderation.Decision) { d.Ground = strings.Repeat("x", 201) }))},
			{"illegal by no law", w.Moderator, refusal.BadUserInput, "ground", try(with(func(d *moderation.Decision) {
				d.Reason, d.Ground = ptr(entmoderation.ReasonILLEGAL), ""
			}))},
		})
	})
}

// another is a second public process.
func (w *world) another(t testing.TB) string {
	t.Helper()
	p := got(w.CreateProcess(as(t, w.Admin), newProcess("elsewhere")))(t)
	must(t, only(w.PublishProcess(as(t, w.Admin), processes.PublishProcessInput{Process: p.ID})))
	return p.ID
}

// Who decides on what somebody else decided meanwhile is told how it stands.
func TestDecidedMeanwhile(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		m := w.Comment(t, w.Alice, w.commitment(t).ID, "x")
		w.report(t, w.Bob, m.ID)
		seen := w.caseOf(t, m.ID).DecisionCount
		must(t, only(w.Decide(as(t, w.Admin), dismissal(m.ID))))
		late := hiding(m.ID)
		late.Seen = &seen
		e := w.refused(t, refusal.Conflict, "", func() error { return only(w.Decide(as(t, w.Moderator), late)) })
		if e.Details["current"] != moderation.StandingPublic {
			t.Errorf("it stands %v", e.Details["current"])
		}
		now := w.caseOf(t, m.ID).DecisionCount
		late.Seen = &now
		must(t, only(w.Decide(as(t, w.Moderator), late)))
	})
}

func TestDecideAll(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.commitment(t)
		a, b := w.Comment(t, w.Alice, c.ID, "x"), w.Comment(t, w.Bob, c.ID, "y")
		own := w.Comment(t, w.Moderator, c.ID, "z")
		items := []string{a.ID, "comment_0000000000000000000000000g", own.ID, b.ID, a.ID}
		key := strings.Repeat("k", 64)
		for range 2 { // the second is a retry
			all := got(w.DecideAll(as(t, w.Moderator), moderation.DecideAllInput{Items: items, Decision: hiding(""), IdempotencyKey: &key}))(t)
			for i, want := range []refusal.Code{"", refusal.NotFound, refusal.Forbidden, "", ""} {
				if d := all[i]; d.Item != items[i] || refusal.CodeOf(d.Err) != want || (want == "") != (d.Row != nil && d.Err == nil) {
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
				return only(w.DecideAll(ctx, moderation.DecideAllInput{Items: items, Decision: d}))
			}
		}
		w.refusals(t, []refusedCase{
			{"none", w.Moderator, refusal.BadUserInput, "items", try(nil, hiding(""))},
			{"too many", w.Moderator, refusal.BadUserInput, "items", try(make([]string, 51), hiding(""))},
			{"nobody", nil, refusal.Unauthenticated, "", try(items, hiding(""))},
			{"no statement", w.Moderator, refusal.BadUserInput, "reason", try(items, moderation.Decision{Action: entmoderation.ActionHIDE})},
			{"no facts", w.Moderator, refusal.BadUserInput, "facts", try(items, moderation.Decision{Action: entmoderation.ActionDISMISS})},
		})
	})
}

// Decisions are kept, whatever anybody tries.
func TestDecisionsAreKept(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		row := w.hide(t, w.Comment(t, w.Alice, w.commitment(t).ID, "x").ID)
		for _, change := range []error{
			w.Write.Moderation.DeleteOneID(row.ID).Exec(t.Context()),
			only(w.Store.Write.ExecContext(t.Context(), "UPDATE moderations SET ground = 'x'")),
			only(w.Store.Write.ExecContext(t.Context(), "UPDATE moderations SET decider_id = NULL")),
		} {
			if change == nil || !strings.Contains(change.Error(), "kept") {
				t.Errorf("allowed: %v", change)
			}
		}
		must(t, w.Write.Moderation.UpdateOneID(row.ID).SetFacts("").Exec(t.Context())) // they may name people
	})
}

// The author gets the statement of reasons in their language, who reported it what came of it.
func TestModerationIsTold(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		box := &mailbox{}
		w.Mailer = box
		w.Write.User.Update().SetEmailConfirmedAt(w.Now()).ExecX(t.Context())
		w.Write.User.Update().Where(user.ID(w.Alice.ID)).SetLanguage("fr").ExecX(t.Context())
		m := w.Comment(t, w.Alice, w.commitment(t).ID, "x")
		w.report(t, w.Bob, m.ID)
		row := w.hide(t, m.ID)
		mails := w.sent(t, box)
		author, reporter := mails["alice@example.org"], mails["bob@example.org"]
		for _, part := range []string{"masquée", m.ID, "Feuille de route", "propos offensants", "Charte, § 3", "Une insulte.", "Une personne en a décidé", "2026-09-10", row.ID} {
			if !strings.Contains(author.Body, part) {
				t.Errorf("the author is not told %q:\n%s", part, author.Body)
			}
		}
		if !strings.Contains(reporter.Body, "It was hidden.") || strings.Contains(reporter.Body, "insulte") || len(mails) != 2 {
			t.Errorf("the reporter is told\n%s\nof %d mails", reporter.Body, len(mails))
		}
		appeal := got(w.Appeal(as(t, w.Alice), moderation.AppealInput{Moderation: row.ID, Text: "C’était une citation."}))(t)
		must(t, only(w.DecideAppeal(as(t, w.Admin), moderation.DecideAppealInput{Appeal: appeal.ID, Statement: "Une citation peut blesser."})))
		if told := w.sent(t, box)["alice@example.org"]; !strings.Contains(told.Body, "Une citation peut blesser.") {
			t.Errorf("of the appeal the author is told\n%s", told.Body)
		}
		must(t, only(w.Decide(as(t, w.Moderator), restoring(m.ID))))
		if told := w.sent(t, box)["alice@example.org"]; !strings.Contains(told.Subject, "de nouveau lisible") {
			t.Errorf("%+v", told)
		}
		for _, body := range []string{author.Body, reporter.Body} {
			if strings.Contains(body, w.Moderator.ID) || strings.Contains(body, w.Bob.ID) || strings.Contains(body, "moderator@") {
				t.Errorf("somebody is named:\n%s", body)
			}
		}
	})
}

// sent are the mails that left since it was last asked, by address.
func (w *world) sent(t testing.TB, box *mailbox) map[string]outbox.Mail {
	t.Helper()
	must(t, w.Jobs.Do(t.Context(), "send mail"))
	mails := map[string]outbox.Mail{}
	for _, m := range box.mails {
		mails[m.To] = m
	}
	box.mails = nil
	return mails
}
