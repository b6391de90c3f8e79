package consultation_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"ensemble/consultation"
	"ensemble/ent"
	"ensemble/ent/amendment"
	"ensemble/ent/comment"
	"ensemble/ent/commentvote"
	"ensemble/ent/commitment"
	"ensemble/ent/membership"
	"ensemble/ent/support"
	"ensemble/ent/version"
	"ensemble/internal/testsite"
	"ensemble/live"
)

// What many people do at the same moment. Each call succeeds or is refused: an error of the database (a deadlock, a
// serialization failure, a broken constraint) never reaches a caller.

// atOnce calls do n times at the same moment and returns what each answered.
func atOnce(t testing.TB, n int, do func(i int) error) []error {
	t.Helper()
	answers := make([]error, n)
	start := make(chan struct{})
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			<-start
			answers[i] = do(i)
		})
	}
	close(start)
	all.Wait()
	for i, err := range answers {
		if _, refused := errors.AsType[*consultation.Error](err); err != nil && !refused {
			t.Errorf("call %d failed: %v", i, err)
		}
	}
	return answers
}

// oneWins asks that one call succeeded and the others were refused with the code.
func oneWins(t testing.TB, answers []error, code consultation.Code) {
	t.Helper()
	won := 0
	for _, err := range answers {
		switch {
		case err == nil:
			won++
		case consultation.CodeOf(err) != code:
			t.Errorf("a loser was told %v, want %s", err, code)
		}
	}
	if won != 1 {
		t.Errorf("%d calls won, want 1", won)
	}
}

// people are n new accounts.
func (w *world) people(t testing.TB, n int) []*testsite.Person {
	t.Helper()
	all := make([]*testsite.Person, n)
	for i := range all {
		all[i] = w.Person(t, fmt.Sprintf("person-%d", i))
	}
	return all
}

func TestTwoDecidersAtOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		steering, admin := as(t, w.Steering), as(t, w.Admin)
		accept := consultation.AcceptAmendmentInput{Reason: "Oui."}
		for i := range 8 {
			c := w.commitment(t)
			accept.Amendment = w.submitted(t, w.Alice, c, "dix mille", "vingt mille").ID
			oneWins(t, atOnce(t, 2, func(who int) error {
				switch {
				case who == 0:
					return only(w.AcceptAmendment(steering, accept))
				case i%2 == 0:
					return only(w.AcceptAmendment(admin, accept))
				}
				return only(w.RejectAmendment(admin, accept.Amendment, "Non.", nil))
			}), consultation.Conflict)
			w.decidedOnce(t, c)
		}
	})
}

// decidedOnce asks that the only amendment of c made a version if it was accepted, and none if not.
func (w *world) decidedOnce(t testing.TB, c *ent.Commitment) {
	t.Helper()
	a := got(w.Read.Amendment.Query().Where(amendment.CommitmentID(c.ID)).Only(t.Context()))(t)
	versions := got(w.Read.Version.Query().Where(version.CommitmentID(c.ID)).Count(t.Context()))(t)
	if want := map[amendment.State]int{amendment.StateACCEPTED: 2, amendment.StateREJECTED: 1, amendment.StateWITHDRAWN: 1}[a.State]; versions != want {
		t.Errorf("the amendment is %s, and there are %d versions", a.State, versions)
	}
}

func TestAcceptAgainstWithdraw(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		steering, alice := as(t, w.Steering), as(t, w.Alice)
		for range 8 {
			c := w.commitment(t)
			a := w.submitted(t, w.Alice, c, "dix mille", "vingt mille")
			oneWins(t, atOnce(t, 2, func(who int) error {
				if who == 0 {
					return only(w.AcceptAmendment(steering, consultation.AcceptAmendmentInput{Amendment: a.ID}))
				}
				return only(w.WithdrawAmendment(alice, a.ID, nil))
			}), consultation.Conflict)
			w.decidedOnce(t, c)
		}
	})
}

