package consultation_test

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
	"ensemble/consultation/processes"
	"ensemble/consultation/refusal"
	"ensemble/consultation/roadmap"
	"ensemble/consultation/search"
	"ensemble/ent"
	"ensemble/ent/amendment"
	"ensemble/ent/appeal"
	"ensemble/ent/commitment"
	"ensemble/ent/moderationcase"
	"ensemble/live"
)

// refusedAmendment is one of alice's that moderators do not publish, and their decision.
func (w *world) refusedAmendment(t testing.TB, c *ent.Commitment) (*ent.Amendment, *ent.Moderation) {
	t.Helper()
	w.asks(t, processes.UpdateProcessInput{HeldWords: []string{"casino"}})
	a := w.submitted(t, w.Alice, c, "deux fois", "au casino")
	row := got(w.Decide(as(t, w.Moderator), refusing(a.ID)))(t)
	return w.current(t, a), row
}

// standsAs compares how an amendment stands with what it must be.
func (w *world) standsAs(t testing.TB, a *ent.Amendment, want moderation.Standing) {
	t.Helper()
	if got := moderation.StandingOf(w.caseOf(t, a.ID), roadmap.RemovalOfAmendment(w.current(t, a))); got != want {
		t.Errorf("it stands %s, want %s", got, want)
	}
}

// exported is a file of an archive.
func exported(t testing.TB, archive *bytes.Buffer, name string) string {
	t.Helper()
	files := got(zip.NewReader(bytes.NewReader(archive.Bytes()), int64(archive.Len())))(t)
	f := got(files.Open(name))(t)
	return string(got(io.ReadAll(f))(t))
}

func rationale(text string) roadmap.DraftChange {
	return roadmap.DraftChange{Rationale: &text}
}

