package processes_test

import (
	"context"
	"testing"

	"ensemble/consultation/processes"
	"ensemble/consultation/refusal"
	"ensemble/ent"
	"ensemble/ent/role"
	"ensemble/ent/user"
	"ensemble/internal/testsite"
	"ensemble/internal/testsite/scene"
)

// has reports whether a person holds a role in the world's process, as a request would find it.
func has(t testing.TB, w *scene.World, p *testsite.Person, name role.Name) bool {
	t.Helper()
	return testsite.Got(w.Viewer(t.Context(), p.Token))(t).Has(w.Process.ID, string(name))
}

// draft creates a process that is not published.
func draft(t testing.TB, w *scene.World) *ent.Process {
	t.Helper()
	return testsite.Got(w.CreateProcess(scene.As(t, w.Admin), processes.CreateProcessInput{
		Slug: "draft", Languages: []string{"fr"}, Title: scene.French("x"), Description: scene.French("x"),
		CommentMaxLength: 1000, EvaluatingLimit: 3,
	}))(t)
}

// A role is given and taken away in a process that is there for the administrator, with a reason, and to a person who
// is named once and known.
func TestRoleRefusals(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		secret := draft(t, w)
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
				scene.Case(name+" in nothing", w.Signatory, refusal.NotFound, "process",
					try(func(in *scene.RoleIn) { in.Process = "x" })),
				scene.Case(name+" in a draft of others", w.Signatory, refusal.NotFound, "process",
					try(func(in *scene.RoleIn) { in.Process = secret.ID })),
				scene.Case(name+" without a reason", w.Signatory, refusal.BadUserInput, "reason",
					try(func(in *scene.RoleIn) { in.Reason = "" })),
				scene.Case(name+" to nobody", w.Signatory, refusal.BadUserInput, "user",
					try(func(in *scene.RoleIn) { in.User = nil })),
				scene.Case(name+" to an unknown nickname", w.Signatory, refusal.NotFound, "nickname",
					try(func(in *scene.RoleIn) { in.User, in.Nickname = nil, scene.Ptr("x") })),
				scene.Case(name+" to an unknown id", w.Signatory, refusal.NotFound, "user",
					try(func(in *scene.RoleIn) { in.User = scene.Ptr("x") })),
			})
		}
	})
}

// An administrator of a process gives a person a role and takes it away, with a reason. The person is notified, and
// doing it again changes nothing.
func TestGrantAndRevokeRole(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		w.Role(t, w.Signatory, role.NameADMIN) // no site administrator

		grant := func() error {
			return scene.Only(w.GrantRole(scene.As(t, w.Signatory), processes.GrantRoleInput{
				Process: w.Process.ID, Nickname: scene.Ptr("BOB"), Role: role.NameMODERATOR, Reason: "Élu.",
			}))
		}
		w.Announces(t, grant, scene.IsTold(w.Bob), scene.LooksAgain(w.Bob))

		if !has(t, w, w.Bob, role.NameMODERATOR) || has(t, w, w.Bob, role.NameADMIN) {
			t.Error("Bob is not a moderator, or more")
		}
		w.Idle(t, grant)

		revoke := func() error {
			return revoking(w, w.Bob, role.NameMODERATOR)(scene.As(t, w.Signatory))
		}
		w.Announces(t, revoke, scene.IsTold(w.Bob), scene.LooksAgain(w.Bob))

		if has(t, w, w.Bob, role.NameMODERATOR) {
			t.Error("Bob still is one")
		}
		w.Idle(t, revoke)
		w.WantsInbox(t, w.Bob, "ROLE×2*")

		inDraft := w.Granting(w.Bob, role.NameMODERATOR)
		inDraft.Process = draft(t, w).ID
		w.Announces(t, func() error {
			return scene.Only(w.GrantRole(scene.As(t, w.Admin), processes.GrantRoleInput(inDraft)))
		}, scene.IsTold(w.Bob), scene.LooksAgain(w.Bob))

		testsite.Must(t, w.Write.User.Update().Where(user.ID(w.Bob.ID)).SetErasedAt(w.Now()).Exec(t.Context()))
		w.Refused(t, refusal.NotFound, "nickname", grant)
	})
}

