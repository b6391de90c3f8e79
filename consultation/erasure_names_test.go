package consultation_test

import (
	"fmt"
	"testing"
	"time"

	"ensemble/consultation"
	"ensemble/consultation/moderation"
	"ensemble/consultation/people"
	"ensemble/consultation/refusal"
	"ensemble/consultation/roadmap"
	"ensemble/ent"
	"ensemble/ent/comment"
	entmoderation "ensemble/ent/moderation"
	"ensemble/ent/report"
	"ensemble/internal/testsite"
	"ensemble/internal/testsite/scene"
)

// After an erasure no text has a nickname that the person bore, now or before, where it names them or nobody. Where it
// names whoever bears it since, it stays.
func TestEraseFormerNicknames(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		w.Keeping.Nicknames = time.Minute
		c := w.SomeCommitment(t)
		says := func(body string) *ent.Comment {
			return testsite.Got(w.PostComment(scene.As(t, w.Moderator),
				roadmap.PostCommentInput{Subject: c.ID, Body: body}))(t)
		}
		rename := func(p *testsite.Person, nickname string) {
			testsite.Must(t, scene.Only(w.UpdateAccount(scene.As(t, p), people.UpdateAccountInput{Nickname: &nickname})))
		}

		first := says("Merci @alice !")
		testsite.Got(w.EditComment(scene.As(t, w.Moderator),
			roadmap.EditCommentInput{Comment: first.ID, Body: "Merci @Alice et `@alice` !"}))(t)
		rename(w.Alice, "alicia_2")
		old := says("Bravo @alicia_2, @steering.")
		testsite.Must(t, w.Write.Comment.Update().Where(comment.ID(old.ID)).SetMentionsBound(false).Exec(t.Context()))
		nobodys := says("Où est @alice ?")
		w.Clock.Advance(time.Minute)
		rename(w.Bob, "alice")
		bobs := says("Et @alice ?")

		testsite.Got(w.EraseAccount(scene.As(t, w.Alice), consultation.EraseAccountInput{}))(t)
		for m, want := range map[*ent.Comment]string{
			first: "Merci @… et `@…` !", old: "Bravo @…, @steering.", nobodys: "Où est @… ?", bobs: "Et @alice ?",
		} {
			if got := w.CommentNow(t, m).Body; got != want {
				t.Errorf("%q is left, want %q", got, want)
			}
		}
		edit := testsite.Got(w.Read.CommentEdit.Query().Only(t.Context()))(t)
		if edit.Body != "Merci @… !" {
			t.Errorf("it said before: %q", edit.Body)
		}
		w.CheckSearch(t)

		if named := naming(t, w, "alicia"); len(named) > 0 {
			t.Errorf("%v still name her", named)
		}
	})
}

// However a nickname is written after an "@", no text keeps it where a reader sees it, and the search does not find it.
func TestEraseNicknamesInAnySpelling(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		testsite.Must(t, w.Write.User.UpdateOneID(w.Alice.ID).SetNickname("qwjk_deux").Exec(t.Context()))
		c := w.SomeCommitment(t)
		for said, want := range map[string]string{
			"Vu `@qwjk_deux`.": "Vu `@…`.", "[@qwjk_deux](https://example.org)": "[@…](https://example.org)",
			`Vu \@qwjk_deux et @qwjk\_deux.`: `Vu \@… et @….`, "Vu &#64;QWJK_deux.": "Vu @….", "Vu ＠qwjk_deux.": "Vu @….",
			"Vu @\u200bqwjk_deux et @qwjk\u200b_deux.": "Vu @… et @….", "Vu @**qwjk_deux**": "Vu @…**",
			"Vu qwjk_deux@example.org et @qwjk_deuxième.": "Vu qwjk_deux@example.org et @qwjk_deuxième.",
		} {
			m := w.Comment(t, w.Moderator, c.ID, said)
			defer func() {
				if got := w.CommentNow(t, m).Body; got != want {
					t.Errorf("%q is left, want %q", got, want)
				}
			}()
			w.Clock.Advance(time.Minute)
		}
		testsite.Got(w.EraseAccount(scene.As(t, w.Alice), consultation.EraseAccountInput{}))(t)
		w.CheckSearch(t)
	})
}