// A refused amendment stays as it is: its author and the moderators read it, and nobody else hears of it.
func TestRefusedAmendment(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.commitment(t)
		box := &mailbox{}
		must(t, w.Write.User.Update().SetEmailConfirmedAt(w.Now()).Exec(t.Context()))
		w.Mailer = box
		before := w.heads(t)
		a, row := w.refusedAmendment(t, c)
		w.standsAs(t, a, moderation.StandingRefused)
		if a.State != amendment.StateDRAFT || !w.caseOf(t, a.ID).Removed || w.now(t, c).AmendmentCount != 0 {
			t.Errorf("%+v", a)
		}
		for _, e := range w.publicSince(t, before) {
			if e.Topic == c.ID {
				t.Errorf("told %s", asJSON(e))
			}
		}
		if said := w.sent(t, box)["alice@example.org"].Body; !strings.Contains(said, row.ID) || !strings.Contains(said, "2026") {
			t.Errorf("the mail names no way to appeal:\n%s", said)
		}
		if until := moderation.AppealUntil(row); until == nil || !until.Equal(row.CreatedAt.AddDate(0, 6, 0)) {
			t.Errorf("to appeal until %v", until)
		}
		if !roadmap.MayReadAmendment(w.viewerOf(t, w.Alice), a) || !roadmap.MayReadAmendment(w.viewerOf(t, w.Moderator), a) {
			t.Error("its author or the moderators cannot read it")
		}
		if mine := w.HiddenItems(w.viewerOf(t, w.Alice)).AllX(t.Context()); len(mine) != 1 || mine[0].ItemID != a.ID {
			t.Errorf("hidden items are %s", asJSON(mine))
		}
		w.finds(t, "casino", search.SearchFilter{})
		var archive bytes.Buffer
		must(t, w.ExportAccount(as(t, w.Alice), &archive))
		if mine := exported(t, &archive, "amendments.json"); !strings.Contains(mine, a.ID) || !strings.Contains(mine, "casino") {
			t.Errorf("the export says %s", mine)
		}
		w.refusals(t, []refusedCase{
			{"submit as it is", w.Alice, refusal.Conflict, "", func(ctx context.Context) error {
				return only(w.SubmitAmendment(ctx, roadmap.SubmitAmendmentInput{Amendment: a.ID}))
			}},
			{"submit, as another", w.Bob, refusal.NotFound, "amendment", func(ctx context.Context) error {
				return only(w.SubmitAmendment(ctx, roadmap.SubmitAmendmentInput{Amendment: a.ID}))
			}},
			{"change, as another", w.Bob, refusal.NotFound, "amendment", func(ctx context.Context) error {
				return only(w.EditAmendmentDraft(ctx, roadmap.EditAmendmentDraftInput{Amendment: a.ID, DraftChange: rationale("x")}))
			}},
			{"throw away, as a moderator", w.Moderator, refusal.NotFound, "amendment", func(ctx context.Context) error {
				return only(w.DeleteAmendmentDraft(ctx, roadmap.DeleteAmendmentDraftInput{Amendment: a.ID}))
			}},
			{"withdraw", w.Alice, refusal.Conflict, "", func(ctx context.Context) error {
				return only(w.WithdrawAmendment(ctx, roadmap.WithdrawAmendmentInput{Amendment: a.ID}))
			}},
			{"begin another", w.Alice, refusal.Conflict, "", func(ctx context.Context) error {
				return only(w.DraftAmendment(ctx, roadmap.DraftAmendmentInput{Commitment: c.ID}))
			}},
			{"comment", w.Bob, refusal.NotFound, "subject", func(ctx context.Context) error {
				return w.post(ctx, roadmap.PostCommentInput{Subject: a.ID, Body: "x"})
			}},
			{"report", w.Bob, refusal.NotFound, "item", func(ctx context.Context) error { return only(w.Report(ctx, spam(a.ID))) }},
			{"hide", w.Moderator, refusal.Conflict, "", func(ctx context.Context) error { return only(w.Decide(ctx, hiding(a.ID))) }},
			{"refuse again", w.Moderator, refusal.Conflict, "", func(ctx context.Context) error { return only(w.Decide(ctx, refusing(a.ID))) }},
			{"appeal, as another", w.Bob, refusal.NotFound, "moderation", func(ctx context.Context) error {
				return only(w.Appeal(ctx, moderation.AppealInput{Moderation: row.ID, Text: "x"}))
			}},
			{"publish, as another", w.Bob, refusal.NotFound, "item", func(ctx context.Context) error { return only(w.Decide(ctx, publishing(a.ID))) }},
		})
		e := w.refused(t, refusal.Conflict, "", func() error {
			return only(w.SubmitAmendment(as(t, w.Alice), roadmap.SubmitAmendmentInput{Amendment: a.ID}))
		})
		if e.Details["current"] != moderation.StandingRefused {
			t.Errorf("it stands %v", e.Details["current"])
		}
		must(t, only(w.EditAmendmentDraft(as(t, w.Alice), roadmap.EditAmendmentDraftInput{Amendment: a.ID, DraftChange: roadmap.DraftChange{Title: &a.Title}}))) // changes nothing
		w.standsAs(t, a, moderation.StandingRefused)
	})
}

// Changed, it is a draft like others: nobody's but its author's, who may submit it again; an open appeal has lapsed.
func TestRefusedAmendmentIsChanged(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.commitment(t)
		a, row := w.refusedAmendment(t, c)
		objection := got(w.Appeal(as(t, w.Alice), moderation.AppealInput{Moderation: row.ID, Text: "C’est un lieu."}))(t)
		w.waits(t, a.ID, moderationcase.StateAPPEALED, 0)
		must(t, only(w.EditAmendmentDraft(as(t, w.Alice), roadmap.EditAmendmentDraftInput{Amendment: a.ID, DraftChange: rationale("Le casino est grand.")})))
		if a = w.current(t, a); a.HeldAt != nil || a.State != amendment.StateDRAFT {
			t.Errorf("%+v", a)
		}
		if k := w.waits(t, a.ID, moderationcase.StateDECIDED, 0); k.Removed {
			t.Error("it is still kept away")
		}
		if objection = got(w.Read.Appeal.Get(t.Context(), objection.ID))(t); objection.State != appeal.StateLAPSED {
			t.Errorf("%+v", objection)
		}
		if roadmap.MayReadAmendment(w.viewerOf(t, w.Moderator), a) {
			t.Error("moderators read a draft")
		}
		w.refusals(t, []refusedCase{
			{"appeal", w.Alice, refusal.Conflict, "", func(ctx context.Context) error {
				return only(w.Appeal(ctx, moderation.AppealInput{Moderation: row.ID, Text: "x"}))
			}},
			{"appeal, as another", w.Bob, refusal.NotFound, "moderation", func(ctx context.Context) error {
				return only(w.Appeal(ctx, moderation.AppealInput{Moderation: row.ID, Text: "x"}))
			}},
			{"decide on the appeal", w.Admin, refusal.Conflict, "", func(ctx context.Context) error {
				return only(w.DecideAppeal(ctx, moderation.DecideAppealInput{Appeal: objection.ID, Overturn: true, Statement: "x"}))
			}},
			{"publish", w.Moderator, refusal.NotFound, "item", func(ctx context.Context) error { return only(w.Decide(ctx, publishing(a.ID))) }},
		})
		must(t, only(w.SubmitAmendment(as(t, w.Alice), roadmap.SubmitAmendmentInput{Amendment: a.ID}))) // it still names the casino
		w.standsAs(t, a, moderation.StandingHeld)
		w.refused(t, refusal.Conflict, "", func() error {
			return only(w.EditAmendmentDraft(as(t, w.Alice), roadmap.EditAmendmentDraftInput{Amendment: a.ID, DraftChange: rationale("y")}))
		})
	})
}

