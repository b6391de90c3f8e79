package moderation_test

import (
	"context"
	"testing"
	"time"

	"ensemble/consultation/moderation"
	"ensemble/consultation/refusal"
	"ensemble/consultation/roadmap"
	"ensemble/ent"
	"ensemble/ent/appeal"
	entmoderation "ensemble/ent/moderation"
	"ensemble/ent/moderationcase"
	"ensemble/ent/report"
	"ensemble/ent/role"
	"ensemble/internal/testsite"
	"ensemble/internal/testsite/scene"
	"ensemble/live"
)

// appealBy has p appeal against a decision on what they wrote.
func appealBy(t testing.TB, w *scene.World, p *testsite.Person, decision, text string) *ent.Appeal {
	t.Helper()
	return testsite.Got(w.Appeal(scene.As(t, p), moderation.AppealDecisionInput{Moderation: decision, Text: text}))(t)
}

// overturned has an administrator overturn a decision on what Alice wrote, after she appealed against it.
func overturned(t testing.TB, w *scene.World, decision string) {
	t.Helper()
	a := appealBy(t, w, w.Alice, decision, "Non.")
	testsite.Must(t, scene.Only(w.DecideAppeal(scene.As(t, w.Admin), moderation.DecideAppealInput{
		Appeal: a.ID, Overturn: true, Statement: "Relu.",
	})))
}

// An author appeals once against a decision. Another moderator than the one who took it decides once on the appeal,
// with a statement, and may overturn it.
func TestAppeal(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		m := w.Comment(t, w.Alice, c.ID, "x")
		row := hide(t, w, m.ID)
		a := appealBy(t, w, w.Alice, row.ID, "Une citation.")
		if a.State != appeal.StateOPEN || a.AuthorID != w.Alice.ID || a.ModerationID != row.ID {
			t.Errorf("%+v", a)
		}
		w.Waits(t, m.ID, moderationcase.StateAPPEALED, 0)

		decide := func(overturn bool) func(context.Context) error {
			return func(ctx context.Context) error {
				return scene.Only(w.DecideAppeal(ctx, moderation.DecideAppealInput{
					Appeal: a.ID, Overturn: overturn, Statement: "Relu.",
				}))
			}
		}

		w.Refusals(t, []scene.RefusedCase{
			scene.Case("nobody", nil, refusal.Unauthenticated, "", decide(true)),
			scene.Case("a user", w.Bob, refusal.NotFound, "appeal", decide(true)),
			scene.Case("the author", w.Alice, refusal.Forbidden, "", decide(true)),
			scene.Case("the moderator who decided", w.Moderator, refusal.Forbidden, "", decide(true)),
			scene.Case("again", w.Alice, refusal.Conflict, "", func(ctx context.Context) error {
				return scene.Only(w.Appeal(ctx, moderation.AppealDecisionInput{Moderation: row.ID, Text: "x"}))
			}),
			scene.Case("without a statement", w.Admin, refusal.BadUserInput, "statement",
				func(ctx context.Context) error {
					return scene.Only(w.DecideAppeal(ctx,
						moderation.DecideAppealInput{Appeal: a.ID, Overturn: true, Statement: ""}))
				}),
		})

		counts := scene.Data{"subject": c.ID, "commentCount": 1, "for": 0, "against": 0, "neutral": 1}
		decides(t, w, m.ID, func() error { return decide(true)(scene.As(t, w.Admin)) },
			scene.FactOf(c.ID, live.CommentRestored, m.ID, "", counts))
		a = testsite.Got(w.Read.Appeal.Get(t.Context(), a.ID))(t)
		if a.State != appeal.StateOVERTURNED || a.Statement != "Relu." || *a.DeciderID != w.Admin.ID {
			t.Errorf("%+v", a)
		}

		w.Waits(t, m.ID, moderationcase.StateDECIDED, 0)

		w.Refused(t, refusal.Conflict, "", func() error { return decide(false)(scene.As(t, w.Admin)) })
		w.Refused(t, refusal.Conflict, "", func() error {
			return scene.Only(w.Appeal(scene.As(t, w.Alice), moderation.AppealDecisionInput{Moderation: row.ID, Text: "x"}))
		})
	})
}

