package roadmap_test

import (
	"context"
	"testing"
	"time"

	"ensemble/consultation/refusal"
	"ensemble/consultation/roadmap"
	"ensemble/ent/commitment"
	"ensemble/ent/membership"
	"ensemble/ent/support"
	"ensemble/internal/testsite"
	"ensemble/internal/testsite/scene"
	"ensemble/live"
)

// supportCounts is the data of an event that changes how many supports the current text and earlier ones have.
func supportCounts(current, earlier int) scene.Data {
	return scene.Data{"supportCount": current, "earlierSupportCount": earlier}
}

func TestAddSupport(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		now := w.Clock.Advance(time.Hour)

		heads := w.LogHeads(t)
		mine := w.NewSupport(t, scene.As(t, w.Alice), c, nil)

		e := w.EventsSince(t, heads)
		if len(e) != 1 || e[0].Topic != c.ID || e[0].Type != live.SupportAdded ||
			e[0].Subject != mine.ID || e[0].Actor != w.Alice.ID ||
			scene.AsJSON(e[0].Data) != scene.AsJSON(supportCounts(1, 0)) {
			t.Errorf("logged %s", scene.AsJSON(e))
		}
		if mine.VersionID != c.VersionID || mine.VersionNumber != 1 || *mine.UserID != w.Alice.ID ||
			mine.OrganizationID != nil || mine.SignatoryID != nil || mine.ConfirmedAt != nil ||
			!mine.CreatedAt.Equal(now) {
			t.Errorf("it is %+v", mine)
		}

		w.Idle(t, func() error {
			again, err := w.AddSupport(scene.As(t, w.Alice), roadmap.AddSupportInput{Commitment: c.ID})
			if err == nil && again.ID != mine.ID {
				t.Errorf("adding twice answers %s, was %s", again.ID, mine.ID)
			}
			return err
		})

		if !w.CommitmentNow(t, c).ActiveAt.Equal(now) {
			t.Error("a support is no activity")
		}
	})
}

// A person who signs for an organization supports apart from it. Two signatories of one organization are one supporter.
func TestSupportOfAnOrganization(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		hub := &w.Organization.ID
		own := w.NewSupport(t, scene.As(t, w.Signatory), c, nil)

		heads := w.LogHeads(t)
		theirs := w.NewSupport(t, scene.As(t, w.Signatory), c, hub)

		e := w.EventsSince(t, heads)
		if len(e) != 1 || e[0].Actor != *hub || scene.AsJSON(e[0].Data) != scene.AsJSON(supportCounts(2, 0)) {
			t.Errorf("logged %s", scene.AsJSON(e))
		}
		if theirs.UserID != nil || *theirs.OrganizationID != *hub || *theirs.SignatoryID != w.Signatory.ID {
			t.Errorf("it is %+v", theirs)
		}

		w.Member(t, w.Organization, w.Alice, membership.RoleOWNER)
		w.Idle(t, func() error {
			return scene.Only(w.AddSupport(scene.As(t, w.Alice),
				roadmap.AddSupportInput{Commitment: c.ID, Organization: hub}))
		})

		removeOwn := func() error {
			return scene.Only(w.RemoveSupport(scene.As(t, w.Signatory), roadmap.RemoveSupportInput{Commitment: c.ID}))
		}
		w.Announces(t, removeOwn, scene.FactOf(c.ID, live.SupportRemoved, own.ID, "", supportCounts(1, 0)))
		w.Idle(t, removeOwn) // the signatory's own support is gone, and the organization's stays

		w.Announces(t, func() error {
			return scene.Only(w.RemoveSupport(scene.As(t, w.Alice), roadmap.RemoveSupportInput{
				Commitment: c.ID, Organization: hub,
			}))
		}, scene.FactOf(c.ID, live.SupportRemoved, theirs.ID, "", supportCounts(0, 0)))
	})
}

// A support is about the version it was given on, until its supporter confirms it on the current one.
func TestSupportsSpeakOfTheirVersion(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		alice := w.NewSupport(t, scene.As(t, w.Alice), c, nil)
		bob := w.NewSupport(t, scene.As(t, w.Bob), c, nil)
		first := c.VersionID

		c = w.Revise(t, c, "dix mille", "vingt mille")
		w.NewSupport(t, scene.As(t, w.Moderator), c, nil)
		if c = w.CommitmentNow(t, c); c.SupportCount != 1 || c.EarlierSupportCount != 2 {
			t.Errorf("%d on the current text, %d on earlier ones", c.SupportCount, c.EarlierSupportCount)
		}

		w.Idle(t, func() error {
			return scene.Only(w.AddSupport(scene.As(t, w.Alice), roadmap.AddSupportInput{Commitment: c.ID}))
		})
		if s := testsite.Got(w.Read.Support.Get(t.Context(), alice.ID))(t); s.VersionID != first {
			t.Error("adding again moved it to the current text")
		}

		now := w.Clock.Advance(time.Hour)
		confirm := func() error {
			s, err := w.ConfirmSupport(scene.As(t, w.Alice), roadmap.ConfirmSupportInput{Commitment: c.ID})
			if err == nil && (s.ID != alice.ID || s.VersionID != c.VersionID || s.VersionNumber != 2 ||
				!s.ConfirmedAt.Equal(now)) {
				t.Errorf("it is %+v", s)
			}
			return err
		}
		w.Announces(t, confirm, scene.FactOf(c.ID, live.SupportConfirmed, alice.ID, w.Alice.ID, supportCounts(2, 1)))
		w.Idle(t, confirm)

		w.Announces(t, func() error {
			return scene.Only(w.RemoveSupport(scene.As(t, w.Bob), roadmap.RemoveSupportInput{Commitment: c.ID}))
		}, scene.FactOf(c.ID, live.SupportRemoved, bob.ID, "", supportCounts(2, 0)))
		w.Announces(t, func() error {
			return scene.Only(w.RemoveSupport(scene.As(t, w.Alice), roadmap.RemoveSupportInput{Commitment: c.ID}))
		}, scene.FactOf(c.ID, live.SupportRemoved, alice.ID, "", supportCounts(1, 0)))
	})
}

