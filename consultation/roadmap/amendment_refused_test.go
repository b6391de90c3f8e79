package roadmap_test

import (
	"archive/zip"
	"bytes"
	"context"
	"io"
	"slices"
	"strings"
	"testing"

	"ensemble/consultation"
	"ensemble/consultation/moderation"
	"ensemble/consultation/refusal"
	"ensemble/consultation/roadmap"
	"ensemble/consultation/search"
	"ensemble/ent"
	"ensemble/ent/amendment"
	"ensemble/ent/appeal"
	"ensemble/ent/commitment"
	"ensemble/ent/moderationcase"
	"ensemble/internal/testsite"
	"ensemble/internal/testsite/scene"
	"ensemble/live"
)

// standsAs asks that an amendment stands with the moderators as wanted.
func standsAs(t testing.TB, w *scene.World, a *ent.Amendment, want moderation.Standing) {
	t.Helper()
	if got := moderation.StandingOf(w.CaseOf(t, a.ID), roadmap.RemovalOfAmendment(w.AmendmentNow(t, a))); got != want {
		t.Errorf("it stands %s, want %s", got, want)
	}
}

// exported returns the contents of one file of an archive.
func exported(t testing.TB, archive *bytes.Buffer, name string) string {
	t.Helper()
	files := testsite.Got(zip.NewReader(bytes.NewReader(archive.Bytes()), int64(archive.Len())))(t)
	f := testsite.Got(files.Open(name))(t)
	return string(testsite.Got(io.ReadAll(f))(t))
}

// rationale is a change of nothing but the rationale.
func rationale(text string) roadmap.DraftChange {
	return roadmap.DraftChange{Rationale: &text}
}

// objectionTo is what the author of an amendment writes against its refusal.
func objectionTo(row *ent.Moderation) moderation.AppealDecisionInput {
	return moderation.AppealDecisionInput{Moderation: row.ID, Text: "C’est un lieu."}
}

// tryAppeal appeals against a decision of the moderators, and returns the refusal or nil.
func tryAppeal(ctx context.Context, w *scene.World, row *ent.Moderation) error {
	return scene.Only(w.Appeal(ctx, objectionTo(row)))
}

// mustAppeal appeals as Alice, the author of the refused amendment.
func mustAppeal(t testing.TB, w *scene.World, row *ent.Moderation) *ent.Appeal {
	t.Helper()
	return testsite.Got(w.Appeal(scene.As(t, w.Alice), objectionTo(row)))(t)
}

// tryOverturn decides that an appeal is right, and returns the refusal or nil.
func tryOverturn(ctx context.Context, w *scene.World, objection *ent.Appeal) error {
	return scene.Only(w.DecideAppeal(ctx, moderation.DecideAppealInput{
		Appeal: objection.ID, Overturn: true, Statement: "En effet.",
	}))
}

// mustHaveLapsed asks that an appeal has lapsed, so that nobody can decide on it any more.
func mustHaveLapsed(t testing.TB, w *scene.World, objection *ent.Appeal) {
	t.Helper()
	if o := testsite.Got(w.Read.Appeal.Get(t.Context(), objection.ID))(t); o.State != appeal.StateLAPSED {
		t.Errorf("%+v", o)
	}
}

// A refused amendment is a draft again, which its author and the moderators can read. Its author gets a mail that says
// how to appeal, and has it in what the account exports. Nobody else hears of it, and no search finds it.
func TestRefusedAmendment(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		box := &scene.Mailbox{}
		testsite.Must(t, w.Write.User.Update().SetEmailConfirmedAt(w.Now()).Exec(t.Context()))
		w.Mailer = box

		before := w.LogHeads(t)
		a, row := w.RefusedAmendment(t, c)
		standsAs(t, w, a, moderation.StandingRefused)
		if a.State != amendment.StateDRAFT || !w.CaseOf(t, a.ID).Removed || w.CommitmentNow(t, c).AmendmentCount != 0 {
			t.Errorf("%+v", a)
		}

		for _, e := range w.PublicSince(t, before) {
			if e.Topic == c.ID {
				t.Errorf("told %s", scene.AsJSON(e))
			}
		}

		said := w.Sent(t, box)["alice@example.org"].Body
		if !strings.Contains(said, row.ID) || !strings.Contains(said, "2026") {
			t.Errorf("the mail names no way to appeal:\n%s", said)
		}
		if until := moderation.AppealUntil(row); until == nil || !until.Equal(row.CreatedAt.AddDate(0, 6, 0)) {
			t.Errorf("to appeal until %v", until)
		}

		if !roadmap.MayReadAmendment(w.ViewerOf(t, w.Alice), a) ||
			!roadmap.MayReadAmendment(w.ViewerOf(t, w.Moderator), a) {
			t.Error("its author or the moderators cannot read it")
		}
		if mine := w.HiddenItems(w.ViewerOf(t, w.Alice)).AllX(t.Context()); len(mine) != 1 || mine[0].ItemID != a.ID {
			t.Errorf("hidden items are %s", scene.AsJSON(mine))
		}
		w.Finds(t, "casino", search.SearchFilter{})

		var archive bytes.Buffer
		testsite.Must(t, w.ExportAccount(scene.As(t, w.Alice), &archive))

		mine := exported(t, &archive, "amendments.json")
		if !strings.Contains(mine, a.ID) || !strings.Contains(mine, "casino") {
			t.Errorf("the export says %s", mine)
		}
	})
}

