package consultation_test

import (
	"context"
	"testing"

	"ensemble/consultation/processes"
	"ensemble/consultation/refusal"
	"ensemble/ent/role"
	"ensemble/ent/user"
	"ensemble/internal/testsite"
)

type roleIn = processes.RoleInput

// has says whether somebody holds a role in the world's process, as a request would find it.
func (w *world) has(t testing.TB, p *testsite.Person, name role.Name) bool {
	t.Helper()
	return got(w.Viewer(t.Context(), p.Token))(t).Has(w.Process.ID, string(name))
}

func (w *world) granting(p *testsite.Person, name role.Name) roleIn {
	return roleIn{Process: w.Process.ID, User: &p.ID, Role: name, Reason: "Élue."}
}

func TestGrantAndRevokeRole(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		draft := got(w.CreateProcess(as(t, w.Admin), processes.CreateProcessInput{
			Slug: "draft", Languages: []string{"fr"}, Title: french("x"), Description: french("x"), CommentMaxLength: 1000, EvaluatingLimit: 3,
		}))(t)
		w.Role(t, w.Signatory, role.NameADMIN) // no site administrator
		for name, move := range map[string]func(context.Context, roleIn) error{
			"grant": func(ctx context.Context, in roleIn) error {
				return only(w.GrantRole(ctx, processes.GrantRoleInput(in)))
			},
			"revoke": func(ctx context.Context, in roleIn) error {
				return only(w.RevokeRole(ctx, processes.RevokeRoleInput(in)))
			},
		} {
			try := func(change func(*roleIn)) func(context.Context) error {
				in := w.granting(w.Bob, role.NameMODERATOR)
				change(&in)
				return func(ctx context.Context) error { return move(ctx, in) }
			}
			w.refusals(t, []refusedCase{
				{name + " in nothing", w.Signatory, refusal.NotFound, "process", try(func(in *roleIn) { in.Process = "x" })},
				{name + " in a draft of others", w.Signatory, refusal.NotFound, "process", try(func(in *roleIn) { in.Process = draft.ID })},
				{name + " without a reason", w.Signatory, refusal.BadUserInput, "reason", try(func(in *roleIn) { in.Reason = "" })},
				{name + " to nobody", w.Signatory, refusal.BadUserInput, "user", try(func(in *roleIn) { in.User = nil })},
				{name + " to an unknown nickname", w.Signatory, refusal.NotFound, "nickname", try(func(in *roleIn) { in.User, in.Nickname = nil, ptr("x") })},
				{name + " to an unknown id", w.Signatory, refusal.NotFound, "user", try(func(in *roleIn) { in.User = ptr("x") })},
			})
		}
		grant := func() error {
			return only(w.GrantRole(as(t, w.Signatory), processes.GrantRoleInput{Process: w.Process.ID, Nickname: ptr("BOB"), Role: role.NameMODERATOR, Reason: "Élu."}))
		}
		w.announces(t, grant, isTold(w.Bob), toldAgain(w.Bob))
		if !w.has(t, w.Bob, role.NameMODERATOR) || w.has(t, w.Bob, role.NameADMIN) {
			t.Error("Bob is not a moderator, or more")
		}
		w.idle(t, grant)
		revoke := func() error {
			return only(w.RevokeRole(as(t, w.Signatory), processes.RevokeRoleInput(w.granting(w.Bob, role.NameMODERATOR))))
		}
		w.announces(t, revoke, isTold(w.Bob), toldAgain(w.Bob))
		if w.has(t, w.Bob, role.NameMODERATOR) {
			t.Error("Bob still is one")
		}
		w.idle(t, revoke)
		w.wants(t, w.Bob, "ROLE×2*")
		inDraft := w.granting(w.Bob, role.NameMODERATOR)
		inDraft.Process = draft.ID
		w.announces(t, func() error { return only(w.GrantRole(as(t, w.Admin), processes.GrantRoleInput(inDraft))) }, isTold(w.Bob), toldAgain(w.Bob))
		must(t, w.Write.User.Update().Where(user.ID(w.Bob.ID)).SetErasedAt(w.Now()).Exec(t.Context()))
		w.refused(t, refusal.NotFound, "nickname", grant)
	})
}

// The last administrator of a process stays, unless the site's takes the role away.
func TestTheLastAdminOfAProcess(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.Role(t, w.Alice, role.NameADMIN)
		must(t, only(w.RevokeRole(as(t, w.Alice), processes.RevokeRoleInput(w.granting(w.Admin, role.NameADMIN))))) // the site's is one of two
		w.refused(t, refusal.Conflict, "", func() error {
			return only(w.RevokeRole(as(t, w.Alice), processes.RevokeRoleInput(w.granting(w.Alice, role.NameADMIN))))
		})
		w.idle(t, func() error {
			return only(w.RevokeRole(as(t, w.Alice), processes.RevokeRoleInput(w.granting(w.Bob, role.NameADMIN))))
		})
		must(t, only(w.RevokeRole(as(t, w.Admin), processes.RevokeRoleInput(w.granting(w.Alice, role.NameADMIN)))))
		must(t, only(w.GrantRole(as(t, w.Admin), processes.GrantRoleInput(w.granting(w.Alice, role.NameADMIN)))))
		must(t, only(w.GrantRole(as(t, w.Alice), processes.GrantRoleInput(w.granting(w.Bob, role.NameADMIN)))))

		contexts, people := []context.Context{as(t, w.Alice), as(t, w.Bob)}, []*testsite.Person{w.Alice, w.Bob}
		oneWins(t, atOnce(t, 2, func(i int) error {
			return only(w.RevokeRole(contexts[i], processes.RevokeRoleInput(w.granting(people[1-i], role.NameADMIN))))
		}), refusal.Conflict)
		if n := got(w.Read.Role.Query().Where(role.ProcessID(w.Process.ID), role.NameEQ(role.NameADMIN)).Count(t.Context()))(t); n != 1 {
			t.Errorf("%d administrators are left", n)
		}
	})
}

func TestRolesAreFew(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for _, p := range w.people(t, 197) { // beside the world's three
			w.Role(t, p, role.NameFACILITATOR)
		}
		w.refused(t, refusal.Conflict, "", func() error {
			return only(w.GrantRole(as(t, w.Admin), processes.GrantRoleInput(w.granting(w.Bob, role.NameMODERATOR))))
		})
		must(t, only(w.RevokeRole(as(t, w.Admin), processes.RevokeRoleInput(w.granting(w.Moderator, role.NameMODERATOR)))))
		must(t, only(w.GrantRole(as(t, w.Admin), processes.GrantRoleInput(w.granting(w.Bob, role.NameMODERATOR)))))
	})
}

// Who moderates is for administrators to know; who steers, for everybody.
func TestWhoMayReadRoles(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for name, c := range map[string]struct {
			p    *testsite.Person
			sees int
		}{
			"nobody": {nil, 0}, "a user": {w.Alice, 0}, "steering body": {w.Steering, 0}, "moderator": {w.Moderator, 0}, "administrator": {w.Admin, 3},
		} {
			if held := got(w.RolesIn(t.Context(), viewerIn(as(t, c.p)), []string{w.Process.ID}))(t); len(held) != c.sees {
				t.Errorf("%s sees %d roles, want %d", name, len(held), c.sees)
			}
		}
		if body := got(w.SteeringBodies(t.Context(), []string{w.Process.ID}))(t); len(body) != 1 || body[0].UserID != w.Steering.ID {
			t.Errorf("the steering body is %v", body)
		}
	})
}