// An erasure takes nicknames out of what others said to moderators about others' content. One that somebody else bears
// meanwhile stays.
func TestEraseFromCases(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		testsite.Must(t, w.Write.User.UpdateOneID(w.Alice.ID).SetNickname("qwjkdeux").Exec(t.Context()))
		m := w.Comment(t, w.Signatory, w.SomeCommitment(t).ID, "Bonjour.")
		r := testsite.Got(w.Report(scene.As(t, w.Bob), moderation.ReportContentInput{
			Item: m.ID, Reason: report.ReasonOTHER, Text: "@qwjkdeux est visé, `@QwjkDeux`, @bob et @qwjkdeux2.",
		}))(t)
		d := testsite.Got(w.Decide(scene.As(t, w.Moderator), moderation.Decision{
			Item: m.ID, Action: entmoderation.ActionHIDE, Reason: scene.Ptr(entmoderation.ReasonOTHER),
			Facts: "Contre @qwjkdeux.", Ground: "Charte",
		}))(t)
		a := testsite.Got(w.Appeal(scene.As(t, w.Signatory), moderation.AppealDecisionInput{
			Moderation: d.ID, Text: "Je répondais à ＠qwjkdeux.",
		}))(t)
		testsite.Must(t, w.Write.Appeal.UpdateOneID(a.ID).SetStatement("Voir @qwjkdeux, @alice.").Exec(t.Context()))

		testsite.Got(w.EraseAccount(scene.As(t, w.Alice), consultation.EraseAccountInput{}))(t)
		r, d = testsite.Got(w.Read.Report.Get(t.Context(), r.ID))(t), testsite.Got(w.Read.Moderation.Get(t.Context(), d.ID))(t)
		a = testsite.Got(w.Read.Appeal.Get(t.Context(), a.ID))(t)
		for _, c := range [][2]string{
			{r.Text, "@… est visé, `@…`, @bob et @qwjkdeux2."}, {d.Facts, "Contre @…."},
			{a.Text, "Je répondais à @…."}, {a.Statement, "Voir @…, @alice."},
		} {
			if c[0] != c[1] {
				t.Errorf("%q is left, want %q", c[0], c[1])
			}
		}
	})
}

// All nicknames that a person gave up, and that rest, are taken out of texts, however many there are. They rest on as
// hashes, to the end of a month.
func TestEraseManyNicknames(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		var old []*ent.RestingNicknameCreate
		for n := range 600 {
			old = append(old, w.Write.RestingNickname.Create().SetID(fmt.Sprint(n)).SetUserID(w.Alice.ID).
				SetNickname(fmt.Sprintf("alice_%d", n)).SetUntil(w.Now().Add(time.Hour)))
		}
		testsite.Must(t, w.Write.RestingNickname.CreateBulk(old...).Exec(t.Context()))
		m := testsite.Got(w.PostComment(scene.As(t, w.Moderator),
			roadmap.PostCommentInput{Subject: w.SomeCommitment(t).ID, Body: "Vu @alice_0, @alice_599, @alice et @alice_600."}))(t)

		testsite.Got(w.EraseAccount(scene.As(t, w.Alice), consultation.EraseAccountInput{}))(t)
		if got := w.CommentNow(t, m).Body; got != "Vu @…, @…, @… et @alice_600." {
			t.Errorf("%q is left", got)
		}
		rest := testsite.Got(w.Read.RestingNickname.Query().All(t.Context()))(t)
		for _, r := range rest {
			if !r.Until.Equal(time.Date(r.Until.Year(), r.Until.Month(), 1, 0, 0, 0, 0, time.UTC)) ||
				r.UserID != nil || r.Nickname != nil {
				t.Errorf("at rest: %+v", r)
			}
		}
		if len(rest) != 601 {
			t.Errorf("%d nicknames rest", len(rest))
		}
	})
}

