package processes_test

import (
	"context"
	"testing"

	"ensemble/consultation/input"
	"ensemble/consultation/processes"
	"ensemble/consultation/refusal"
	"ensemble/ent"
	"ensemble/internal/testsite"
	"ensemble/internal/testsite/scene"
	"ensemble/live"
)

// The axes of a process have an order from 1 on without gaps, whatever is added, moved or deleted, and each change is
// announced.
func TestAxes(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		updated := scene.FactOf(w.Process.ID, live.ProcessUpdated, w.Process.ID, "", nil)
		testsite.Must(t, scene.Only(w.UpdateAxis(scene.As(t, w.Admin), processes.UpdateAxisInput{
			Axis: w.Axis.ID, Title: scene.French("A"),
		})))

		var b *ent.Axis
		w.Announces(t, func() (err error) {
			b, err = w.CreateAxis(scene.As(t, w.Admin), processes.CreateAxisInput{
				Process: w.Process.ID, Title: scene.French(" B\n"), Description: scene.French("Texte.\n"),
			})
			if err == nil && (b.Position != 2 || b.Title["fr"] != "B" || b.Description["fr"] != "Texte.") {
				t.Errorf("it is %+v", b)
			}
			return err
		}, updated)

		c, d := w.NewAxis(t, "C"), w.NewAxis(t, "D")
		for _, step := range []struct {
			move *ent.Axis
			to   int
			want string
		}{
			{d, 1, "D A B C"}, {d, 4, "A B C D"}, {b, 3, "A C B D"}, {b, 3, "A C B D"}, {c, 2, "A C B D"},
		} {

			w.Announces(t, func() error {
				a, err := w.UpdateAxis(scene.As(t, w.Admin),
					processes.UpdateAxisInput{Axis: step.move.ID, Position: &step.to})
				if err == nil && (a.Position != step.to || a.Title["fr"] != step.move.Title["fr"] ||
					a.Description["fr"] != step.move.Description["fr"]) {
					t.Errorf("it is %+v", a)
				}
				return err
			}, updated)

			if order := w.AxisTitles(t); order != step.want {
				t.Errorf("after %s to %d: %s, want %s", step.move.Title["fr"], step.to, order, step.want)
			}
		}

		w.Announces(t, func() error {
			return scene.Only(w.DeleteAxis(scene.As(t, w.Admin), processes.DeleteAxisInput{Axis: c.ID}))
		}, updated)
		if order := w.AxisTitles(t); order != "A B D" {
			t.Errorf("left are %s", order)
		}
	})
}

// Only administrators change axes, to places that there are, and an axis with commitments cannot be deleted. To
// everybody else, axes of a draft are absent.
func TestAxisRefusals(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		secret := testsite.Got(w.CreateProcess(scene.As(t, w.Admin), scene.NewProcess("second-2026")))(t)
		hidden := testsite.Got(w.CreateAxis(scene.As(t, w.Admin), processes.CreateAxisInput{
			Process: secret.ID, Title: scene.French("Secret"),
		}))(t)
		w.SomeCommitment(t) // on the world's axis

		create := func(process string, title []*input.TextInput) func(context.Context) error {
			return func(ctx context.Context) error {
				return scene.Only(w.CreateAxis(ctx, processes.CreateAxisInput{Process: process, Title: title}))
			}
		}
		place := func(id string, at int) func(context.Context) error {
			return func(ctx context.Context) error {
				return scene.Only(w.UpdateAxis(ctx, processes.UpdateAxisInput{Axis: id, Position: &at}))
			}
		}
		drop := func(id string) func(context.Context) error {
			return func(ctx context.Context) error {
				return scene.Only(w.DeleteAxis(ctx, processes.DeleteAxisInput{Axis: id}))
			}
		}

		w.Refusals(t, []scene.RefusedCase{
			scene.Case("create as nobody", nil, refusal.Unauthenticated, "", create(w.Process.ID, scene.French("B"))),
			scene.Case("create as steering body", w.Steering, refusal.Forbidden, "",
				create(w.Process.ID, scene.French("B"))),
			scene.Case("create in a draft of others", w.Alice, refusal.NotFound, "process",
				create(secret.ID, scene.French("B"))),
			scene.Case("create without a title", w.Admin, refusal.BadUserInput, "title", create(w.Process.ID, nil)),
			scene.Case("update as nobody", nil, refusal.Unauthenticated, "", place(w.Axis.ID, 1)),
			scene.Case("update a hidden one as nobody", nil, refusal.Unauthenticated, "", place(hidden.ID, 1)),
			scene.Case("update nothing as nobody", nil, refusal.Unauthenticated, "", place("x", 1)),
			scene.Case("update as steering body", w.Steering, refusal.Forbidden, "", place(w.Axis.ID, 1)),
			scene.Case("update a hidden one", w.Steering, refusal.NotFound, "axis", place(hidden.ID, 1)),
			scene.Case("update what is not there", w.Admin, refusal.NotFound, "axis", place("x", 1)),
			scene.Case("place before the first", w.Admin, refusal.BadUserInput, "position", place(w.Axis.ID, 0)),
			scene.Case("place after the last", w.Admin, refusal.BadUserInput, "position", place(w.Axis.ID, 2)),
			scene.Case("delete as nobody", nil, refusal.Unauthenticated, "", drop(w.Axis.ID)),
			scene.Case("delete as steering body", w.Steering, refusal.Forbidden, "", drop(w.Axis.ID)),
			scene.Case("delete what is not there", w.Admin, refusal.NotFound, "axis", drop("x")),
			scene.Case("delete with commitments", w.Admin, refusal.Conflict, "", drop(w.Axis.ID)),
		})
	})
}
