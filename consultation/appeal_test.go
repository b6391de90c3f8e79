package consultation_test

import (
	"context"
	"testing"
	"time"

	"ensemble/consultation/moderation"
	"ensemble/consultation/refusal"
	"ensemble/consultation/roadmap"
	"ensemble/ent/appeal"
	entmoderation "ensemble/ent/moderation"
	"ensemble/ent/moderationcase"
	"ensemble/ent/report"
	"ensemble/ent/role"
	"ensemble/internal/testsite"
	"ensemble/live"
)

func TestAppeal(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.commitment(t)
		m := w.Comment(t, w.Alice, c.ID, "x")
		row := w.hide(t, m.ID)
		a := got(w.Appeal(as(t, w.Alice), moderation.AppealInput{Moderation: row.ID, Text: "Une citation."}))(t)
		if a.State != appeal.StateOPEN || a.AuthorID != w.Alice.ID || a.ModerationID != row.ID {
			t.Errorf("%+v", a)
		}
		w.waits(t, m.ID, moderationcase.StateAPPEALED, 0)
		decide := func(overturn bool) func(context.Context) error {
			return func(ctx context.Context) error {
				return only(w.DecideAppeal(ctx, moderation.DecideAppealInput{Appeal: a.ID, Overturn: overturn, Statement: "Relu."}))
			}
		}
		w.refusals(t, []refusedCase{
			{"nobody", nil, refusal.Unauthenticated, "", decide(true)},
			{"a user", w.Bob, refusal.NotFound, "appeal", decide(true)},
			{"the author", w.Alice, refusal.Forbidden, "", decide(true)},
			{"the moderator who decided", w.Moderator, refusal.Forbidden, "", decide(true)},
			{"again", w.Alice, refusal.Conflict, "", func(ctx context.Context) error {
				return only(w.Appeal(ctx, moderation.AppealInput{Moderation: row.ID, Text: "x"}))
			}},
			{"without a statement", w.Admin, refusal.BadUserInput, "statement", func(ctx context.Context) error {
				return only(w.DecideAppeal(ctx, moderation.DecideAppealInput{Appeal: a.ID, Overturn: true, Statement: ""}))
			}},
		})
		w.decides(t, m.ID, func() error { return decide(true)(as(t, w.Admin)) },
			fact{c.ID, live.CommentRestored, m.ID, "", data{"subject": c.ID, "commentCount": 1, "for": 0, "against": 0, "neutral": 1}})
		if a = got(w.Read.Appeal.Get(t.Context(), a.ID))(t); a.State != appeal.StateOVERTURNED || a.Statement != "Relu." || *a.DeciderID != w.Admin.ID {
			t.Errorf("%+v", a)
		}
		w.waits(t, m.ID, moderationcase.StateDECIDED, 0)
		w.refused(t, refusal.Conflict, "", func() error { return decide(false)(as(t, w.Admin)) })
		w.refused(t, refusal.Conflict, "", func() error {
			return only(w.Appeal(as(t, w.Alice), moderation.AppealInput{Moderation: row.ID, Text: "x"}))
		})
	})
}

func TestAppealRefusals(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.commitment(t)
		m, kept := w.Comment(t, w.Alice, c.ID, "x"), w.Comment(t, w.Alice, c.ID, "y")
		row := w.hide(t, m.ID)
		w.report(t, w.Bob, kept.ID)
		dismissed := got(w.Decide(as(t, w.Moderator), dismissal(kept.ID)))(t)
		try := func(id, text string) func(context.Context) error {
			return func(ctx context.Context) error {
				return only(w.Appeal(ctx, moderation.AppealInput{Moderation: id, Text: text}))
			}
		}
		w.refusals(t, []refusedCase{
			{"nobody", nil, refusal.Unauthenticated, "", try(row.ID, "x")},
			{"somebody else", w.Bob, refusal.Forbidden, "", try(row.ID, "x")},
			{"nothing", w.Alice, refusal.NotFound, "moderation", try("moderation_0000000000000000000000000g", "x")},
			{"what takes nothing away", w.Alice, refusal.Conflict, "", try(dismissed.ID, "x")},
			{"no text", w.Alice, refusal.BadUserInput, "text", try(row.ID, " ")},
		})
		w.Clock.Set(row.CreatedAt.AddDate(0, 6, 0))
		must(t, w.Write.Session.Update().SetExpiresAt(w.Now().Add(time.Hour)).Exec(t.Context()))
		w.refused(t, refusal.Closed, "", func() error { return try(row.ID, "x")(as(t, w.Alice)) })
		w.Clock.Set(row.CreatedAt.AddDate(0, 6, 0).Add(-time.Microsecond))
		must(t, try(row.ID, "x")(as(t, w.Alice)))
	})
}