// granting returns a step that gives p a role in the world's process.
func granting(w *scene.World, p *testsite.Person, name role.Name) func(context.Context) error {
	return func(ctx context.Context) error {
		return scene.Only(w.GrantRole(ctx, processes.GrantRoleInput(w.Granting(p, name))))
	}
}

// revoking returns a step that takes a role in the world's process from p.
func revoking(w *scene.World, p *testsite.Person, name role.Name) func(context.Context) error {
	return func(ctx context.Context) error {
		return scene.Only(w.RevokeRole(ctx, processes.RevokeRoleInput(w.Granting(p, name))))
	}
}

// The last administrator of a process stays one, unless a site administrator takes the role away.
func TestTheLastAdminOfAProcess(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		w.Role(t, w.Alice, role.NameADMIN)
		testsite.Must(t, revoking(w, w.Admin, role.NameADMIN)(scene.As(t, w.Alice))) // the site's is one of two
		w.Refused(t, refusal.Conflict, "", func() error {
			return revoking(w, w.Alice, role.NameADMIN)(scene.As(t, w.Alice))
		})
		w.Idle(t, func() error { return revoking(w, w.Bob, role.NameADMIN)(scene.As(t, w.Alice)) })

		testsite.Must(t, revoking(w, w.Alice, role.NameADMIN)(scene.As(t, w.Admin)))
		testsite.Must(t, granting(w, w.Alice, role.NameADMIN)(scene.As(t, w.Admin)))
		testsite.Must(t, granting(w, w.Bob, role.NameADMIN)(scene.As(t, w.Alice)))

		// Of two who take it from each other at once, one is left.
		contexts, people := []context.Context{scene.As(t, w.Alice), scene.As(t, w.Bob)},
			[]*testsite.Person{w.Alice, w.Bob}
		scene.OneWins(t, scene.AtOnce(t, 2, func(i int) error {
			return revoking(w, people[1-i], role.NameADMIN)(contexts[i])
		}), refusal.Conflict)
		left := testsite.Got(w.Read.Role.Query().
			Where(role.ProcessID(w.Process.ID), role.NameEQ(role.NameADMIN)).
			Count(t.Context()))(t)
		if left != 1 {
			t.Errorf("%d administrators are left", left)
		}
	})
}

// A process has two hundred roles at most; when one is taken away, there is room for another.
func TestRolesAreFew(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		for _, p := range w.Crowd(t, 197) { // beside the world's three
			w.Role(t, p, role.NameFACILITATOR)
		}

		w.Refused(t, refusal.Conflict, "", func() error {
			return granting(w, w.Bob, role.NameMODERATOR)(scene.As(t, w.Admin))
		})

		testsite.Must(t, revoking(w, w.Moderator, role.NameMODERATOR)(scene.As(t, w.Admin)))
		testsite.Must(t, granting(w, w.Bob, role.NameMODERATOR)(scene.As(t, w.Admin)))
	})
}

// Only administrators see who has a role in a process; who steers it, everybody sees.
func TestWhoMayReadRoles(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		for name, c := range map[string]struct {
			p    *testsite.Person
			sees int
		}{
			"nobody":        {nil, 0},
			"a user":        {w.Alice, 0},
			"steering body": {w.Steering, 0},
			"moderator":     {w.Moderator, 0},
			"administrator": {w.Admin, 3},
		} {
			v := scene.ViewerIn(scene.As(t, c.p))
			if held := testsite.Got(w.RolesIn(t.Context(), v, []string{w.Process.ID}))(t); len(held) != c.sees {
				t.Errorf("%s sees %d roles, want %d", name, len(held), c.sees)
			}
		}

		body := testsite.Got(w.SteeringBodies(t.Context(), []string{w.Process.ID}))(t)
		if len(body) != 1 || body[0].UserID != w.Steering.ID {
			t.Errorf("the steering body is %v", body)
		}
	})
}
