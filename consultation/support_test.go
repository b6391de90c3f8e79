package consultation_test

import (
	"context"
	"testing"
	"time"

	"ensemble/consultation/refusal"
	"ensemble/consultation/roadmap"
	"ensemble/ent"
	"ensemble/ent/commitment"
	"ensemble/ent/membership"
	"ensemble/ent/support"
	"ensemble/live"
)

// support adds one that must be new.
func (w *world) support(t testing.TB, ctx context.Context, c *ent.Commitment, organization *string) *ent.Support {
	t.Helper()
	return got(w.AddSupport(ctx, roadmap.AddSupportInput{Commitment: c.ID, Organization: organization}))(t)
}

func supportCounts(current, earlier int) data {
	return data{"supportCount": current, "earlierSupportCount": earlier}
}

func TestAddSupport(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.commitment(t)
		now := w.Clock.Advance(time.Hour)
		var mine *ent.Support
		heads := w.heads(t)
		mine = w.support(t, as(t, w.Alice), c, nil)
		if e := w.eventsSince(t, heads); len(e) != 1 || e[0].Topic != c.ID || e[0].Type != live.SupportAdded || e[0].Subject != mine.ID ||
			e[0].Actor != w.Alice.ID || asJSON(e[0].Data) != asJSON(supportCounts(1, 0)) {
			t.Errorf("logged %s", asJSON(e))
		}
		if mine.VersionID != c.VersionID || mine.VersionNumber != 1 || *mine.UserID != w.Alice.ID || mine.OrganizationID != nil ||
			mine.SignatoryID != nil || mine.ConfirmedAt != nil || !mine.CreatedAt.Equal(now) {
			t.Errorf("it is %+v", mine)
		}
		w.idle(t, func() error {
			again, err := w.AddSupport(as(t, w.Alice), roadmap.AddSupportInput{Commitment: c.ID})
			if err == nil && again.ID != mine.ID {
				t.Errorf("adding twice answers %s, was %s", again.ID, mine.ID)
			}
			return err
		})
		if !w.now(t, c).ActiveAt.Equal(now) {
			t.Error("a support is no activity")
		}
	})
}

// A person and the organization they sign for support apart; two signatories of one organization are one supporter.
func TestSupportOfAnOrganization(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.commitment(t)
		hub := &w.Organization.ID
		own := w.support(t, as(t, w.Signatory), c, nil)
		heads := w.heads(t)
		theirs := w.support(t, as(t, w.Signatory), c, hub)
		if e := w.eventsSince(t, heads); len(e) != 1 || e[0].Actor != *hub || asJSON(e[0].Data) != asJSON(supportCounts(2, 0)) {
			t.Errorf("logged %s", asJSON(e))
		}
		if theirs.UserID != nil || *theirs.OrganizationID != *hub || *theirs.SignatoryID != w.Signatory.ID {
			t.Errorf("it is %+v", theirs)
		}
		w.Member(t, w.Organization, w.Alice, membership.RoleOWNER)
		w.idle(t, func() error {
			return only(w.AddSupport(as(t, w.Alice), roadmap.AddSupportInput{Commitment: c.ID, Organization: hub}))
		})

		w.announces(t, func() error {
			return only(w.RemoveSupport(as(t, w.Signatory), roadmap.RemoveSupportInput{Commitment: c.ID}))
		}, fact{c.ID, live.SupportRemoved, own.ID, w.Signatory.ID, supportCounts(1, 0)})
		w.idle(t, func() error { // the member's own is gone, and the organization's stays
			return only(w.RemoveSupport(as(t, w.Signatory), roadmap.RemoveSupportInput{Commitment: c.ID}))
		})
		w.announces(t, func() error {
			return only(w.RemoveSupport(as(t, w.Alice), roadmap.RemoveSupportInput{Commitment: c.ID, Organization: hub}))
		}, fact{c.ID, live.SupportRemoved, theirs.ID, *hub, supportCounts(0, 0)})
	})
}