// As long as its author changes nothing, a refused amendment cannot be submitted again, and stays in the way of another
// draft on the same commitment. To all others it is not there, and moderators can only publish it.
func TestRefusedAmendmentRefusals(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		a, row := w.RefusedAmendment(t, c)
		submit := func(ctx context.Context) error {
			return scene.Only(w.SubmitAmendment(ctx, roadmap.SubmitAmendmentInput{Amendment: a.ID}))
		}
		decide := func(d moderation.Decision) func(context.Context) error {
			return func(ctx context.Context) error { return scene.Only(w.Decide(ctx, d)) }
		}

		w.Refusals(t, []scene.RefusedCase{
			scene.Case("submit as it is", w.Alice, refusal.Conflict, "", submit),
			scene.Case("submit, as another", w.Bob, refusal.NotFound, "amendment", submit),
			scene.Case("change, as another", w.Bob, refusal.NotFound, "amendment", func(ctx context.Context) error {
				return tryEdit(ctx, w, a.ID, rationale("x"))
			}),
			scene.Case("throw away, as a moderator", w.Moderator, refusal.NotFound, "amendment",
				func(ctx context.Context) error {
					return scene.Only(w.DeleteAmendmentDraft(ctx, roadmap.DeleteAmendmentDraftInput{Amendment: a.ID}))
				}),
			scene.Case("withdraw", w.Alice, refusal.Conflict, "", func(ctx context.Context) error {
				return scene.Only(w.WithdrawAmendment(ctx, roadmap.WithdrawAmendmentInput{Amendment: a.ID}))
			}),
			scene.Case("begin another", w.Alice, refusal.Conflict, "", func(ctx context.Context) error {
				return scene.Only(w.DraftAmendment(ctx, roadmap.DraftAmendmentInput{Commitment: c.ID}))
			}),
			scene.Case("comment", w.Bob, refusal.NotFound, "subject", func(ctx context.Context) error {
				return w.TryComment(ctx, roadmap.PostCommentInput{Subject: a.ID, Body: "x"})
			}),

			scene.Case("report", w.Bob, refusal.NotFound, "item", func(ctx context.Context) error {
				return scene.Only(w.Report(ctx, scene.Spam(a.ID)))
			}),
			scene.Case("hide", w.Moderator, refusal.Conflict, "", decide(scene.Hiding(a.ID))),
			scene.Case("refuse again", w.Moderator, refusal.Conflict, "", decide(scene.Refusing(a.ID))),
			scene.Case("appeal, as another", w.Bob, refusal.NotFound, "moderation", func(ctx context.Context) error {
				return tryAppeal(ctx, w, row)
			}),
			scene.Case("publish, as another", w.Bob, refusal.NotFound, "item", decide(scene.Publishing(a.ID))),
		})

		refused := w.Refused(t, refusal.Conflict, "", func() error { return submit(scene.As(t, w.Alice)) })
		if refused.Current().State != string(moderation.StandingRefused) {
			t.Errorf("it stands %v", refused.Details["current"])
		}

		// To write the same title again changes nothing.
		testsite.Must(t, tryEdit(scene.As(t, w.Alice), w, a.ID, roadmap.DraftChange{Title: &a.Title}))
		standsAs(t, w, a, moderation.StandingRefused)
	})
}

