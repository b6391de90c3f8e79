package roadmap_test

import (
	"errors"
	"fmt"
	rand "math/rand/v2"
	"testing"

	"ensemble/consultation/refusal"
	"ensemble/consultation/roadmap"
	"ensemble/ent/commitment"
	"ensemble/ent/membership"
	"ensemble/ent/support"
	"ensemble/internal/testenv"
	"ensemble/internal/testsite"
	"ensemble/internal/testsite/scene"
)

func TestOneSupportFromManyTries(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		w.Member(t, w.Organization, w.Alice, membership.RoleOWNER)
		alice, signatory := scene.As(t, w.Alice), scene.As(t, w.Signatory)

		for _, err := range scene.AtOnce(t, 20, func(int) error {
			return scene.Only(w.AddSupport(alice, roadmap.AddSupportInput{Commitment: c.ID}))
		}) {
			testsite.Must(t, err)
		}

		for _, err := range scene.AtOnce(t, 20, func(i int) error {
			ctx := alice
			if i%2 == 0 {
				ctx = signatory
			}
			return scene.Only(w.AddSupport(ctx,
				roadmap.AddSupportInput{Commitment: c.ID, Organization: &w.Organization.ID}))
		}) {
			testsite.Must(t, err)
		}

		n := testsite.Got(w.Read.Support.Query().Where(support.CommitmentID(c.ID)).Count(t.Context()))(t)
		if c = w.CommitmentNow(t, c); n != 2 || c.SupportCount != 2 {
			t.Errorf("%d supports, counted %d, want 2", n, c.SupportCount)
		}
	})
}

func TestSupportsWhileTheTextMovesOn(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		steering := scene.As(t, w.Steering)
		people := w.Crowd(t, 12)

		scene.AtOnce(t, len(people)+1, func(i int) error {
			if i == len(people) {
				return scene.Only(w.ReviseCommitment(steering, roadmap.ReviseCommitmentInput{
					Commitment: c.ID, Base: c.VersionID, Title: scene.French("Autre"),
				}))
			}

			ctx, in := scene.As(t, people[i]), roadmap.SupportInput{Commitment: c.ID}
			if err := scene.Only(w.AddSupport(ctx, roadmap.AddSupportInput(in))); err != nil {
				return err
			}
			if i%3 == 0 {
				return scene.Only(w.RemoveSupport(ctx, roadmap.RemoveSupportInput(in)))
			}
			return scene.Only(w.ConfirmSupport(ctx, roadmap.ConfirmSupportInput(in)))
		})

		if c = w.CommitmentNow(t, c); c.SupportCount+c.EarlierSupportCount != 8 {
			t.Errorf("%d and %d supports, want 8", c.SupportCount, c.EarlierSupportCount)
		}
	})
}

func TestOneAccountFromManyTries(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		scene.OneWins(t, scene.AtOnce(t, 6, func(int) error {
			return scene.Only(w.SignUp(t.Context(), scene.NewAccount()))
		}), refusal.Conflict)
	})
}

// The numbers of commitments have no holes, also when many are created at the same moment.
func TestNumbersOfCommitmentsAtOnce(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		steering := scene.As(t, w.Steering)

		for _, err := range scene.AtOnce(t, 20, func(int) error {
			return scene.Only(w.CreateCommitment(steering, newCommitment(w)))
		}) {
			testsite.Must(t, err)
		}

		for i, c := range testsite.Got(w.Read.Commitment.Query().Order(commitment.ByNumber()).All(t.Context()))(t) {
			if c.Number != i+1 {
				t.Errorf("number %d is at place %d", c.Number, i+1)
			}
		}
	})
}

// Calls of every kind happen at once, in no order. Each succeeds or is refused, and in the end all counters are right.
// A failure logs the seed, with which the same calls are drawn again, if not in the same order.
func TestEverythingAtOnce(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		seed := testenv.Random(t).Uint64()
		mixture := newStorm(t, w)
		workers, steps := 16, testenv.Rounds(t, 15, 60, 200)

		scene.AtOnce(t, workers, func(worker int) error {
			random := rand.New(rand.NewPCG(seed, uint64(worker)))
			for range steps {
				name, act := mixture.pick(random)
				err := act(random)

				if _, refused := errors.AsType[*refusal.Error](err); err != nil && !refused {
					return fmt.Errorf("%s: %w", name, err)
				}
			}
			return nil
		})
	})
}
