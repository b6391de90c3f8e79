package consultation_test

import (
	"slices"
	"testing"

	"ensemble/auth"
	"ensemble/consultation/processes"
	"ensemble/consultation/public"
	"ensemble/consultation/refusal"
	"ensemble/consultation/roadmap"
	"ensemble/ent"
	"ensemble/ent/commitment"
	"ensemble/ent/membership"
	"ensemble/ent/territory"
	"ensemble/internal/testsite"
	"ensemble/live"
)

// viewerOf is who a person is now; nil is nobody.
func (w *world) viewerOf(t testing.TB, p *testsite.Person) auth.Viewer {
	t.Helper()
	return auth.ViewerFrom(as(t, p))
}

// Drafts are seen by who works on them, and by nobody else.
func TestWhoSeesDrafts(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		process := got(w.CreateProcess(as(t, w.Admin), newProcess("second-2026")))(t)
		drafted, public, withdrawn := w.Draft(t, "Secret", "Secret."), w.commitment(t), w.commitment(t)
		w.move(t, withdrawn, commitment.StatusWITHDRAWN)
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
			v := w.viewerOf(t, c.p)
			if ids := nodes(t, w.DraftProcesses(v).AllX(t.Context())); !slices.Equal(ids, c.processes) {
				t.Errorf("%s sees the processes %v", who, ids)
			}
			if ids := nodes(t, w.DraftCommitments(v).AllX(t.Context())); !slices.Equal(ids, c.commitments) {
				t.Errorf("%s sees the commitments %v", who, ids)
			}
		}
		if ids := nodes(t, w.PublicCommitments().AllX(t.Context())); !slices.Equal(ids, []string{public.ID, withdrawn.ID}) {
			t.Errorf("public are %v", ids)
		}
		if ids := nodes(t, w.PublicProcesses().AllX(t.Context())); !slices.Equal(ids, []string{w.Process.ID}) {
			t.Errorf("public are %v", ids)
		}
	})
}

// nodes are the ids of rows, sorted: by age.
func nodes[T interface{ NodeID() string }](t testing.TB, rows []T) []string {
	t.Helper()
	var ids []string
	for _, row := range rows {
		ids = append(ids, row.NodeID())
	}
	slices.Sort(ids)
	return ids
}

func TestAmendmentDraftsAreTheirAuthors(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.commitment(t)
		mine, theirs := w.draft(t, w.Alice, c, "dix", "onze"), w.submitted(t, w.Bob, c, "dix", "douze")
		for who, p := range map[string]*testsite.Person{"nobody": nil, "the steering body": w.Steering, "another": w.Bob} {
			if ids := nodes(t, w.AmendmentDrafts(w.viewerOf(t, p)).AllX(t.Context())); len(ids) > 0 {
				t.Errorf("%s sees the drafts %v", who, ids)
			}
		}
		if ids := nodes(t, w.AmendmentDrafts(w.viewerOf(t, w.Alice)).AllX(t.Context())); !slices.Equal(ids, []string{mine.ID}) {
			t.Errorf("the author sees %v", ids)
		}
		if ids := nodes(t, w.PublicAmendments().AllX(t.Context())); !slices.Equal(ids, []string{theirs.ID}) {
			t.Errorf("public are %v", ids)
		}
	})
}

// What a comment said before goes with it.
func TestEditsGoWithTheirComment(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.commitment(t)
		m := w.Comment(t, w.Alice, c.ID, "Un")
		w.reply(t, m, "x")
		must(t, only(w.EditComment(as(t, w.Alice), roadmap.EditCommentInput{Comment: m.ID, Body: "Deux"})))
		if n := w.PublicEdits().CountX(t.Context()); n != 1 {
			t.Errorf("%d edits are public, want 1", n)
		}
		must(t, only(w.DeleteComment(as(t, w.Alice), roadmap.DeleteCommentInput{Comment: m.ID})))
		if n := w.PublicEdits().CountX(t.Context()); n != 0 {
			t.Errorf("%d edits of a deleted comment are public", n)
		}
	})
}

func TestMembersAreSeenByMembers(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.Member(t, w.Organization, w.Alice, membership.RoleOWNER) // without one, administrators would see
		w.Member(t, w.NewOrganization(t, "Autre", true), w.Bob, membership.RoleOWNER)
		for who, c := range map[string]struct {
			p    *testsite.Person
			want int
		}{"nobody": {nil, 0}, "a member": {w.Alice, 2}, "a member elsewhere": {w.Bob, 1}, "an administrator": {w.Admin, 0}} {
			if n := w.Memberships(w.viewerOf(t, c.p)).CountX(t.Context()); n != c.want {
				t.Errorf("%s sees %d, want %d", who, n, c.want)
			}
		}
	})
}