// An appeal that is refused leaves things as they are; one against what reports did decides on the reports as well.
func TestAppealUpheld(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		m := w.Comment(t, w.Alice, w.commitment(t).ID, "x")
		for _, p := range w.readers(t, 3) {
			w.report(t, p, m.ID)
		}
		row := got(w.Read.Moderation.Query().Only(t.Context()))(t)
		a := got(w.Appeal(as(t, w.Alice), moderation.AppealInput{Moderation: row.ID, Text: "Non."}))(t)
		w.waits(t, m.ID, moderationcase.StateAPPEALED, 3)
		w.refused(t, refusal.Conflict, "", func() error { return only(w.Decide(as(t, w.Moderator), hiding(m.ID))) })
		must(t, only(w.DecideAppeal(as(t, w.Moderator), moderation.DecideAppealInput{Appeal: a.ID, Statement: "Si."})))
		if w.reread(t, m).HiddenAt == nil {
			t.Error("it is back")
		}
		w.waits(t, m.ID, moderationcase.StateDECIDED, 0)
		if n := w.Read.Report.Query().Where(report.OutcomeEQ(report.OutcomeHIDDEN), report.ModerationID(row.ID)).CountX(t.Context()); n != 3 {
			t.Errorf("%d reports are answered", n)
		}
	})
}

// Who took a decision decides on the appeal only as an ADMIN, and if there is nobody else.
func TestAppealWithoutOthers(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		m := w.Comment(t, w.Alice, w.commitment(t).ID, "x")
		row := got(w.Decide(as(t, w.Admin), hiding(m.ID)))(t)
		a := got(w.Appeal(as(t, w.Alice), moderation.AppealInput{Moderation: row.ID, Text: "Non."}))(t)
		decide := func(p *testsite.Person) error {
			return only(w.DecideAppeal(as(t, p), moderation.DecideAppealInput{Appeal: a.ID, Overturn: true, Statement: "Oui."}))
		}
		w.refused(t, refusal.Forbidden, "", func() error { return decide(w.Admin) })
		must(t, only(w.Write.Role.Delete().Where(role.NameEQ(role.NameMODERATOR)).Exec(t.Context())))
		must(t, decide(w.Admin))
	})
}

// Whoever took something away that an appeal gave back does not take it away again, for whatever reason, until its author has
// changed it; others may.
func TestNotTheSameModeratorAgain(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		other := w.Person(t, "other")
		w.Role(t, other, role.NameMODERATOR)
		c := w.commitment(t)
		overturn := map[string]func(*testing.T, string){
			"on appeal": func(t *testing.T, id string) {
				must(t, only(w.DecideAppeal(as(t, other), moderation.DecideAppealInput{Appeal: id, Overturn: true, Statement: "Relu."})))
			},
			"by restoring it": func(t *testing.T, id string) {
				a := got(w.Read.Appeal.Get(t.Context(), id))(t)
				must(t, only(w.Decide(as(t, other), restoring(a.ItemID))))
			},
			"by restoring it themselves": func(t *testing.T, id string) {
				a := got(w.Read.Appeal.Get(t.Context(), id))(t)
				must(t, only(w.Decide(as(t, w.Moderator), restoring(a.ItemID))))
			},
		}
		for name, overturn := range overturn {
			t.Run(name, func(t *testing.T) {
				m := w.Comment(t, w.Alice, c.ID, name)
				again := hiding(m.ID)
				again.Reason = ptr(entmoderation.ReasonOTHER)
				overturn(t, got(w.Appeal(as(t, w.Alice), moderation.AppealInput{Moderation: w.hide(t, m.ID).ID, Text: "Non."}))(t).ID)
				e := w.refused(t, refusal.Conflict, "", func() error { return only(w.Decide(as(t, w.Moderator), again)) })
				if e.Details["current"] != moderation.StandingPublic {
					t.Errorf("it stands %v", e.Details["current"])
				}
				all := got(w.DecideAll(as(t, w.Moderator), moderation.DecideAllInput{Items: []string{m.ID}, Decision: again}))(t)
				if refusal.CodeOf(all[0].Err) != refusal.Conflict {
					t.Errorf("with others: %v", all[0].Err)
				}
				for _, p := range w.readers(t, 3) {
					w.report(t, p, m.ID)
				}
				w.refused(t, refusal.Conflict, "", func() error { return only(w.Decide(as(t, w.Moderator), again)) })
				must(t, only(w.Decide(as(t, w.Moderator), dismissal(m.ID)))) // takes nothing away
				must(t, only(w.Decide(as(t, w.Admin), again)))
				must(t, only(w.Decide(as(t, w.Admin), restoring(m.ID))))
				w.Clock.Advance(time.Second)
				must(t, only(w.EditComment(as(t, w.Alice), roadmap.EditCommentInput{Comment: m.ID, Body: "Autre."})))
				w.hide(t, m.ID)
			})
		}
	})
}