// A refused amendment that its author changes is a draft like others: only its author can read it and submit it again.
// An open appeal lapses.
func TestRefusedAmendmentIsChanged(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		a, row := w.RefusedAmendment(t, w.SomeCommitment(t))
		objection := mustAppeal(t, w, row)
		w.Waits(t, a.ID, moderationcase.StateAPPEALED, 0)

		testsite.Must(t, tryEdit(scene.As(t, w.Alice), w, a.ID, rationale("Le casino est grand.")))
		if a = w.AmendmentNow(t, a); a.HeldAt != nil || a.State != amendment.StateDRAFT {
			t.Errorf("%+v", a)
		}
		if k := w.Waits(t, a.ID, moderationcase.StateDECIDED, 0); k.Removed {
			t.Error("it is still kept away")
		}
		mustHaveLapsed(t, w, objection)
		if roadmap.MayReadAmendment(w.ViewerOf(t, w.Moderator), a) {
			t.Error("moderators read a draft")
		}

		again := func(ctx context.Context) error { return tryAppeal(ctx, w, row) }
		w.Refusals(t, []scene.RefusedCase{
			scene.Case("appeal", w.Alice, refusal.Conflict, "", again),
			scene.Case("appeal, as another", w.Bob, refusal.NotFound, "moderation", again),
			scene.Case("decide on the appeal", w.Admin, refusal.Conflict, "", func(ctx context.Context) error {
				return tryOverturn(ctx, w, objection)
			}),
			scene.Case("publish", w.Moderator, refusal.NotFound, "item", func(ctx context.Context) error {
				return scene.Only(w.Decide(ctx, scene.Publishing(a.ID)))
			}),
		})

		// Submitted again, it waits for a moderator, as it still names the casino.
		testsite.Must(t, scene.Only(w.SubmitAmendment(scene.As(t, w.Alice),
			roadmap.SubmitAmendmentInput{Amendment: a.ID})))
		standsAs(t, w, a, moderation.StandingHeld)
		w.Refused(t, refusal.Conflict, "",
			func() error { return tryEdit(scene.As(t, w.Alice), w, a.ID, rationale("y")) })
	})
}

// A refused amendment that its author deletes is gone, and nothing waits for moderators. An open appeal lapses.
func TestRefusedAmendmentIsThrownAway(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		a, row := w.RefusedAmendment(t, c)
		objection := mustAppeal(t, w, row)

		testsite.Must(t, scene.Only(w.DeleteAmendmentDraft(
			scene.As(t, w.Alice), roadmap.DeleteAmendmentDraftInput{Amendment: a.ID})))
		k := w.Waits(t, a.ID, moderationcase.StateDECIDED, 0)
		if k.Removed || w.Read.Amendment.Query().CountX(t.Context()) != 0 {
			t.Errorf("%+v", k)
		}
		mustHaveLapsed(t, w, objection)

		refused := w.Refused(t, refusal.Conflict, "", func() error { return tryAppeal(scene.As(t, w.Alice), w, row) })
		if refused.Current().State != string(moderation.StandingDeleted) {
			t.Errorf("it stands %v", refused.Details["current"])
		}
		w.Refused(t, refusal.Conflict, "", func() error { return tryOverturn(scene.As(t, w.Admin), w, objection) })

		w.DraftOf(t, w.Alice, c, "dix", "vingt") // there is room for another draft
	})
}

// A refused amendment that wins its appeal, or that a moderator publishes after all, is submitted as its author wrote
// it, also when the phase has closed since.
func TestRefusedAmendmentIsPublished(t *testing.T) {
	ways := map[string]func(*testing.T, *scene.World, *ent.Amendment, *ent.Moderation){
		"an appeal": func(t *testing.T, w *scene.World, _ *ent.Amendment, row *ent.Moderation) {
			objection := mustAppeal(t, w, row)
			w.Refused(t, refusal.Forbidden, "",
				func() error { return tryOverturn(scene.As(t, w.Moderator), w, objection) })
			testsite.Must(t, tryOverturn(scene.As(t, w.Admin), w, objection))
		},
		"a moderator": func(t *testing.T, w *scene.World, a *ent.Amendment, _ *ent.Moderation) {
			testsite.Must(t, scene.Only(w.Decide(scene.As(t, w.Moderator), scene.Publishing(a.ID))))
		},
	}

	for name, publish := range ways {
		t.Run(name, func(t *testing.T) {
			scene.Each(t, func(t *testing.T, w *scene.World) {
				c := w.SomeCommitment(t)
				a, row := w.RefusedAmendment(t, c)
				w.ClosePhase(t) // it was submitted in time

				before := w.LogHeads(t)
				publish(t, w, a, row)
				told := slices.DeleteFunc(w.PublicSince(t, before), func(e live.Event) bool { return e.Topic != c.ID })
				if len(told) != 1 || told[0].Type != live.AmendmentSubmitted || told[0].Actor != w.Alice.ID ||
					scene.AsJSON(told[0].Data) != scene.AsJSON(scene.Data{"amendmentCount": 1}) {
					t.Errorf("told %s", scene.AsJSON(told))
				}

				a = w.AmendmentNow(t, a)
				if a.State != amendment.StateEVALUATING || a.HeldAt != nil || w.CaseOf(t, a.ID).Removed ||
					w.CommitmentNow(t, c).AmendmentCount != 1 {
					t.Errorf("%+v", a)
				}
				w.Finds(t, "casino", search.SearchFilter{}, a.ID)
			})
		})
	}
}

