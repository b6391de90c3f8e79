package processes_test

import (
	"context"
	"testing"

	"ensemble/consultation/processes"
	"ensemble/consultation/refusal"
	"ensemble/ent/role"
	"ensemble/ent/user"
	"ensemble/internal/testsite"
	"ensemble/internal/testsite/scene"
)

// has says whether somebody holds a role in the world's process, as a request would find it.
func has(t testing.TB, w *scene.World, p *testsite.Person, name role.Name) bool {
	t.Helper()
	return testsite.Got(w.Viewer(t.Context(), p.Token))(t).Has(w.Process.ID, string(name))
}

func TestGrantAndRevokeRole(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		draft := testsite.Got(w.CreateProcess(scene.As(t, w.Admin), processes.CreateProcessInput{
			Slug: "draft", Languages: []string{"fr"}, Title: scene.French("x"), Description: scene.French("x"), CommentMaxLength: 1000, EvaluatingLimit: 3,
		}))(t)
		w.Role(t, w.Signatory, role.NameADMIN) // no site administrator
		for name, move := range map[string]func(context.Context, scene.RoleIn) error{
			"grant": func(ctx context.Context, in scene.RoleIn) error {
				return scene.Only(w.GrantRole(ctx, processes.GrantRoleInput(in)))
			},
			"revoke": func(ctx context.Context, in scene.RoleIn) error {
				return scene.Only(w.RevokeRole(ctx, processes.RevokeRoleInput(in)))
			},
		} {
			try := func(change func(*scene.RoleIn)) func(context.Context) error {
				in := w.Granting(w.Bob, role.NameMODERATOR)
				change(&in)
				return func(ctx context.Context) error { return move(ctx, in) }
			}
			w.Refusals(t, []scene.RefusedCase{
				scene.Case(name+" in nothing", w.Signatory, refusal.NotFound, "process", try(func(in *scene.RoleIn) { in.Process = "x" })),
				scene.Case(name+" in a draft of others", w.Signatory, refusal.NotFound, "process", try(func(in *scene.RoleIn) { in.Process = draft.ID })),
				scene.Case(name+" without a reason", w.Signatory, refusal.BadUserInput, "reason", try(func(in *scene.RoleIn) { in.Reason = "" })),
				scene.Case(name+" to nobody", w.Signatory, refusal.BadUserInput, "user", try(func(in *scene.RoleIn) { in.User = nil })),
				scene.Case(name+" to an unknown nickname", w.Signatory, refusal.NotFound, "nickname", try(func(in *scene.RoleIn) { in.User, in.Nickname = nil, scene.Ptr("x") })),
				scene.Case(name+" to an unknown id", w.Signatory, refusal.NotFound, "user", try(func(in *scene.RoleIn) { in.User = scene.Ptr("x") })),
			})
		}
		grant := func() error {
			return scene.Only(w.GrantRole(scene.As(t, w.Signatory), processes.GrantRoleInput{Process: w.Process.ID, Nickname: scene.Ptr("BOB"), Role: role.NameMODERATOR, Reason: "Élu."}))
		}
		w.Announces(t, grant, scene.IsTold(w.Bob), scene.ToldAgain(w.Bob))
		if !has(t, w, w.Bob, role.NameMODERATOR) || has(t, w, w.Bob, role.NameADMIN) {
			t.Error("Bob is not a moderator, or more")
		}
		w.Idle(t, grant)
		revoke := func() error {
			return scene.Only(w.RevokeRole(scene.As(t, w.Signatory), processes.RevokeRoleInput(w.Granting(w.Bob, role.NameMODERATOR))))
		}
		w.Announces(t, revoke, scene.IsTold(w.Bob), scene.ToldAgain(w.Bob))
		if has(t, w, w.Bob, role.NameMODERATOR) {
			t.Error("Bob still is one")
		}
		w.Idle(t, revoke)
		w.WantsInbox(t, w.Bob, "ROLE×2*")
		inDraft := w.Granting(w.Bob, role.NameMODERATOR)
		inDraft.Process = draft.ID
		w.Announces(t, func() error { return scene.Only(w.GrantRole(scene.As(t, w.Admin), processes.GrantRoleInput(inDraft))) }, scene.IsTold(w.Bob), scene.ToldAgain(w.Bob))
		testsite.Must(t, w.Write.User.Update().Where(user.ID(w.Bob.ID)).SetErasedAt(w.Now()).Exec(t.Context()))
		w.Refused(t, refusal.NotFound, "nickname", grant)
	})
}