// Thrown away, it is gone, and nothing waits for moderators.
func TestRefusedAmendmentIsThrownAway(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.commitment(t)
		a, row := w.refusedAmendment(t, c)
		objection := got(w.Appeal(as(t, w.Alice), moderation.AppealInput{Moderation: row.ID, Text: "C’est un lieu."}))(t)
		must(t, only(w.DeleteAmendmentDraft(as(t, w.Alice), roadmap.DeleteAmendmentDraftInput{Amendment: a.ID})))
		if k := w.waits(t, a.ID, moderationcase.StateDECIDED, 0); k.Removed || w.Read.Amendment.Query().CountX(t.Context()) != 0 {
			t.Errorf("%+v", k)
		}
		if objection = got(w.Read.Appeal.Get(t.Context(), objection.ID))(t); objection.State != appeal.StateLAPSED {
			t.Errorf("%+v", objection)
		}
		e := w.refused(t, refusal.Conflict, "", func() error {
			return only(w.Appeal(as(t, w.Alice), moderation.AppealInput{Moderation: row.ID, Text: "x"}))
		})
		if e.Details["current"] != moderation.StandingDeleted {
			t.Errorf("it stands %v", e.Details["current"])
		}
		w.refused(t, refusal.Conflict, "", func() error {
			return only(w.DecideAppeal(as(t, w.Admin), moderation.DecideAppealInput{Appeal: objection.ID, Overturn: true, Statement: "x"}))
		})
		w.draft(t, w.Alice, c, "dix", "vingt")
	})
}

// Overturned, or published by a moderator who thinks again, it is submitted as its author meant it.
func TestRefusedAmendmentIsPublished(t *testing.T) {
	for name, publish := range map[string]func(*testing.T, *world, *ent.Amendment, *ent.Moderation){
		"an appeal": func(t *testing.T, w *world, a *ent.Amendment, row *ent.Moderation) {
			objection := got(w.Appeal(as(t, w.Alice), moderation.AppealInput{Moderation: row.ID, Text: "C’est un lieu."}))(t)
			w.refused(t, refusal.Forbidden, "", func() error {
				return only(w.DecideAppeal(as(t, w.Moderator), moderation.DecideAppealInput{Appeal: objection.ID, Overturn: true, Statement: "x"}))
			})
			must(t, only(w.DecideAppeal(as(t, w.Admin), moderation.DecideAppealInput{Appeal: objection.ID, Overturn: true, Statement: "En effet."})))
		},
		"a moderator": func(t *testing.T, w *world, a *ent.Amendment, _ *ent.Moderation) {
			must(t, only(w.Decide(as(t, w.Moderator), publishing(a.ID))))
		},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, w *world) {
				c := w.commitment(t)
				a, row := w.refusedAmendment(t, c)
				w.closePhase(t) // submitted in time
				before := w.heads(t)
				publish(t, w, a, row)
				told := slices.DeleteFunc(w.publicSince(t, before), func(e live.Event) bool { return e.Topic != c.ID })
				if len(told) != 1 || told[0].Type != live.AmendmentSubmitted || told[0].Actor != w.Alice.ID || asJSON(told[0].Data) != asJSON(data{"amendmentCount": 1}) {
					t.Errorf("told %s", asJSON(told))
				}
				if a = w.current(t, a); a.State != amendment.StateEVALUATING || a.HeldAt != nil || w.caseOf(t, a.ID).Removed || w.now(t, c).AmendmentCount != 1 {
					t.Errorf("%+v", a)
				}
				w.finds(t, "casino", search.SearchFilter{}, a.ID)
			})
		})
	}
}