// What was published on appeal is not hidden by who had refused it; what a moderator gave back of grace, they may
// hide again.
func TestWhoMayTakeAwayAgain(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.commitment(t)
		m := w.heldComment(t, w.Alice, c.ID)
		refused := got(w.Decide(as(t, w.Moderator), refusing(m.ID)))(t)
		must(t, only(w.DecideAppeal(as(t, w.Admin), moderation.DecideAppealInput{Appeal: got(w.Appeal(as(t, w.Alice), moderation.AppealInput{Moderation: refused.ID, Text: "Non."}))(t).ID, Overturn: true, Statement: "Relu."})))
		w.refused(t, refusal.Conflict, "", func() error { return only(w.Decide(as(t, w.Moderator), hiding(m.ID))) })
		a, row := w.refusedAmendment(t, c)
		must(t, only(w.DecideAppeal(as(t, w.Admin), moderation.DecideAppealInput{Appeal: got(w.Appeal(as(t, w.Alice), moderation.AppealInput{Moderation: row.ID, Text: "Non."}))(t).ID, Overturn: true, Statement: "Relu."})))
		w.refused(t, refusal.Conflict, "", func() error { return only(w.Decide(as(t, w.Moderator), hiding(a.ID))) })
		themselves, row := w.refusedAmendment(t, w.commitment(t))
		must(t, only(w.Appeal(as(t, w.Alice), moderation.AppealInput{Moderation: row.ID, Text: "Non."})))
		must(t, only(w.Decide(as(t, w.Moderator), publishing(themselves.ID))))
		w.refused(t, refusal.Conflict, "", func() error { return only(w.Decide(as(t, w.Moderator), hiding(themselves.ID))) })
		unopposed := w.Comment(t, w.Alice, c.ID, "z")
		w.hide(t, unopposed.ID)
		must(t, only(w.Decide(as(t, w.Moderator), restoring(unopposed.ID))))
		w.hide(t, unopposed.ID)
		upheld := w.Comment(t, w.Alice, c.ID, "y")
		must(t, only(w.DecideAppeal(as(t, w.Admin), moderation.DecideAppealInput{Appeal: got(w.Appeal(as(t, w.Alice), moderation.AppealInput{Moderation: w.hide(t, upheld.ID).ID, Text: "Non."}))(t).ID, Statement: "Relu."})))
		must(t, only(w.Decide(as(t, w.Admin), restoring(upheld.ID)))) // of grace
		w.hide(t, upheld.ID)
	})
}

// Restored by the moderator who hid it, or by another: the appeal is settled.
func TestRestoreSettlesTheAppeal(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.commitment(t)
		a := w.submitted(t, w.Alice, c, "deux", "trois")
		row := w.hide(t, a.ID)
		objection := got(w.Appeal(as(t, w.Alice), moderation.AppealInput{Moderation: row.ID, Text: "Non."}))(t)
		must(t, only(w.Decide(as(t, w.Moderator), restoring(a.ID))))
		if objection = got(w.Read.Appeal.Get(t.Context(), objection.ID))(t); objection.State != appeal.StateOVERTURNED {
			t.Errorf("%+v", objection)
		}
		w.refused(t, refusal.Conflict, "", func() error { return only(w.Decide(as(t, w.Moderator), hiding(a.ID))) })
		again := got(w.Decide(as(t, w.Admin), hiding(a.ID)))(t)
		if again.Action != entmoderation.ActionHIDE {
			t.Errorf("%+v", again)
		}
		must(t, only(w.Appeal(as(t, w.Alice), moderation.AppealInput{Moderation: again.ID, Text: "Encore."})))
	})
}
