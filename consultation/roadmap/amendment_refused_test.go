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

// standsAs compares how an amendment stands with what it must be.
func standsAs(t testing.TB, w *scene.World, a *ent.Amendment, want moderation.Standing) {
	t.Helper()
	if got := moderation.StandingOf(w.CaseOf(t, a.ID), roadmap.RemovalOfAmendment(w.AmendmentNow(t, a))); got != want {
		t.Errorf("it stands %s, want %s", got, want)
	}
}

// exported is a file of an archive.
func exported(t testing.TB, archive *bytes.Buffer, name string) string {
	t.Helper()
	files := testsite.Got(zip.NewReader(bytes.NewReader(archive.Bytes()), int64(archive.Len())))(t)
	f := testsite.Got(files.Open(name))(t)
	return string(testsite.Got(io.ReadAll(f))(t))
}

func rationale(text string) roadmap.DraftChange {
	return roadmap.DraftChange{Rationale: &text}
}

// A refused amendment stays as it is: its author and the moderators read it, and nobody else hears of it.
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
		if said := w.Sent(t, box)["alice@example.org"].Body; !strings.Contains(said, row.ID) || !strings.Contains(said, "2026") {
			t.Errorf("the mail names no way to appeal:\n%s", said)
		}
		if until := moderation.AppealUntil(row); until == nil || !until.Equal(row.CreatedAt.AddDate(0, 6, 0)) {
			t.Errorf("to appeal until %v", until)
		}
		if !roadmap.MayReadAmendment(w.ViewerOf(t, w.Alice), a) || !roadmap.MayReadAmendment(w.ViewerOf(t, w.Moderator), a) {
			t.Error("its author or the moderators cannot read it")
		}
		if mine := w.HiddenItems(w.ViewerOf(t, w.Alice)).AllX(t.Context()); len(mine) != 1 || mine[0].ItemID != a.ID {
			t.Errorf("hidden items are %s", scene.AsJSON(mine))
		}
		w.Finds(t, "casino", search.SearchFilter{})
		var archive bytes.Buffer
		testsite.Must(t, w.ExportAccount(scene.As(t, w.Alice), &archive))
		if mine := exported(t, &archive, "amendments.json"); !strings.Contains(mine, a.ID) || !strings.Contains(mine, "casino") {
			t.Errorf("the export says %s", mine)
		}
		w.Refusals(t, []scene.RefusedCase{
			scene.Case("submit as it is", w.Alice, refusal.Conflict, "", func(ctx context.Context) error {
				return scene.Only(w.SubmitAmendment(ctx, roadmap.SubmitAmendmentInput{Amendment: a.ID}))
			}),
			scene.Case("submit, as another", w.Bob, refusal.NotFound, "amendment", func(ctx context.Context) error {
				return scene.Only(w.SubmitAmendment(ctx, roadmap.SubmitAmendmentInput{Amendment: a.ID}))
			}),
			scene.Case("change, as another", w.Bob, refusal.NotFound, "amendment", func(ctx context.Context) error {
				return scene.Only(w.EditAmendmentDraft(ctx, roadmap.EditAmendmentDraftInput{Amendment: a.ID, DraftChange: rationale("x")}))
			}),
			scene.Case("throw away, as a moderator", w.Moderator, refusal.NotFound, "amendment", func(ctx context.Context) error {
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
			scene.Case("report", w.Bob, refusal.NotFound, "item", func(ctx context.Context) error { return scene.Only(w.Report(ctx, scene.Spam(a.ID))) }),
			scene.Case("hide", w.Moderator, refusal.Conflict, "", func(ctx context.Context) error { return scene.Only(w.Decide(ctx, scene.Hiding(a.ID))) }),
			scene.Case("refuse again", w.Moderator, refusal.Conflict, "", func(ctx context.Context) error { return scene.Only(w.Decide(ctx, scene.Refusing(a.ID))) }),
			scene.Case("appeal, as another", w.Bob, refusal.NotFound, "moderation", func(ctx context.Context) error {
				return scene.Only(w.Appeal(ctx, moderation.AppealInput{Moderation: row.ID, Text: "x"}))
			}),
			scene.Case("publish, as another", w.Bob, refusal.NotFound, "item", func(ctx context.Context) error { return scene.Only(w.Decide(ctx, scene.Publishing(a.ID))) }),
		})
		e := w.Refused(t, refusal.Conflict, "", func() error {
			return scene.Only(w.SubmitAmendment(scene.As(t, w.Alice), roadmap.SubmitAmendmentInput{Amendment: a.ID}))
		})
		if e.Details["current"] != moderation.StandingRefused {
			t.Errorf("it stands %v", e.Details["current"])
		}
		testsite.Must(t, scene.Only(w.EditAmendmentDraft(scene.As(t, w.Alice), roadmap.EditAmendmentDraftInput{Amendment: a.ID, DraftChange: roadmap.DraftChange{Title: &a.Title}}))) // changes nothing
		standsAs(t, w, a, moderation.StandingRefused)
	})
}