// Only the author appeals, against a decision that takes something away, within six months, and says why.
func TestAppealRefusals(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		m, kept := w.Comment(t, w.Alice, c.ID, "x"), w.Comment(t, w.Alice, c.ID, "y")
		row := hide(t, w, m.ID)
		reportBy(t, w, w.Bob, kept.ID)
		dismissed := testsite.Got(w.Decide(scene.As(t, w.Moderator), dismissal(kept.ID)))(t)

		try := func(id, text string) func(context.Context) error {
			return func(ctx context.Context) error {
				return scene.Only(w.Appeal(ctx, moderation.AppealDecisionInput{Moderation: id, Text: text}))
			}
		}

		w.Refusals(t, []scene.RefusedCase{
			scene.Case("nobody", nil, refusal.Unauthenticated, "", try(row.ID, "x")),
			scene.Case("somebody else", w.Bob, refusal.Forbidden, "", try(row.ID, "x")),
			scene.Case("nothing", w.Alice, refusal.NotFound, "moderation",
				try("moderation_0000000000000000000000000g", "x")),
			scene.Case("what takes nothing away", w.Alice, refusal.Conflict, "", try(dismissed.ID, "x")),
			scene.Case("no text", w.Alice, refusal.BadUserInput, "text", try(row.ID, " ")),
		})

		w.Clock.Set(row.CreatedAt.AddDate(0, 6, 0))
		testsite.Must(t, w.Write.Session.Update().SetExpiresAt(w.Now().Add(time.Hour)).Exec(t.Context()))
		w.Refused(t, refusal.Closed, "", func() error { return try(row.ID, "x")(scene.As(t, w.Alice)) })

		w.Clock.Set(row.CreatedAt.AddDate(0, 6, 0).Add(-time.Microsecond))
		testsite.Must(t, try(row.ID, "x")(scene.As(t, w.Alice)))
	})
}

// An appeal that is refused leaves things as they are. When reports hid the item, such an appeal settles the reports,
// too.
func TestAppealUpheld(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		m := w.Comment(t, w.Alice, w.SomeCommitment(t).ID, "x")
		for _, p := range newReaders(t, w, 3) {
			reportBy(t, w, p, m.ID)
		}

		row := testsite.Got(w.Read.Moderation.Query().Only(t.Context()))(t)
		a := appealBy(t, w, w.Alice, row.ID, "Non.")
		w.Waits(t, m.ID, moderationcase.StateAPPEALED, 3)
		w.Refused(t, refusal.Conflict, "", deciding(t, w, w.Moderator, scene.Hiding(m.ID)))

		testsite.Must(t, scene.Only(w.DecideAppeal(scene.As(t, w.Moderator), moderation.DecideAppealInput{
			Appeal: a.ID, Statement: "Si.",
		})))
		if w.CommentNow(t, m).HiddenAt == nil {
			t.Error("it is back")
		}
		w.Waits(t, m.ID, moderationcase.StateDECIDED, 0)

		answered := w.Read.Report.Query().
			Where(report.OutcomeEQ(report.OutcomeHIDDEN), report.ModerationID(row.ID)).
			CountX(t.Context())
		if answered != 3 {
			t.Errorf("%d reports are answered", answered)
		}
	})
}

// Whoever took a decision decides on the appeal against it only as an ADMIN, and only if there is nobody else to do so.
func TestAppealWithoutOthers(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		m := w.Comment(t, w.Alice, w.SomeCommitment(t).ID, "x")
		row := testsite.Got(w.Decide(scene.As(t, w.Admin), scene.Hiding(m.ID)))(t)
		a := appealBy(t, w, w.Alice, row.ID, "Non.")
		decide := func(p *testsite.Person) error {
			return scene.Only(w.DecideAppeal(scene.As(t, p), moderation.DecideAppealInput{
				Appeal: a.ID, Overturn: true, Statement: "Oui.",
			}))
		}

		w.Refused(t, refusal.Forbidden, "", func() error { return decide(w.Admin) })
		testsite.Must(t, scene.Only(w.Write.Role.Delete().Where(role.NameEQ(role.NameMODERATOR)).Exec(t.Context())))
		testsite.Must(t, decide(w.Admin))
	})
}

// A moderator whose decision to take something away was undone after an appeal does not take it away again, for
// whatever reason, until its author has changed it. Other moderators may.
func TestNotTheSameModeratorAgain(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		other := w.Person(t, "other")
		w.Role(t, other, role.NameMODERATOR)
		c := w.SomeCommitment(t)

		for name, undo := range map[string]func(t *testing.T, objection *ent.Appeal){
			"on appeal": func(t *testing.T, objection *ent.Appeal) {
				testsite.Must(t, scene.Only(w.DecideAppeal(scene.As(t, other), moderation.DecideAppealInput{
					Appeal: objection.ID, Overturn: true, Statement: "Relu.",
				})))
			},
			"by restoring it": func(t *testing.T, objection *ent.Appeal) {
				testsite.Must(t, scene.Only(w.Decide(scene.As(t, other), restoring(objection.ItemID))))
			},
			"by restoring it themselves": func(t *testing.T, objection *ent.Appeal) {
				testsite.Must(t, scene.Only(w.Decide(scene.As(t, w.Moderator), restoring(objection.ItemID))))
			},
		} {
			t.Run(name, func(t *testing.T) {
				m := w.Comment(t, w.Alice, c.ID, name)
				undo(t, appealBy(t, w, w.Alice, hide(t, w, m.ID).ID, "Non."))
				othersHideAgain(t, w, m)
			})
		}
	})
}

