package public_test

import (
	"slices"
	"testing"

	"ensemble/consultation/processes"
	"ensemble/consultation/public"
	"ensemble/consultation/refusal"
	"ensemble/consultation/roadmap"
	"ensemble/ent"
	"ensemble/ent/commitment"
	"ensemble/ent/membership"
	"ensemble/ent/territory"
	"ensemble/internal/testsite"
	"ensemble/internal/testsite/scene"
	"ensemble/live"
)

// Drafts are seen by those who work on them, and by nobody else.
func TestWhoSeesDrafts(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		process := testsite.Got(w.CreateProcess(scene.As(t, w.Admin), scene.NewProcess("second-2026")))(t)
		drafted, open, withdrawn := w.Draft(t, "Secret", "Secret."), w.SomeCommitment(t), w.SomeCommitment(t)
		w.Move(t, withdrawn, commitment.StatusWITHDRAWN)

		for who, c := range map[string]struct {
			p                      *testsite.Person
			processes, commitments []string
		}{
			"nobody":    {nil, nil, nil},
			"a user":    {w.Alice, nil, nil},
			"moderator": {w.Moderator, nil, nil},
			"steering":  {w.Steering, nil, []string{drafted.ID}},
			"admin":     {w.Admin, []string{process.ID}, []string{drafted.ID}},
		} {
			v := w.ViewerOf(t, c.p)

			if ids := scene.PublicNodes(t, w.DraftProcesses(v).AllX(t.Context())); !slices.Equal(ids, c.processes) {
				t.Errorf("%s sees the processes %v", who, ids)
			}
			if ids := scene.PublicNodes(t, w.DraftCommitments(v).AllX(t.Context())); !slices.Equal(ids, c.commitments) {
				t.Errorf("%s sees the commitments %v", who, ids)
			}
		}

		seen := scene.PublicNodes(t, w.PublicCommitments().AllX(t.Context()))
		if !slices.Equal(seen, []string{open.ID, withdrawn.ID}) {
			t.Errorf("public are %v", seen)
		}

		ids := scene.PublicNodes(t, w.PublicProcesses().AllX(t.Context()))
		if !slices.Equal(ids, []string{w.Process.ID}) {
			t.Errorf("public are %v", ids)
		}
	})
}

// A draft of an amendment is seen by its author alone. Once it is submitted it is public, and no draft any more.
func TestAmendmentDraftsAreTheirAuthors(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		mine, theirs := w.DraftOf(t, w.Alice, c, "dix", "onze"), w.Submitted(t, w.Bob, c, "dix", "douze")

		for who, p := range map[string]*testsite.Person{
			"nobody": nil, "the steering body": w.Steering, "another": w.Bob,
		} {
			if ids := scene.PublicNodes(t, w.AmendmentDrafts(w.ViewerOf(t, p)).AllX(t.Context())); len(ids) > 0 {
				t.Errorf("%s sees the drafts %v", who, ids)
			}
		}

		own := scene.PublicNodes(t, w.AmendmentDrafts(w.ViewerOf(t, w.Alice)).AllX(t.Context()))
		if !slices.Equal(own, []string{mine.ID}) {
			t.Errorf("the author sees %v", own)
		}

		ids := scene.PublicNodes(t, w.PublicAmendments().AllX(t.Context()))
		if !slices.Equal(ids, []string{theirs.ID}) {
			t.Errorf("public are %v", ids)
		}
	})
}

// What a comment said before it was edited is public as long as the comment is there.
func TestEditsGoWithTheirComment(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		m := w.Comment(t, w.Alice, c.ID, "Un")
		w.Reply(t, m, "x")
		testsite.Must(t, scene.Only(w.EditComment(scene.As(t, w.Alice),
			roadmap.EditCommentInput{Comment: m.ID, Body: "Deux"})))

		if n := w.PublicEdits().CountX(t.Context()); n != 1 {
			t.Errorf("%d edits are public, want 1", n)
		}

		testsite.Must(t, scene.Only(w.DeleteComment(scene.As(t, w.Alice), roadmap.DeleteCommentInput{Comment: m.ID})))
		if n := w.PublicEdits().CountX(t.Context()); n != 0 {
			t.Errorf("%d edits of a deleted comment are public", n)
		}
	})
}

// The members of an organization are seen by its members alone, as long as it has an owner.
func TestMembersAreSeenByMembers(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		w.Member(t, w.Organization, w.Alice, membership.RoleOWNER) // without an owner, administrators would see them
		w.Member(t, w.NewOrganization(t, "Autre", true), w.Bob, membership.RoleOWNER)

		for who, c := range map[string]struct {
			p    *testsite.Person
			want int
		}{
			"nobody":             {nil, 0},
			"a member":           {w.Alice, 2},
			"a member elsewhere": {w.Bob, 1},
			"an administrator":   {w.Admin, 0},
		} {
			if n := w.Memberships(w.ViewerOf(t, c.p)).CountX(t.Context()); n != c.want {
				t.Errorf("%s sees %d, want %d", who, n, c.want)
			}
		}
	})
}