// The nickname of somebody who was erased rests as a hash, which leads to no account, and is free again in the end.
func TestErasedNicknamesRest(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		testsite.Got(w.EraseAccount(scene.As(t, w.Alice), consultation.EraseAccountInput{}))(t)
		r := testsite.Got(w.Read.RestingNickname.Query().Only(t.Context()))(t)
		if r.UserID != nil || r.Nickname != nil || len(r.ID) != 64 ||
			r.Until.Day() != 1 || r.Until.Before(w.Now().Add(w.Keeping.Nicknames)) {
			t.Errorf("at rest: %+v", r)
		}

		in := scene.NewAccount()
		for _, in.Nickname = range []string{"alice", "Alice", "al1ce", "a-lice"} {
			w.Refused(t, refusal.Conflict, "nickname", func() error { return scene.Only(w.SignUp(t.Context(), in)) })
		}

		w.Clock.Set(r.Until)
		testsite.Must(t, w.Jobs.Do(t.Context(), "forget nicknames"))
		in.Nickname = "alice"
		testsite.Must(t, scene.Only(w.SignUp(t.Context(), in)))
		if n := testsite.Got(w.Read.RestingNickname.Query().Count(t.Context()))(t); n != 0 {
			t.Errorf("%d nicknames rest", n)
		}
	})
}

// An erasure takes nicknames out of the reasons for amendments and for decisions, in drafts as well, and in the search.
// One that somebody else bears meanwhile stays, and so does what a text under consultation says.
func TestEraseFromReasons(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		w.Keeping.Nicknames = time.Minute
		rename := func(p *testsite.Person, nickname string) {
			testsite.Must(t, scene.Only(w.UpdateAccount(scene.As(t, p), people.UpdateAccountInput{Nickname: &nickname})))
		}
		drafts := func(by *testsite.Person, rationale string) *ent.Amendment {
			return testsite.Got(w.DraftAmendment(scene.As(t, by), roadmap.DraftAmendmentInput{
				Commitment: w.SomeCommitment(t).ID, Body: new("Selon @alicia_2."), Rationale: rationale,
			}))(t)
		}
		submits := func(a *ent.Amendment) {
			testsite.Got(w.SubmitAmendment(scene.As(t, w.Bob), roadmap.SubmitAmendmentInput{Amendment: a.ID}))(t)
		}

		rename(w.Alice, "alicia_2")
		draft := drafts(w.Moderator, "Voir @Alicia_2, @alice et `@alicia_2`.")
		public, decided := drafts(w.Bob, "Idée de @alicia_2 et @alicia_23."), drafts(w.Bob, "")
		submits(public)
		submits(decided)
		testsite.Got(w.RejectAmendment(scene.As(t, w.Steering), roadmap.RejectAmendmentInput{
			Amendment: decided.ID, Reason: "Voir avec @alicia_2.",
		}))(t)
		w.Clock.Advance(time.Minute)
		rename(w.Bob, "alice")

		testsite.Got(w.EraseAccount(scene.As(t, w.Alice), consultation.EraseAccountInput{}))(t)
		for a, want := range map[*ent.Amendment][2]string{
			draft:   {"Voir @…, @alice et `@…`.", ""},
			public:  {"Idée de @… et @alicia_23.", ""},
			decided: {"", "Voir avec @…."},
		} {
			a := testsite.Got(w.Read.Amendment.Get(t.Context(), a.ID))(t)
			if got := [2]string{a.Rationale, a.DecisionReason}; got != want {
				t.Errorf("%q is left, want %q", got, want)
			}
			if a.Body != "Selon @alicia_2." {
				t.Errorf("the text is %q", a.Body)
			}
		}
		w.CheckSearch(t)
	})
}
