package consultation_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"ensemble/consultation/refusal"
	"ensemble/consultation/roadmap"
	"ensemble/ent/commitment"
	"ensemble/ent/membership"
	"ensemble/ent/support"
	"ensemble/internal/testenv"
	"ensemble/internal/testsite"
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
		if _, refused := errors.AsType[*refusal.Error](err); err != nil && !refused {
			t.Errorf("call %d failed: %v", i, err)
		}
	}
	return answers
}

// oneWins asks that one call succeeded and the others were refused with the code.
func oneWins(t testing.TB, answers []error, code refusal.Code) {
	t.Helper()
	won := 0
	for _, err := range answers {
		switch {
		case err == nil:
			won++
		case refusal.CodeOf(err) != code:
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

func TestOneSupportFromManyTries(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.commitment(t)
		w.Member(t, w.Organization, w.Alice, membership.RoleOWNER)
		alice, signatory := as(t, w.Alice), as(t, w.Signatory)
		for _, err := range atOnce(t, 20, func(int) error {
			return only(w.AddSupport(alice, roadmap.AddSupportInput{Commitment: c.ID}))
		}) {
			must(t, err)
		}
		for _, err := range atOnce(t, 20, func(i int) error {
			ctx := alice
			if i%2 == 0 {
				ctx = signatory
			}
			return only(w.AddSupport(ctx, roadmap.AddSupportInput{Commitment: c.ID, Organization: &w.Organization.ID}))
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
				return only(w.ReviseCommitment(steering, roadmap.ReviseCommitmentInput{Commitment: c.ID, Base: c.VersionID, Title: french("Autre")}))
			}
			ctx, in := as(t, people[i]), roadmap.SupportInput{Commitment: c.ID}
			if err := only(w.AddSupport(ctx, roadmap.AddSupportInput(in))); err != nil {
				return err
			}
			if i%3 == 0 {
				return only(w.RemoveSupport(ctx, roadmap.RemoveSupportInput(in)))
			}
			return only(w.ConfirmSupport(ctx, roadmap.ConfirmSupportInput(in)))
		})
		if c = w.now(t, c); c.SupportCount+c.EarlierSupportCount != 8 {
			t.Errorf("%d and %d supports, want 8", c.SupportCount, c.EarlierSupportCount)
		}
	})
}

func TestOneAccountFromManyTries(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		oneWins(t, atOnce(t, 6, func(int) error { return only(w.SignUp(t.Context(), newAccount())) }), refusal.Conflict)
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

// Everything at once, in no order: whatever the mixture, calls succeed or are refused, and in the end all numbers are
// right. A failure says how the same is done again, as far as that can be.
func TestEverythingAtOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		seed := testenv.Random(t).Uint64()
		storm := newStorm(t, w)
		workers, steps := 16, testenv.Rounds(t, 15, 60, 200)
		atOnce(t, workers, func(worker int) error {
			random := rand.New(rand.NewPCG(seed, uint64(worker)))
			for range steps {
				name, act := storm.pick(random)
				err := act(random)
				if _, refused := errors.AsType[*refusal.Error](err); err != nil && !refused {
					return fmt.Errorf("%s: %w", name, err)
				}
			}
			return nil
		})
	})
}