// Several amendments of one text, accepted at once: each is merged into what the one before made.
func TestAcceptSeveralAtOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		steering := as(t, w.Steering)
		c := w.commitment(t)
		all := []*ent.Amendment{
			w.submitted(t, w.Alice, c, "dix mille", "vingt mille"), w.submitted(t, w.Alice, c, "deux fois", "trois fois"),
			w.submitted(t, w.Bob, c, "publie", "diffuse"),
		}
		for _, err := range atOnce(t, len(all), func(i int) error {
			return only(w.AcceptAmendment(steering, consultation.AcceptAmendmentInput{Amendment: all[i].ID}))
		}) {
			must(t, err)
		}
		want := "Le comité se réunit trois fois par an.\n\nIl diffuse ses comptes rendus.\n\nSon budget est de vingt mille euros."
		if v := w.version(t, c); v.Number != 4 || v.Body["fr"] != want {
			t.Errorf("version %d says %q", v.Number, v.Body["fr"])
		}
	})
}

func TestReviseAgainstAccept(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		steering, admin := as(t, w.Steering), as(t, w.Admin)
		for range 8 {
			c := w.commitment(t)
			a := w.submitted(t, w.Alice, c, "dix mille", "vingt mille")
			answers := atOnce(t, 2, func(who int) error {
				if who == 0 {
					return only(w.AcceptAmendment(steering, consultation.AcceptAmendmentInput{Amendment: a.ID}))
				}
				return only(w.ReviseCommitment(admin, consultation.ReviseCommitmentInput{
					Commitment: c.ID, Base: c.VersionID, Title: french("Autre titre"),
				}))
			})
			// The acceptance merges with the revision; the revision does not overwrite the acceptance.
			if must(t, answers[0]); answers[1] != nil && consultation.CodeOf(answers[1]) != consultation.Conflict {
				t.Errorf("the revision: %v", answers[1])
			}
			v := w.version(t, c)
			if revised := answers[1] == nil; revised != (v.Title["fr"] == "Autre titre") || revised != (v.Number == 3) {
				t.Errorf("revised: %t; version %d is %q", revised, v.Number, v.Title["fr"])
			}
		}
	})
}

func TestOneSupportFromManyTries(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.commitment(t)
		w.Member(t, w.Organization, w.Alice, membership.RoleOWNER)
		alice, signatory := as(t, w.Alice), as(t, w.Signatory)
		for _, err := range atOnce(t, 20, func(int) error {
			return only(w.AddSupport(alice, consultation.SupportInput{Commitment: c.ID}))
		}) {
			must(t, err)
		}
		for _, err := range atOnce(t, 20, func(i int) error {
			ctx := alice
			if i%2 == 0 {
				ctx = signatory
			}
			return only(w.AddSupport(ctx, consultation.SupportInput{Commitment: c.ID, Organization: &w.Organization.ID}))
		}) {
			must(t, err)
		}
		n := got(w.Read.Support.Query().Where(support.CommitmentID(c.ID)).Count(t.Context()))(t)
		if c = w.now(t, c); n != 2 || c.SupportCount != 2 {
			t.Errorf("%d supports, counted %d, want 2", n, c.SupportCount)
		}
	})
}

func TestSupportsWhileTheTextMovesOn(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.commitment(t)
		steering := as(t, w.Steering)
		people := w.people(t, 12)
		atOnce(t, len(people)+1, func(i int) error {
			if i == len(people) {
				return only(w.ReviseCommitment(steering, consultation.ReviseCommitmentInput{Commitment: c.ID, Base: c.VersionID, Title: french("Autre")}))
			}
			ctx, in := as(t, people[i]), consultation.SupportInput{Commitment: c.ID}
			if err := only(w.AddSupport(ctx, in)); err != nil {
				return err
			}
			if i%3 == 0 {
				return only(w.RemoveSupport(ctx, in))
			}
			return only(w.ConfirmSupport(ctx, in))
		})
		if c = w.now(t, c); c.SupportCount+c.EarlierSupportCount != 8 {
			t.Errorf("%d and %d supports, want 8", c.SupportCount, c.EarlierSupportCount)
		}
	})
}