// Viewers are answered with their own votes and supports, also those in the name of an organization.
func TestWhatAViewerDid(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		m, n := w.Comment(t, w.Alice, c.ID, "Un"), w.Comment(t, w.Alice, c.ID, "Deux")
		testsite.Must(t, scene.Only(w.VoteComment(scene.As(t, w.Signatory),
			roadmap.VoteCommentInput{Comment: m.ID, Value: -1})))
		testsite.Must(t, scene.Only(w.VoteComment(scene.As(t, w.Bob),
			roadmap.VoteCommentInput{Comment: n.ID, Value: 1})))
		own := w.NewSupport(t, scene.As(t, w.Signatory), c, nil)
		theirs := w.NewSupport(t, scene.As(t, w.Signatory), c, &w.Organization.ID)
		w.NewSupport(t, scene.As(t, w.Bob), c, nil)

		votes := func(p *testsite.Person) map[string]int {
			return testsite.Got(w.VotesOf(t.Context(), w.ViewerOf(t, p), []string{m.ID, n.ID}))(t)
		}
		supports := func(p *testsite.Person) []string {
			return scene.PublicNodes(t, testsite.Got(w.SupportsOf(t.Context(), w.ViewerOf(t, p), []string{c.ID}))(t))
		}

		if v := votes(w.Signatory); len(v) != 1 || v[m.ID] != -1 {
			t.Errorf("the signatory voted %v", v)
		}
		if ids := supports(w.Signatory); !slices.Equal(ids, scene.PublicNodes(t, []*ent.Support{own, theirs})) {
			t.Errorf("the signatory gave %v", ids)
		}
		if v, ids := votes(nil), supports(nil); len(v)+len(ids) > 0 {
			t.Errorf("nobody voted %v and supports %v", v, ids)
		}
	})
}

// A row of a process or commitment that is read with its position says where its stream ends.
func TestStreamCursor(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c, drafted := w.SomeCommitment(t), w.Draft(t, "Secret", "Secret.")
		w.Comment(t, w.Alice, c.ID, "x")
		heads := testsite.Got(w.Heads(t.Context(), []string{c.ID, w.Process.ID}))(t)

		cursor := func(id string) live.Cursor {
			row := testsite.Got(w.AllCommitments().Where(commitment.ID(id)).Only(t.Context()))(t)
			return testsite.Got(public.StreamCursor(row))(t)
		}

		if at := cursor(c.ID); at != heads[c.ID] || at.Seq != 2 {
			t.Errorf("the commitment is at %+v, its topic at %+v", at, heads[c.ID])
		}
		if at := cursor(drafted.ID); at != (live.Cursor{Topic: drafted.ID}) {
			t.Errorf("a draft is at %+v", at)
		}
		process := testsite.Got(w.PublicProcesses().Only(t.Context()))(t)
		if at := testsite.Got(public.StreamCursor(process))(t); at != heads[w.Process.ID] {
			t.Errorf("the process is at %+v, its topic at %+v", at, heads[w.Process.ID])
		}
		if _, err := public.StreamCursor(w.CommitmentNow(t, c)); err == nil {
			t.Error("a row that was read without its position has one")
		}
	})
}

// Territories are loaded once, found by their codes, and know what is above and inside them.
func TestTerritories(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		w.Idle(t, func() error { return w.LoadTerritories(t.Context()) })

		n := w.Read.Territory.Query().CountX(t.Context())
		testsite.Must(t, w.LoadTerritories(t.Context()))
		if again := w.Read.Territory.Query().CountX(t.Context()); again != n {
			t.Errorf("%d territories became %d", n, again)
		}

		region, department := territory.KindREGION, territory.KindDEPARTMENT
		occitanie := testsite.Got(w.TerritoryByCode(t.Context(), "76", &region))(t)
		_, err := w.TerritoryByCode(t.Context(), "76", nil) // the code of both Occitanie and Seine-Maritime
		if refusal.CodeOf(err) != refusal.BadUserInput {
			t.Errorf("the code 76: %v", err)
		}
		if _, err := w.TerritoryByCode(t.Context(), "2C", &department); !ent.IsNotFound(err) {
			t.Errorf("the code 2C: %v", err)
		}

		lot := testsite.Got(w.TerritoryByCode(t.Context(), "46", nil))(t)
		above := processes.AncestorIDs(lot)
		if len(above) != 2 || above[0] != occitanie.ID {
			t.Errorf("above the Lot are %v", above)
		}
		found := testsite.Got(w.Ancestors(t.Context(), []*ent.Territory{lot, occitanie}))(t)
		if len(found) != 2 || found[occitanie.ID].Name != "Occitanie" {
			t.Errorf("found %v", found)
		}

		if in := w.Read.Territory.Query().Where(public.Within(occitanie.ID)).CountX(t.Context()); in != 14 {
			t.Errorf("%d territories are in Occitanie, want itself and 13 departments", in)
		}
		france := above[1]
		for in, ids := range map[int][]string{
			n: {france}, 15: {occitanie.ID, lot.ID, "x", testsite.Got(w.TerritoryByCode(t.Context(), "35", nil))(t).ID}, 1: {lot.ID}, 0: {},
		} {
			if found := w.Read.Territory.Query().Where(public.Within(ids...)).CountX(t.Context()); found != in {
				t.Errorf("%d territories are in %v, want %d", found, ids, in)
			}
		}
		for _, id := range []string{"", "%", "x", w.Process.ID} {
			if in := w.Read.Territory.Query().Where(public.Within(id)).CountX(t.Context()); in != 0 {
				t.Errorf("%d territories are in %q", in, id)
			}
		}
	})
}