func TestWhatAViewerDid(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.commitment(t)
		m, n := w.Comment(t, w.Alice, c.ID, "Un"), w.Comment(t, w.Alice, c.ID, "Deux")
		must(t, only(w.VoteComment(as(t, w.Signatory), roadmap.VoteCommentInput{Comment: m.ID, Value: -1})))
		must(t, only(w.VoteComment(as(t, w.Bob), roadmap.VoteCommentInput{Comment: n.ID, Value: 1})))
		own, theirs := w.support(t, as(t, w.Signatory), c, nil), w.support(t, as(t, w.Signatory), c, &w.Organization.ID)
		w.support(t, as(t, w.Bob), c, nil)
		votes := func(p *testsite.Person) map[string]int {
			return got(w.VotesOf(t.Context(), w.viewerOf(t, p), []string{m.ID, n.ID}))(t)
		}
		supports := func(p *testsite.Person) []string {
			return nodes(t, got(w.SupportsOf(t.Context(), w.viewerOf(t, p), []string{c.ID}))(t))
		}
		if v := votes(w.Signatory); len(v) != 1 || v[m.ID] != -1 {
			t.Errorf("the signatory voted %v", v)
		}
		if ids := supports(w.Signatory); !slices.Equal(ids, nodes(t, []*ent.Support{own, theirs})) {
			t.Errorf("the signatory gave %v", ids)
		}
		if v, ids := votes(nil), supports(nil); len(v)+len(ids) > 0 {
			t.Errorf("nobody voted %v and supports %v", v, ids)
		}
	})
}

// A row of a process or commitment knows where its stream stands.
func TestStreamCursor(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c, drafted := w.commitment(t), w.Draft(t, "Secret", "Secret.")
		w.Comment(t, w.Alice, c.ID, "x")
		heads := got(w.Heads(t.Context(), []string{c.ID, w.Process.ID}))(t)
		cursor := func(id string) live.Cursor {
			row := got(w.AllCommitments().Where(commitment.ID(id)).Only(t.Context()))(t)
			return got(public.StreamCursor(row))(t)
		}
		if at := cursor(c.ID); at != heads[c.ID] || at.Seq != 2 {
			t.Errorf("the commitment is at %+v, its topic at %+v", at, heads[c.ID])
		}
		if at := cursor(drafted.ID); at != (live.Cursor{Topic: drafted.ID}) {
			t.Errorf("a draft is at %+v", at)
		}
		if at := got(public.StreamCursor(got(w.PublicProcesses().Only(t.Context()))(t)))(t); at != heads[w.Process.ID] {
			t.Errorf("the process is at %+v, its topic at %+v", at, heads[w.Process.ID])
		}
		if _, err := public.StreamCursor(w.now(t, c)); err == nil {
			t.Error("a row that was read without its position has one")
		}
	})
}

func TestTerritories(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.idle(t, func() error { return w.LoadTerritories(t.Context()) })
		n := w.Read.Territory.Query().CountX(t.Context())
		must(t, w.LoadTerritories(t.Context()))
		if again := w.Read.Territory.Query().CountX(t.Context()); again != n {
			t.Errorf("%d territories became %d", n, again)
		}
		region, department := territory.KindREGION, territory.KindDEPARTMENT
		occitanie := got(w.TerritoryByCode(t.Context(), "76", &region))(t)
		_, err := w.TerritoryByCode(t.Context(), "76", nil) // Occitanie and Seine-Maritime
		if refusal.CodeOf(err) != refusal.BadUserInput {
			t.Errorf("the code 76: %v", err)
		}
		if _, err := w.TerritoryByCode(t.Context(), "2C", &department); !ent.IsNotFound(err) {
			t.Errorf("the code 2C: %v", err)
		}
		lot := got(w.TerritoryByCode(t.Context(), "46", nil))(t)
		above := processes.AncestorIDs(lot)
		if len(above) != 2 || above[0] != occitanie.ID {
			t.Errorf("above the Lot are %v", above)
		}
		if found := got(w.Ancestors(t.Context(), []*ent.Territory{lot, occitanie}))(t); len(found) != 2 || found[occitanie.ID].Name != "Occitanie" {
			t.Errorf("found %v", found)
		}
		if in := w.Read.Territory.Query().Where(public.Within(occitanie.ID)).CountX(t.Context()); in != 14 {
			t.Errorf("%d territories are in Occitanie, want itself and 13 departments", in)
		}
		for _, id := range []string{"", "%", "x", w.Process.ID} {
			if in := w.Read.Territory.Query().Where(public.Within(id)).CountX(t.Context()); in != 0 {
				t.Errorf("%d territories are in %q", in, id)
			}
		}
	})
}