// Changed, it is a draft like others: nobody's but its author's, who may submit it again; an open appeal has lapsed.
func TestRefusedAmendmentIsChanged(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		a, row := w.RefusedAmendment(t, c)
		objection := testsite.Got(w.Appeal(scene.As(t, w.Alice), moderation.AppealInput{Moderation: row.ID, Text: "C’est un lieu."}))(t)
		w.Waits(t, a.ID, moderationcase.StateAPPEALED, 0)
		testsite.Must(t, scene.Only(w.EditAmendmentDraft(scene.As(t, w.Alice), roadmap.EditAmendmentDraftInput{Amendment: a.ID, DraftChange: rationale("Le casino est grand.")})))
		if a = w.AmendmentNow(t, a); a.HeldAt != nil || a.State != amendment.StateDRAFT {
			t.Errorf("%+v", a)
		}
		if k := w.Waits(t, a.ID, moderationcase.StateDECIDED, 0); k.Removed {
			t.Error("it is still kept away")
		}
		if objection = testsite.Got(w.Read.Appeal.Get(t.Context(), objection.ID))(t); objection.State != appeal.StateLAPSED {
			t.Errorf("%+v", objection)
		}
		if roadmap.MayReadAmendment(w.ViewerOf(t, w.Moderator), a) {
			t.Error("moderators read a draft")
		}
		w.Refusals(t, []scene.RefusedCase{
			scene.Case("appeal", w.Alice, refusal.Conflict, "", func(ctx context.Context) error {
				return scene.Only(w.Appeal(ctx, moderation.AppealInput{Moderation: row.ID, Text: "x"}))
			}),
			scene.Case("appeal, as another", w.Bob, refusal.NotFound, "moderation", func(ctx context.Context) error {
				return scene.Only(w.Appeal(ctx, moderation.AppealInput{Moderation: row.ID, Text: "x"}))
			}),
			scene.Case("decide on the appeal", w.Admin, refusal.Conflict, "", func(ctx context.Context) error {
				return scene.Only(w.DecideAppeal(ctx, moderation.DecideAppealInput{Appeal: objection.ID, Overturn: true, Statement: "x"}))
			}),
			scene.Case("publish", w.Moderator, refusal.NotFound, "item", func(ctx context.Context) error { return scene.Only(w.Decide(ctx, scene.Publishing(a.ID))) }),
		})
		testsite.Must(t, scene.Only(w.SubmitAmendment(scene.As(t, w.Alice), roadmap.SubmitAmendmentInput{Amendment: a.ID}))) // it still names the casino
		standsAs(t, w, a, moderation.StandingHeld)
		w.Refused(t, refusal.Conflict, "", func() error {
			return scene.Only(w.EditAmendmentDraft(scene.As(t, w.Alice), roadmap.EditAmendmentDraftInput{Amendment: a.ID, DraftChange: rationale("y")}))
		})
	})
}

// Thrown away, it is gone, and nothing waits for moderators.
func TestRefusedAmendmentIsThrownAway(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		a, row := w.RefusedAmendment(t, c)
		objection := testsite.Got(w.Appeal(scene.As(t, w.Alice), moderation.AppealInput{Moderation: row.ID, Text: "C’est un lieu."}))(t)
		testsite.Must(t, scene.Only(w.DeleteAmendmentDraft(scene.As(t, w.Alice), roadmap.DeleteAmendmentDraftInput{Amendment: a.ID})))
		if k := w.Waits(t, a.ID, moderationcase.StateDECIDED, 0); k.Removed || w.Read.Amendment.Query().CountX(t.Context()) != 0 {
			t.Errorf("%+v", k)
		}
		if objection = testsite.Got(w.Read.Appeal.Get(t.Context(), objection.ID))(t); objection.State != appeal.StateLAPSED {
			t.Errorf("%+v", objection)
		}
		e := w.Refused(t, refusal.Conflict, "", func() error {
			return scene.Only(w.Appeal(scene.As(t, w.Alice), moderation.AppealInput{Moderation: row.ID, Text: "x"}))
		})
		if e.Details["current"] != moderation.StandingDeleted {
			t.Errorf("it stands %v", e.Details["current"])
		}
		w.Refused(t, refusal.Conflict, "", func() error {
			return scene.Only(w.DecideAppeal(scene.As(t, w.Admin), moderation.DecideAppealInput{Appeal: objection.ID, Overturn: true, Statement: "x"}))
		})
		w.DraftOf(t, w.Alice, c, "dix", "vingt")
	})
}