// An appeal that is upheld leaves it refused; one on a commitment that takes none any more cannot be overturned.
func TestRefusedAmendmentStaysRefused(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.commitment(t)
		a, row := w.refusedAmendment(t, c)
		objection := got(w.Appeal(as(t, w.Alice), moderation.AppealInput{Moderation: row.ID, Text: "C’est un lieu."}))(t)
		w.move(t, c, commitment.StatusUNDER_REVIEW)
		w.refused(t, refusal.Closed, "", func() error {
			return only(w.DecideAppeal(as(t, w.Admin), moderation.DecideAppealInput{Appeal: objection.ID, Overturn: true, Statement: "x"}))
		})
		must(t, only(w.DecideAppeal(as(t, w.Admin), moderation.DecideAppealInput{Appeal: objection.ID, Statement: "Non."})))
		w.standsAs(t, a, moderation.StandingRefused)
		w.refused(t, refusal.Conflict, "", func() error {
			return only(w.Appeal(as(t, w.Alice), moderation.AppealInput{Moderation: row.ID, Text: "x"}))
		})
		must(t, only(w.EditAmendmentDraft(as(t, w.Alice), roadmap.EditAmendmentDraftInput{Amendment: a.ID, DraftChange: rationale("x")}))) // at any time
	})
}

// An account that is erased takes what was refused with it, and the appeal.
func TestEraseRefusedAmendment(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		a, row := w.refusedAmendment(t, w.commitment(t))
		got(w.Appeal(as(t, w.Alice), moderation.AppealInput{Moderation: row.ID, Text: "C’est un lieu."}))(t)
		must(t, only(w.EraseAccount(as(t, w.Alice), consultation.EraseAccountInput{})))
		w.waits(t, a.ID, moderationcase.StateDECIDED, 0)
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
	each(t, func(t *testing.T, w *world) {
		for i := range 6 {
			c := w.commitment(t)
			a, _ := w.refusedAmendment(t, c)
			alice, moderator := as(t, w.Alice), as(t, w.Moderator)
			answers := atOnce(t, 2, func(n int) error {
				switch {
				case n == 1:
					return only(w.Decide(moderator, publishing(a.ID)))
				case i%2 == 0:
					return only(w.EditAmendmentDraft(alice, roadmap.EditAmendmentDraftInput{Amendment: a.ID, DraftChange: rationale("Autrement.")}))
				}
				return only(w.DeleteAmendmentDraft(alice, roadmap.DeleteAmendmentDraftInput{Amendment: a.ID}))
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
			if n := w.now(t, c).AmendmentCount; published != (n == 1) {
				t.Errorf("%d amendments", n)
			}
			if published && w.current(t, a).Rationale != "" {
				t.Error("what was published is not what the moderator read")
			}
		}
	})
}

// Its author appeals while they change it: the appeal comes too late, or lapses.
func TestAppealAgainstChange(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for range 6 {
			a, row := w.refusedAmendment(t, w.commitment(t))
			alice := as(t, w.Alice)
			answers := atOnce(t, 2, func(n int) error {
				if n == 0 {
					return only(w.EditAmendmentDraft(alice, roadmap.EditAmendmentDraftInput{Amendment: a.ID, DraftChange: rationale("Autrement.")}))
				}
				return only(w.Appeal(alice, moderation.AppealInput{Moderation: row.ID, Text: "C’est un lieu."}))
			})
			must(t, answers[0])
			if answers[1] != nil && refusal.CodeOf(answers[1]) != refusal.Conflict {
				t.Error(answers[1])
			}
			if open := w.Read.Appeal.Query().Where(appeal.StateEQ(appeal.StateOPEN)).CountX(t.Context()); open != 0 {
				t.Errorf("%d appeals are open", open)
			}
			w.waits(t, a.ID, moderationcase.StateDECIDED, 0)
			if w.current(t, a).HeldAt != nil {
				t.Error("it is still refused")
			}
		}
	})
}