func TestOneVoteFromManyTries(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		m := w.Comment(t, w.Alice, w.commitment(t).ID, "x")
		bob := as(t, w.Bob)
		for _, err := range atOnce(t, 20, func(i int) error { return only(w.VoteComment(bob, m.ID, i%3-1, nil)) }) {
			must(t, err)
		}
		must(t, only(w.VoteComment(bob, m.ID, 1, nil)))
		n := got(w.Read.CommentVote.Query().Where(commentvote.CommentID(m.ID)).Count(t.Context()))(t)
		if m = w.reread(t, m); n != 1 || m.UpCount != 1 || m.DownCount != 0 || m.Score != 1 {
			t.Errorf("%d votes; %d up, %d down, score %d", n, m.UpCount, m.DownCount, m.Score)
		}
	})
}

// Fifty people comment at once: fifty events, in a row, each with the count as it was then.
func TestFiftyPeopleCommentAtOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.commitment(t)
		people := w.people(t, 50)
		for _, err := range atOnce(t, len(people), func(i int) error {
			return w.post(as(t, people[i]), consultation.PostCommentInput{Subject: c.ID, Body: fmt.Sprint(i), Alignment: ptr(comment.AlignmentFOR)})
		}) {
			must(t, err)
		}
		if c = w.now(t, c); c.CommentCount != 50 || c.ForCount != 50 {
			t.Errorf("%d comments, %d for", c.CommentCount, c.ForCount)
		}
		events := got(w.Events(t.Context(), c.ID, 1, 100))(t)
		for i, e := range events {
			n, _ := e.Int("commentCount")
			if e.Seq != int64(i+2) || e.Type != live.CommentPosted || n != int64(i+1) {
				t.Errorf("event %d is number %d, %s, with %d comments", i, e.Seq, e.Type, n)
			}
		}
		if len(events) != 50 {
			t.Errorf("%d events", len(events))
		}
	})
}

// Fifty answers in one thread, while others vote and delete in it.
func TestAThreadInAHurry(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.commitment(t)
		root := w.Comment(t, w.Alice, c.ID, "0")
		thread := []*ent.Comment{root}
		for depth := range 2 {
			for range 3 {
				thread = append(thread, w.reply(t, thread[depth*3], "x"))
			}
		}
		doomed := make([]*ent.Comment, 10)
		for i := range doomed {
			doomed[i] = w.reply(t, thread[i%4], "x")
		}
		people := w.people(t, 50)
		bob := as(t, w.Bob)
		for i, err := range atOnce(t, 100, func(i int) error {
			at := thread[i%len(thread)]
			switch {
			case i < 50:
				return w.post(as(t, people[i]), consultation.PostCommentInput{Subject: c.ID, Parent: &at.ID, Body: "x"})
			case i < 90:
				return only(w.VoteComment(as(t, people[i-50]), at.ID, i%2*2-1, nil))
			}
			return only(w.DeleteComment(bob, doomed[i-90].ID, nil))
		}) {
			if err != nil {
				t.Errorf("call %d: %v", i, err)
			}
		}
		if root = w.reread(t, root); root.DescendantCount != 6+50 {
			t.Errorf("%d below the root, want 56", root.DescendantCount)
		}
	})
}

// Answers to a comment that goes away at the same moment: it is answered before, or not at all.
func TestAnswersToADeletedComment(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.commitment(t)
		alice, bob := as(t, w.Alice), as(t, w.Bob)
		for range 8 {
			m := w.reply(t, w.Comment(t, w.Alice, c.ID, "0"), "1")
			answers := atOnce(t, 3, func(i int) error {
				if i == 0 {
					return only(w.DeleteComment(bob, m.ID, nil))
				}
				return w.post(alice, consultation.PostCommentInput{Subject: c.ID, Parent: &m.ID, Body: "2"})
			})
			must(t, answers[0])
			for _, err := range answers[1:] {
				if err != nil && consultation.CodeOf(err) != consultation.BadUserInput {
					t.Errorf("answering: %v", err)
				}
			}
		}
	})
}

func TestOneDraftFromManyTries(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.commitment(t)
		alice := as(t, w.Alice)
		oneWins(t, atOnce(t, 10, func(int) error {
			return only(w.DraftAmendment(alice, consultation.DraftAmendmentInput{Commitment: c.ID}))
		}), consultation.Conflict)
	})
}