// An appeal that is turned down leaves the amendment refused. While its commitment takes no amendments, the refusal
// cannot be overturned.
func TestRefusedAmendmentStaysRefused(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		a, row := w.RefusedAmendment(t, c)
		objection := mustAppeal(t, w, row)

		w.Move(t, c, commitment.StatusUNDER_REVIEW)
		w.Refused(t, refusal.Closed, "", func() error { return tryOverturn(scene.As(t, w.Admin), w, objection) })

		testsite.Must(t, scene.Only(w.DecideAppeal(scene.As(t, w.Admin), moderation.DecideAppealInput{
			Appeal: objection.ID, Statement: "Non.",
		})))
		standsAs(t, w, a, moderation.StandingRefused)
		w.Refused(t, refusal.Conflict, "", func() error { return tryAppeal(scene.As(t, w.Alice), w, row) })

		testsite.Must(t, tryEdit(scene.As(t, w.Alice), w, a.ID, rationale("x"))) // its author may change it at any time
	})
}

// The erasure of an account deletes its refused amendments, and empties its appeals, which lapse.
func TestEraseRefusedAmendment(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		a, row := w.RefusedAmendment(t, w.SomeCommitment(t))
		mustAppeal(t, w, row)

		testsite.Must(t, scene.Only(w.EraseAccount(scene.As(t, w.Alice), consultation.EraseAccountInput{})))
		w.Waits(t, a.ID, moderationcase.StateDECIDED, 0)
		if n := w.Read.Amendment.Query().CountX(t.Context()); n != 0 {
			t.Errorf("%d are left", n)
		}
		if o := w.Read.Appeal.Query().OnlyX(t.Context()); o.State != appeal.StateLAPSED || o.Text != "" {
			t.Errorf("%+v", o)
		}
	})
}

// The author changes or deletes a refused amendment while a moderator publishes it: one of the two succeeds, and the
// other is refused.
func TestChangeAgainstPublish(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		for i := range 6 {
			c := w.SomeCommitment(t)
			a, _ := w.RefusedAmendment(t, c)
			alice, moderator := scene.As(t, w.Alice), scene.As(t, w.Moderator)

			answers := scene.AtOnce(t, 2, func(n int) error {
				switch {
				case n == 1:
					return scene.Only(w.Decide(moderator, scene.Publishing(a.ID)))
				case i%2 == 0:
					return tryEdit(alice, w, a.ID, rationale("Autrement."))
				}
				return scene.Only(w.DeleteAmendmentDraft(alice, roadmap.DeleteAmendmentDraftInput{Amendment: a.ID}))
			})
			byAuthor, byModerator := answers[0], answers[1]

			published := byModerator == nil
			if published == (byAuthor == nil) {
				t.Errorf("both or none: %v", answers)
			}
			if code := refusal.CodeOf(byAuthor); published && code != refusal.Conflict {
				t.Errorf("the author: %v", byAuthor)
			}
			if code := refusal.CodeOf(byModerator); !published && code != refusal.NotFound {
				t.Errorf("the moderator: %v", byModerator)
			}

			if n := w.CommitmentNow(t, c).AmendmentCount; published != (n == 1) {
				t.Errorf("%d amendments", n)
			}
			if published && w.AmendmentNow(t, a).Rationale != "" {
				t.Error("what was published is not what the moderator read")
			}
		}
	})
}

// The author appeals against the refusal of an amendment and changes the amendment at the same moment: the appeal comes
// too late, or lapses.

// Its author appeals while they change it: the appeal comes too late, or lapses.
func TestAppealAgainstChange(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		for range 6 {
			a, row := w.RefusedAmendment(t, w.SomeCommitment(t))
			alice := scene.As(t, w.Alice)

			answers := scene.AtOnce(t, 2, func(n int) error {
				if n == 0 {
					return tryEdit(alice, w, a.ID, rationale("Autrement."))
				}
				return tryAppeal(alice, w, row)
			})
			testsite.Must(t, answers[0])
			if answers[1] != nil && refusal.CodeOf(answers[1]) != refusal.Conflict {
				t.Error(answers[1])
			}

			if open := w.Read.Appeal.Query().Where(appeal.StateEQ(appeal.StateOPEN)).CountX(t.Context()); open != 0 {
				t.Errorf("%d appeals are open", open)
			}
			w.Waits(t, a.ID, moderationcase.StateDECIDED, 0)
			if w.AmendmentNow(t, a).HeldAt != nil {
				t.Error("it is still refused")
			}
		}
	})
}