func TestSupportRefusals(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c, adopted, hidden := w.SomeCommitment(t), w.SomeCommitment(t), w.Draft(t, "Secret", "Secret.")
		w.NewSupport(t, scene.As(t, w.Alice), adopted, nil)
		w.Move(t, adopted, commitment.StatusADOPTED)
		unverified := w.Unverified(t, w.Alice)
		w.Member(t, w.Organization, w.Bob, membership.RoleMEMBER)
		hub := &w.Organization.ID

		moves := map[string]func(ctx context.Context, in roadmap.SupportInput) error{
			"add": func(ctx context.Context, in roadmap.SupportInput) error {
				return scene.Only(w.AddSupport(ctx, roadmap.AddSupportInput(in)))
			},
			"remove": func(ctx context.Context, in roadmap.SupportInput) error {
				return scene.Only(w.RemoveSupport(ctx, roadmap.RemoveSupportInput(in)))
			},
			"confirm": func(ctx context.Context, in roadmap.SupportInput) error {
				return scene.Only(w.ConfirmSupport(ctx, roadmap.ConfirmSupportInput(in)))
			},
		}
		on := func(move, id string, organization *string) func(context.Context) error {
			in := roadmap.SupportInput{Commitment: id, Organization: organization}
			return func(ctx context.Context) error { return moves[move](ctx, in) }
		}

		for move := range moves {
			w.Refusals(t, []scene.RefusedCase{
				scene.Case(move+" as nobody", nil, refusal.Unauthenticated, "", on(move, c.ID, nil)),
				scene.Case(move+" on nothing", w.Alice, refusal.NotFound, "commitment", on(move, "x", nil)),
				scene.Case(move+" on a draft", w.Steering, refusal.NotFound, "commitment", on(move, hidden.ID, nil)),
				scene.Case(move+" once adopted", w.Alice, refusal.Closed, "", on(move, adopted.ID, nil)),
				scene.Case(move+" for an organization of others", w.Alice, refusal.Forbidden, "organization",
					on(move, c.ID, hub)),
				scene.Case(move+" as a member who is no signatory", w.Bob, refusal.Forbidden, "organization",
					on(move, c.ID, hub)),
				scene.Case(move+" for an unverified organization", w.Alice, refusal.Forbidden, "organization",
					on(move, c.ID, &unverified.ID)),
			})
		}

		w.Refusals(t, []scene.RefusedCase{
			scene.Case("confirm what was never given", w.Alice, refusal.NotFound, "commitment",
				on("confirm", c.ID, nil)),
		})
		w.Idle(t, func() error { return on("remove", c.ID, nil)(scene.As(t, w.Alice)) })

		w.ClosePhase(t)
		for move := range moves {
			w.Refusals(t, []scene.RefusedCase{
				scene.Case(move+" in a closed phase", w.Alice, refusal.Closed, "", on(move, c.ID, nil)),
			})
		}

		if n := testsite.Got(w.Read.Support.Query().Where(support.CommitmentID(c.ID)).Count(t.Context()))(t); n != 0 {
			t.Errorf("%d supports", n)
		}
	})
}

// Supports that were given at the same moment are in the order of their ids.
func TestOwnSupportsAreInOrder(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		for _, id := range []string{"support_2", "support_1"} {
			create := w.Write.Support.Create().SetID(id).SetCommitmentID(c.ID).
				SetVersionID(c.VersionID).SetVersionNumber(1).SetCreatedAt(w.Now())
			if id == "support_1" {
				create.SetOrganizationID(w.Organization.ID).SetSignatoryID(w.Signatory.ID)
			} else {
				create.SetUserID(w.Signatory.ID)
			}
			testsite.Must(t, create.Exec(t.Context()))
		}
		testsite.Must(t, w.Write.Commitment.UpdateOneID(c.ID).SetSupportCount(2).Exec(t.Context()))

		rows := testsite.Got(w.SupportsOf(t.Context(), scene.ViewerOf(t, w.Signatory), []string{c.ID}))(t)
		if len(rows) != 2 || rows[0].ID != "support_1" {
			t.Errorf("they are %s", scene.AsJSON(rows))
		}
	})
}