func TestSupportsSpeakOfTheirVersion(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.commitment(t)
		alice, bob := w.support(t, as(t, w.Alice), c, nil), w.support(t, as(t, w.Bob), c, nil)
		first := c.VersionID
		c = w.revise(t, c, "dix mille", "vingt mille")
		w.support(t, as(t, w.Moderator), c, nil)
		if c = w.now(t, c); c.SupportCount != 1 || c.EarlierSupportCount != 2 {
			t.Errorf("%d on the current text, %d on earlier ones", c.SupportCount, c.EarlierSupportCount)
		}
		w.idle(t, func() error { return only(w.AddSupport(as(t, w.Alice), roadmap.AddSupportInput{Commitment: c.ID})) })
		if s := got(w.Read.Support.Get(t.Context(), alice.ID))(t); s.VersionID != first {
			t.Error("adding again moved it to the current text")
		}

		now := w.Clock.Advance(time.Hour)
		confirm := func() error {
			s, err := w.ConfirmSupport(as(t, w.Alice), roadmap.ConfirmSupportInput{Commitment: c.ID})
			if err == nil && (s.ID != alice.ID || s.VersionID != c.VersionID || s.VersionNumber != 2 || !s.ConfirmedAt.Equal(now)) {
				t.Errorf("it is %+v", s)
			}
			return err
		}
		w.announces(t, confirm, fact{c.ID, live.SupportConfirmed, alice.ID, w.Alice.ID, supportCounts(2, 1)})
		w.idle(t, confirm)
		w.announces(t, func() error { return only(w.RemoveSupport(as(t, w.Bob), roadmap.RemoveSupportInput{Commitment: c.ID})) },
			fact{c.ID, live.SupportRemoved, bob.ID, w.Bob.ID, supportCounts(2, 0)})
		w.announces(t, func() error {
			return only(w.RemoveSupport(as(t, w.Alice), roadmap.RemoveSupportInput{Commitment: c.ID}))
		},
			fact{c.ID, live.SupportRemoved, alice.ID, w.Alice.ID, supportCounts(1, 0)})
	})
}

func TestSupportRefusals(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c, adopted, hidden := w.commitment(t), w.commitment(t), w.Draft(t, "Secret", "Secret.")
		w.support(t, as(t, w.Alice), adopted, nil)
		w.move(t, adopted, commitment.StatusADOPTED)
		unverified := w.unverified(t, w.Alice)
		w.Member(t, w.Organization, w.Bob, membership.RoleMEMBER)
		hub := &w.Organization.ID
		moves := map[string]func(ctx context.Context, in roadmap.SupportInput) error{
			"add": func(ctx context.Context, in roadmap.SupportInput) error {
				return only(w.AddSupport(ctx, roadmap.AddSupportInput(in)))
			},
			"remove": func(ctx context.Context, in roadmap.SupportInput) error {
				return only(w.RemoveSupport(ctx, roadmap.RemoveSupportInput(in)))
			},
			"confirm": func(ctx context.Context, in roadmap.SupportInput) error {
				return only(w.ConfirmSupport(ctx, roadmap.ConfirmSupportInput(in)))
			},
		}
		on := func(move, id string, organization *string) func(context.Context) error {
			in := roadmap.SupportInput{Commitment: id, Organization: organization}
			return func(ctx context.Context) error { return moves[move](ctx, in) }
		}
		for move := range moves {
			w.refusals(t, []refusedCase{
				{move + " as nobody", nil, refusal.Unauthenticated, "", on(move, c.ID, nil)},
				{move + " on nothing", w.Alice, refusal.NotFound, "commitment", on(move, "x", nil)},
				{move + " on a draft", w.Steering, refusal.NotFound, "commitment", on(move, hidden.ID, nil)},
				{move + " once adopted", w.Alice, refusal.Closed, "", on(move, adopted.ID, nil)},
				{move + " for an organization of others", w.Alice, refusal.Forbidden, "organization", on(move, c.ID, hub)},
				{move + " as a member who is no signatory", w.Bob, refusal.Forbidden, "organization", on(move, c.ID, hub)},
				{move + " for an unverified organization", w.Alice, refusal.Forbidden, "organization", on(move, c.ID, &unverified.ID)},
			})
		}
		w.refusals(t, []refusedCase{
			{"confirm what was never given", w.Alice, refusal.NotFound, "commitment", on("confirm", c.ID, nil)},
		})
		w.idle(t, func() error { return on("remove", c.ID, nil)(as(t, w.Alice)) })
		w.closePhase(t)
		for move := range moves {
			w.refusals(t, []refusedCase{{move + " in a closed phase", w.Alice, refusal.Closed, "", on(move, c.ID, nil)}})
		}
		if n := got(w.Read.Support.Query().Where(support.CommitmentID(c.ID)).Count(t.Context()))(t); n != 0 {
			t.Errorf("%d supports", n)
		}
	})
}

// Supports that were given at one moment have an order all the same.
func TestOwnSupportsAreInOrder(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.commitment(t)
		for _, id := range []string{"support_2", "support_1"} {
			create := w.Write.Support.Create().SetID(id).SetCommitmentID(c.ID).SetVersionID(c.VersionID).SetVersionNumber(1).SetCreatedAt(w.Now())
			if id == "support_1" {
				create.SetOrganizationID(w.Organization.ID).SetSignatoryID(w.Signatory.ID)
			} else {
				create.SetUserID(w.Signatory.ID)
			}
			must(t, create.Exec(t.Context()))
		}
		must(t, w.Write.Commitment.UpdateOneID(c.ID).SetSupportCount(2).Exec(t.Context()))
		rows := got(w.SupportsOf(t.Context(), viewerOf(t, w.Signatory), []string{c.ID}))(t)
		if len(rows) != 2 || rows[0].ID != "support_1" {
			t.Errorf("they are %s", asJSON(rows))
		}
	})
}