func TestOnePromotionFromManyTries(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.commitment(t)
		a := w.reject(t, w.submitted(t, w.Alice, c, "dix mille", "vingt mille"))
		alice := as(t, w.Alice)
		oneWins(t, atOnce(t, 10, func(int) error { return only(w.PromoteAmendment(alice, a.ID, nil)) }), consultation.Conflict)
		if n := got(w.Read.Commitment.Query().Where(commitment.PromotedFromID(a.ID)).Count(t.Context()))(t); n != 1 {
			t.Errorf("%d commitments came of it", n)
		}
	})
}

// The limit on amendments holds for those who submit at the same moment.
func TestLimitOfAmendmentsAtOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.commitment(t)
		must(t, only(w.UpdateProcess(as(t, w.Admin), consultation.UpdateProcessInput{Process: w.Process.ID, EvaluatingLimit: ptr(1)})))
		a, alice := w.draft(t, w.Alice, c, "dix mille", "vingt mille"), as(t, w.Alice)
		oneWins(t, atOnce(t, 5, func(int) error { return only(w.SubmitAmendment(alice, a.ID, nil)) }), consultation.Conflict)
	})
}

func TestOneAccountFromManyTries(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		oneWins(t, atOnce(t, 6, func(int) error { return only(w.SignUp(t.Context(), newAccount())) }), consultation.Conflict)
	})
}

// Numbers of commitments have no holes, whoever writes them when.
func TestNumbersOfCommitmentsAtOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		steering := as(t, w.Steering)
		for _, err := range atOnce(t, 20, func(int) error { return only(w.CreateCommitment(steering, newCommitment(w))) }) {
			must(t, err)
		}
		for i, c := range got(w.Read.Commitment.Query().Order(commitment.ByNumber()).All(t.Context()))(t) {
			if c.Number != i+1 {
				t.Errorf("number %d is at place %d", c.Number, i+1)
			}
		}
	})
}

// Two services (two processes of a site) that sweep at once announce each change once.
func TestSweepsAtOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		other := consultation.New(w.Store.Dialect, w.Store.Read, w.Store.Write, w.Logger)
		other.Now = w.Now
		other.Publisher = w.told
		c := w.commitment(t)
		for _, part := range []string{"deux fois", "publie", "dix mille"} {
			w.submitted(t, w.Alice, c, part, "…")
			w.submitted(t, w.Bob, c, part, "bien")
		}
		w.revise(t, c, "dix mille", "vingt mille")
		f := w.phase(t, 0, time.Microsecond)
		heads := w.heads(t)
		w.told.take()
		for range 2 { // a phase that is over takes two sweeps
			for _, err := range atOnce(t, 8, func(i int) error {
				return []*consultation.Service{w.Service, other}[i%2].Sweep(t.Context())
			}) {
				must(t, err)
			}
			w.Clock.Advance(time.Microsecond)
		}
		seen := map[string]int{}
		for _, e := range w.eventsSince(t, heads) {
			seen[string(e.Type)+" "+e.Subject]++
			if seen[string(e.Type)+" "+e.Subject] > 1 {
				t.Errorf("%s of %s was announced twice", e.Type, e.Subject)
			}
		}
		if len(seen) != 8 || seen["PhaseOpened "+f.ID] != 1 || seen["PhaseClosed "+f.ID] != 1 {
			t.Errorf("announced %v", seen)
		}
		if told := w.told.take(); len(told) != 8 {
			t.Errorf("published %d events, want 8", len(told))
		}
	})
}

// Everything at once, in no order: whatever the mixture, calls succeed or are refused, and in the end all numbers are
// right. The seed is printed by a failure of this test alone.
func TestEverythingAtOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		seed := rand.Uint64()
		storm := newStorm(t, w)
		t.Cleanup(func() {
			if t.Failed() {
				t.Logf("seed %d", seed)
			}
		})
		const workers, steps = 16, 60
		atOnce(t, workers, func(worker int) error {
			random := rand.New(rand.NewPCG(seed, uint64(worker)))
			for range steps {
				name, act := storm.pick(random)
				err := act(random)
				if _, refused := errors.AsType[*consultation.Error](err); err != nil && !refused {
					return fmt.Errorf("%s: %w", name, err)
				}
			}
			return nil
		})
	})
}
