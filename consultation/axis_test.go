package consultation_test

import (
	"context"
	"strings"
	"testing"

	"ensemble/consultation/input"
	"ensemble/consultation/processes"
	"ensemble/consultation/refusal"
	"ensemble/ent"
	"ensemble/ent/axis"
	"ensemble/live"
)

func (w *world) axis(t testing.TB, title string) *ent.Axis {
	t.Helper()
	return got(w.CreateAxis(as(t, w.Admin), processes.CreateAxisInput{Process: w.Process.ID, Title: french(title)}))(t)
}

// axes are the titles by position, which must go from 1 without a hole.
func (w *world) axes(t testing.TB) string {
	t.Helper()
	var titles []string
	for i, a := range got(w.Read.Axis.Query().Where(axis.ProcessID(w.Process.ID)).Order(axis.ByPosition()).All(t.Context()))(t) {
		titles = append(titles, a.Title["fr"])
		if a.Position != i+1 {
			t.Errorf("%s is at %d, want %d", a.Title["fr"], a.Position, i+1)
		}
	}
	return strings.Join(titles, " ")
}

func TestAxes(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		updated := fact{w.Process.ID, live.ProcessUpdated, w.Process.ID, "", nil}
		must(t, only(w.UpdateAxis(as(t, w.Admin), processes.UpdateAxisInput{Axis: w.Axis.ID, Title: french("A")})))
		var b *ent.Axis
		w.announces(t, func() (err error) {
			b, err = w.CreateAxis(as(t, w.Admin), processes.CreateAxisInput{
				Process: w.Process.ID, Title: french(" B\n"), Description: french("Texte.\n"),
			})
			if err == nil && (b.Position != 2 || b.Title["fr"] != "B" || b.Description["fr"] != "Texte.") {
				t.Errorf("it is %+v", b)
			}
			return err
		}, updated)
		c, d := w.axis(t, "C"), w.axis(t, "D")
		for _, step := range []struct {
			move *ent.Axis
			to   int
			want string
		}{{d, 1, "D A B C"}, {d, 4, "A B C D"}, {b, 3, "A C B D"}, {b, 3, "A C B D"}, {c, 2, "A C B D"}} {
			w.announces(t, func() error {
				a, err := w.UpdateAxis(as(t, w.Admin), processes.UpdateAxisInput{Axis: step.move.ID, Position: &step.to})
				if err == nil && (a.Position != step.to || a.Title["fr"] != step.move.Title["fr"] || a.Description["fr"] != step.move.Description["fr"]) {
					t.Errorf("it is %+v", a)
				}
				return err
			}, updated)
			if order := w.axes(t); order != step.want {
				t.Errorf("after %s to %d: %s, want %s", step.move.Title["fr"], step.to, order, step.want)
			}
		}
		w.announces(t, func() error { return only(w.DeleteAxis(as(t, w.Admin), processes.DeleteAxisInput{Axis: c.ID})) }, updated)
		if order := w.axes(t); order != "A B D" {
			t.Errorf("left are %s", order)
		}
	})
}

func TestAxisRefusals(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		secret := got(w.CreateProcess(as(t, w.Admin), newProcess("second-2026")))(t)
		hidden := got(w.CreateAxis(as(t, w.Admin), processes.CreateAxisInput{Process: secret.ID, Title: french("Secret")}))(t)
		w.commitment(t) // on the world's axis
		create := func(process string, title []*input.TextInput) func(context.Context) error {
			return func(ctx context.Context) error {
				return only(w.CreateAxis(ctx, processes.CreateAxisInput{Process: process, Title: title}))
			}
		}
		place := func(id string, at int) func(context.Context) error {
			return func(ctx context.Context) error {
				return only(w.UpdateAxis(ctx, processes.UpdateAxisInput{Axis: id, Position: &at}))
			}
		}
		drop := func(id string) func(context.Context) error {
			return func(ctx context.Context) error { return only(w.DeleteAxis(ctx, processes.DeleteAxisInput{Axis: id})) }
		}
		w.refusals(t, []refusedCase{
			{"create as nobody", nil, refusal.Unauthenticated, "", create(w.Process.ID, french("B"))},
			{"create as steering body", w.Steering, refusal.Forbidden, "", create(w.Process.ID, french("B"))},
			{"create in a draft of others", w.Alice, refusal.NotFound, "process", create(secret.ID, french("B"))},
			{"create without a title", w.Admin, refusal.BadUserInput, "title", create(w.Process.ID, nil)},
			{"update as nobody", nil, refusal.Unauthenticated, "", place(w.Axis.ID, 1)},
			{"update a hidden one as nobody", nil, refusal.Unauthenticated, "", place(hidden.ID, 1)},
			{"update nothing as nobody", nil, refusal.Unauthenticated, "", place("x", 1)},
			{"update as steering body", w.Steering, refusal.Forbidden, "", place(w.Axis.ID, 1)},
			{"update a hidden one", w.Steering, refusal.NotFound, "axis", place(hidden.ID, 1)},
			{"update what is not there", w.Admin, refusal.NotFound, "axis", place("x", 1)},
			{"place before the first", w.Admin, refusal.BadUserInput, "position", place(w.Axis.ID, 0)},
			{"place after the last", w.Admin, refusal.BadUserInput, "position", place(w.Axis.ID, 2)},
			{"delete as nobody", nil, refusal.Unauthenticated, "", drop(w.Axis.ID)},
			{"delete as steering body", w.Steering, refusal.Forbidden, "", drop(w.Axis.ID)},
			{"delete what is not there", w.Admin, refusal.NotFound, "axis", drop("x")},
			{"delete with commitments", w.Admin, refusal.Conflict, "", drop(w.Axis.ID)},
		})
	})
}