// The last administrator of a process stays, unless the site's takes the role away.
func TestTheLastAdminOfAProcess(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		w.Role(t, w.Alice, role.NameADMIN)
		testsite.Must(t, scene.Only(w.RevokeRole(scene.As(t, w.Alice), processes.RevokeRoleInput(w.Granting(w.Admin, role.NameADMIN))))) // the site's is one of two
		w.Refused(t, refusal.Conflict, "", func() error {
			return scene.Only(w.RevokeRole(scene.As(t, w.Alice), processes.RevokeRoleInput(w.Granting(w.Alice, role.NameADMIN))))
		})
		w.Idle(t, func() error {
			return scene.Only(w.RevokeRole(scene.As(t, w.Alice), processes.RevokeRoleInput(w.Granting(w.Bob, role.NameADMIN))))
		})
		testsite.Must(t, scene.Only(w.RevokeRole(scene.As(t, w.Admin), processes.RevokeRoleInput(w.Granting(w.Alice, role.NameADMIN)))))
		testsite.Must(t, scene.Only(w.GrantRole(scene.As(t, w.Admin), processes.GrantRoleInput(w.Granting(w.Alice, role.NameADMIN)))))
		testsite.Must(t, scene.Only(w.GrantRole(scene.As(t, w.Alice), processes.GrantRoleInput(w.Granting(w.Bob, role.NameADMIN)))))

		contexts, people := []context.Context{scene.As(t, w.Alice), scene.As(t, w.Bob)}, []*testsite.Person{w.Alice, w.Bob}
		scene.OneWins(t, scene.AtOnce(t, 2, func(i int) error {
			return scene.Only(w.RevokeRole(contexts[i], processes.RevokeRoleInput(w.Granting(people[1-i], role.NameADMIN))))
		}), refusal.Conflict)
		if n := testsite.Got(w.Read.Role.Query().Where(role.ProcessID(w.Process.ID), role.NameEQ(role.NameADMIN)).Count(t.Context()))(t); n != 1 {
			t.Errorf("%d administrators are left", n)
		}
	})
}

func TestRolesAreFew(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		for _, p := range w.Crowd(t, 197) { // beside the world's three
			w.Role(t, p, role.NameFACILITATOR)
		}
		w.Refused(t, refusal.Conflict, "", func() error {
			return scene.Only(w.GrantRole(scene.As(t, w.Admin), processes.GrantRoleInput(w.Granting(w.Bob, role.NameMODERATOR))))
		})
		testsite.Must(t, scene.Only(w.RevokeRole(scene.As(t, w.Admin), processes.RevokeRoleInput(w.Granting(w.Moderator, role.NameMODERATOR)))))
		testsite.Must(t, scene.Only(w.GrantRole(scene.As(t, w.Admin), processes.GrantRoleInput(w.Granting(w.Bob, role.NameMODERATOR)))))
	})
}

// Who moderates is for administrators to know; who steers, for everybody.
func TestWhoMayReadRoles(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		for name, c := range map[string]struct {
			p    *testsite.Person
			sees int
		}{
			"nobody": {nil, 0}, "a user": {w.Alice, 0}, "steering body": {w.Steering, 0}, "moderator": {w.Moderator, 0}, "administrator": {w.Admin, 3},
		} {
			if held := testsite.Got(w.RolesIn(t.Context(), scene.ViewerIn(scene.As(t, c.p)), []string{w.Process.ID}))(t); len(held) != c.sees {
				t.Errorf("%s sees %d roles, want %d", name, len(held), c.sees)
			}
		}
		if body := testsite.Got(w.SteeringBodies(t.Context(), []string{w.Process.ID}))(t); len(body) != 1 || body[0].UserID != w.Steering.ID {
			t.Errorf("the steering body is %v", body)
		}
	})
}