// Overturned, or published by a moderator who thinks again, it is submitted as its author meant it.
func TestRefusedAmendmentIsPublished(t *testing.T) {
	for name, publish := range map[string]func(*testing.T, *scene.World, *ent.Amendment, *ent.Moderation){
		"an appeal": func(t *testing.T, w *scene.World, a *ent.Amendment, row *ent.Moderation) {
			objection := testsite.Got(w.Appeal(scene.As(t, w.Alice), moderation.AppealInput{Moderation: row.ID, Text: "C’est un lieu."}))(t)
			w.Refused(t, refusal.Forbidden, "", func() error {
				return scene.Only(w.DecideAppeal(scene.As(t, w.Moderator), moderation.DecideAppealInput{Appeal: objection.ID, Overturn: true, Statement: "x"}))
			})
			testsite.Must(t, scene.Only(w.DecideAppeal(scene.As(t, w.Admin), moderation.DecideAppealInput{Appeal: objection.ID, Overturn: true, Statement: "En effet."})))
		},
		"a moderator": func(t *testing.T, w *scene.World, a *ent.Amendment, _ *ent.Moderation) {
			testsite.Must(t, scene.Only(w.Decide(scene.As(t, w.Moderator), scene.Publishing(a.ID))))
		},
	} {
		t.Run(name, func(t *testing.T) {
			scene.Each(t, func(t *testing.T, w *scene.World) {
				c := w.SomeCommitment(t)
				a, row := w.RefusedAmendment(t, c)
				w.ClosePhase(t) // submitted in time
				before := w.LogHeads(t)
				publish(t, w, a, row)
				told := slices.DeleteFunc(w.PublicSince(t, before), func(e live.Event) bool { return e.Topic != c.ID })
				if len(told) != 1 || told[0].Type != live.AmendmentSubmitted || told[0].Actor != w.Alice.ID || scene.AsJSON(told[0].Data) != scene.AsJSON(scene.Data{"amendmentCount": 1}) {
					t.Errorf("told %s", scene.AsJSON(told))
				}
				if a = w.AmendmentNow(t, a); a.State != amendment.StateEVALUATING || a.HeldAt != nil || w.CaseOf(t, a.ID).Removed || w.CommitmentNow(t, c).AmendmentCount != 1 {
					t.Errorf("%+v", a)
				}
				w.Finds(t, "casino", search.SearchFilter{}, a.ID)
			})
		})
	}
}

// An appeal that is upheld leaves it refused; one on a commitment that takes none any more cannot be overturned.
func TestRefusedAmendmentStaysRefused(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		a, row := w.RefusedAmendment(t, c)
		objection := testsite.Got(w.Appeal(scene.As(t, w.Alice), moderation.AppealInput{Moderation: row.ID, Text: "C’est un lieu."}))(t)
		w.Move(t, c, commitment.StatusUNDER_REVIEW)
		w.Refused(t, refusal.Closed, "", func() error {
			return scene.Only(w.DecideAppeal(scene.As(t, w.Admin), moderation.DecideAppealInput{Appeal: objection.ID, Overturn: true, Statement: "x"}))
		})
		testsite.Must(t, scene.Only(w.DecideAppeal(scene.As(t, w.Admin), moderation.DecideAppealInput{Appeal: objection.ID, Statement: "Non."})))
		standsAs(t, w, a, moderation.StandingRefused)
		w.Refused(t, refusal.Conflict, "", func() error {
			return scene.Only(w.Appeal(scene.As(t, w.Alice), moderation.AppealInput{Moderation: row.ID, Text: "x"}))
		})
		testsite.Must(t, scene.Only(w.EditAmendmentDraft(scene.As(t, w.Alice), roadmap.EditAmendmentDraftInput{Amendment: a.ID, DraftChange: rationale("x")}))) // at any time
	})
}

// An account that is erased takes what was refused with it, and the appeal.
func TestEraseRefusedAmendment(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		a, row := w.RefusedAmendment(t, w.SomeCommitment(t))
		testsite.Got(w.Appeal(scene.As(t, w.Alice), moderation.AppealInput{Moderation: row.ID, Text: "C’est un lieu."}))(t)
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

// Its author changes it, or throws it away, while it is published: one of them does.
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
					return scene.Only(w.EditAmendmentDraft(alice, roadmap.EditAmendmentDraftInput{Amendment: a.ID, DraftChange: rationale("Autrement.")}))
				}
				return scene.Only(w.DeleteAmendmentDraft(alice, roadmap.DeleteAmendmentDraftInput{Amendment: a.ID}))
			})
			published := answers[1] == nil
			if published == (answers[0] == nil) {
				t.Errorf("both or none: %v", answers)
			}
			if code := refusal.CodeOf(answers[0]); published && code != refusal.Conflict {
				t.Errorf("the author: %v", answers[0])
			}
			if code := refusal.CodeOf(answers[1]); !published && code != refusal.NotFound {
				t.Errorf("the moderator: %v", answers[1])
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

// Its author appeals while they change it: the appeal comes too late, or lapses.
func TestAppealAgainstChange(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		for range 6 {
			a, row := w.RefusedAmendment(t, w.SomeCommitment(t))
			alice := scene.As(t, w.Alice)
			answers := scene.AtOnce(t, 2, func(n int) error {
				if n == 0 {
					return scene.Only(w.EditAmendmentDraft(alice, roadmap.EditAmendmentDraftInput{Amendment: a.ID, DraftChange: rationale("Autrement.")}))
				}
				return scene.Only(w.Appeal(alice, moderation.AppealInput{Moderation: row.ID, Text: "C’est un lieu."}))
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