// othersHideAgain tries to hide a comment of Alice's again. The moderator who hid it cannot, whether it is decided on
// alone or with others, and whether or not there are new reports. Others can, and so can that moderator once Alice has
// changed the comment.
func othersHideAgain(t *testing.T, w *scene.World, m *ent.Comment) {
	again := scene.Hiding(m.ID)
	again.Reason = scene.Ptr(entmoderation.ReasonOTHER)

	e := w.Refused(t, refusal.Conflict, "", deciding(t, w, w.Moderator, again))
	if e.Current().State != string(moderation.StandingPublic) {
		t.Errorf("it stands %v", e.Details["current"])
	}
	all := testsite.Got(w.DecideAll(scene.As(t, w.Moderator), moderation.DecideAllInput{
		Items: []string{m.ID}, Decision: again,
	}))(t)
	if refusal.CodeOf(all[0].Err) != refusal.Conflict {
		t.Errorf("with others: %v", all[0].Err)
	}

	for _, p := range newReaders(t, w, 3) {
		reportBy(t, w, p, m.ID)
	}
	w.Refused(t, refusal.Conflict, "", deciding(t, w, w.Moderator, again))
	testsite.Must(t, scene.Only(w.Decide(scene.As(t, w.Moderator), dismissal(m.ID)))) // takes nothing away

	testsite.Must(t, scene.Only(w.Decide(scene.As(t, w.Admin), again)))
	testsite.Must(t, scene.Only(w.Decide(scene.As(t, w.Admin), restoring(m.ID))))

	w.Clock.Advance(time.Second)
	testsite.Must(t, scene.Only(w.EditComment(scene.As(t, w.Alice), roadmap.EditCommentInput{
		Comment: m.ID, Body: "Autre.",
	})))
	hide(t, w, m.ID)
}

// A moderator does not hide what was published on appeal after they refused it. What they gave back without being told
// to, they may hide again.
func TestWhoMayTakeAwayAgain(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		m := heldComment(t, w, w.Alice, c.ID)
		refused := testsite.Got(w.Decide(scene.As(t, w.Moderator), scene.Refusing(m.ID)))(t)
		overturned(t, w, refused.ID)
		w.Refused(t, refusal.Conflict, "", deciding(t, w, w.Moderator, scene.Hiding(m.ID)))

		a, row := w.RefusedAmendment(t, c)
		overturned(t, w, row.ID)
		w.Refused(t, refusal.Conflict, "", deciding(t, w, w.Moderator, scene.Hiding(a.ID)))

		themselves, row := w.RefusedAmendment(t, w.SomeCommitment(t))
		appealBy(t, w, w.Alice, row.ID, "Non.")
		testsite.Must(t, scene.Only(w.Decide(scene.As(t, w.Moderator), scene.Publishing(themselves.ID))))
		w.Refused(t, refusal.Conflict, "", deciding(t, w, w.Moderator, scene.Hiding(themselves.ID)))

		unopposed := w.Comment(t, w.Alice, c.ID, "z")
		hide(t, w, unopposed.ID)
		testsite.Must(t, scene.Only(w.Decide(scene.As(t, w.Moderator), restoring(unopposed.ID))))
		hide(t, w, unopposed.ID)

		upheld := w.Comment(t, w.Alice, c.ID, "y")
		objection := appealBy(t, w, w.Alice, hide(t, w, upheld.ID).ID, "Non.")
		testsite.Must(t, scene.Only(w.DecideAppeal(scene.As(t, w.Admin), moderation.DecideAppealInput{
			Appeal: objection.ID, Statement: "Relu.",
		})))
		testsite.Must(t, scene.Only(w.Decide(scene.As(t, w.Admin), restoring(upheld.ID)))) // though they need not
		hide(t, w, upheld.ID)
	})
}

// An appeal is settled when the item is restored, by the moderator who hid it or by another.
func TestRestoreSettlesTheAppeal(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		a := w.Submitted(t, w.Alice, c, "deux", "trois")
		row := hide(t, w, a.ID)
		objection := appealBy(t, w, w.Alice, row.ID, "Non.")

		testsite.Must(t, scene.Only(w.Decide(scene.As(t, w.Moderator), restoring(a.ID))))
		objection = testsite.Got(w.Read.Appeal.Get(t.Context(), objection.ID))(t)
		if objection.State != appeal.StateOVERTURNED {
			t.Errorf("%+v", objection)
		}
		w.Refused(t, refusal.Conflict, "", deciding(t, w, w.Moderator, scene.Hiding(a.ID)))

		again := testsite.Got(w.Decide(scene.As(t, w.Admin), scene.Hiding(a.ID)))(t)
		if again.Action != entmoderation.ActionHIDE {
			t.Errorf("%+v", again)
		}
		appealBy(t, w, w.Alice, again.ID, "Encore.")
	})
}
