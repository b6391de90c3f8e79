package processes_test

import (
	"context"
	"testing"
	"time"

	"ensemble/consultation/processes"
	"ensemble/consultation/refusal"
	"ensemble/ent"
	"ensemble/ent/phase"
	"ensemble/internal/testsite"
	"ensemble/internal/testsite/scene"
	"ensemble/live"
)

// A new phase allows what it says and nothing else, is the last of its process, and is announced as a change of it.
func TestCreatePhase(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		opens := w.Now().Add(time.Hour)
		w.Announces(t, func() error {
			f, err := w.CreatePhase(scene.As(t, w.Admin), processes.CreatePhaseInput{
				Process: w.Process.ID,
				PhaseSettings: processes.PhaseSettings{
					Name: scene.French("Vote"), OpensAt: &opens, AllowsSupports: scene.Ptr(true),
				},
			})

			if err == nil && (f.Position != 2 || f.Name["fr"] != "Vote" || f.ClosesAt != nil ||
				!f.OpensAt.Equal(opens) ||
				!f.Supports || f.Comments || f.AmendmentSubmission || f.AmendmentDecision || f.AmendmentPromotion ||
				f.Announced != phase.AnnouncedNOTHING) {
				t.Errorf("it is %+v", f)
			}
			return err
		}, scene.FactOf(w.Process.ID, live.ProcessUpdated, w.Process.ID, "", nil))
	})
}

// Times of phases are in whole microseconds and in UTC, as both databases store them: what is answered at once is what
// is read later.
func TestPhaseTimesAreKeptInMicroseconds(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		paris := time.FixedZone("CET", 3600)
		opens, closes := w.Now().Add(time.Hour+1999).In(paris), w.Now().Add(2*time.Hour+1999).In(paris)
		settings := processes.PhaseSettings{Name: scene.French("Phase"), OpensAt: &opens, ClosesAt: &closes}

		made := testsite.Got(w.CreatePhase(scene.As(t, w.Admin), processes.CreatePhaseInput{
			Process: w.Process.ID, PhaseSettings: settings,
		}))(t)
		changed := testsite.Got(w.UpdatePhase(scene.As(t, w.Admin), processes.UpdatePhaseInput{
			Phase: made.ID, PhaseSettings: settings,
		}))(t)
		read := testsite.Got(w.Read.Phase.Get(t.Context(), made.ID))(t)

		for _, f := range []*ent.Phase{made, changed, read} {
			for _, at := range []struct{ got, want time.Time }{{f.OpensAt, opens}, {*f.ClosesAt, closes}} {
				if want := at.want.UTC().Truncate(time.Microsecond); at.got != want {
					t.Errorf("got %s, want %s", at.got, want)
				}
			}
		}
	})
}

// To change a phase leaves what is not given as it was. When a phase is deleted, those after it move up.
func TestUpdateAndDeletePhase(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		second, third := w.NewPhase(t, time.Hour, 2*time.Hour), w.NewPhase(t, 2*time.Hour, 3*time.Hour)
		updated := scene.FactOf(w.Process.ID, live.ProcessUpdated, w.Process.ID, "", nil)

		w.Announces(t, func() error {
			f, err := w.UpdatePhase(scene.As(t, w.Admin), processes.UpdatePhaseInput{
				Phase: second.ID, PhaseSettings: processes.PhaseSettings{
					Endless: true, AllowsComments: scene.Ptr(true),
				},
			})
			if err == nil && (f.ClosesAt != nil || !f.Comments || !f.OpensAt.Equal(second.OpensAt) ||
				f.Name["fr"] != "Phase" || f.Position != 2) {
				t.Errorf("it is %+v", f)
			}
			return err
		}, updated)

		w.Announces(t, func() error {
			p, err := w.DeletePhase(scene.As(t, w.Admin), processes.DeletePhaseInput{Phase: second.ID})
			if err == nil && p.ID != w.Process.ID {
				t.Errorf("it was of %s", p.ID)
			}
			return err
		}, updated)

		if f := testsite.Got(w.Read.Phase.Get(t.Context(), third.ID))(t); f.Position != 2 {
			t.Errorf("the next phase is at %d, want 2", f.Position)
		}
	})
}

// A phase needs a name and ends after it begins, and one that has begun cannot be deleted. Phases of a draft are absent
// to everybody else.
func TestPhaseRefusals(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		secret := testsite.Got(w.CreateProcess(scene.As(t, w.Admin), scene.NewProcess("second-2026")))(t)
		later := w.Now().Add(time.Hour)
		settings := processes.PhaseSettings{Name: scene.French("Phase"), OpensAt: &later}
		hidden := testsite.Got(w.CreatePhase(scene.As(t, w.Admin), processes.CreatePhaseInput{
			Process: secret.ID, PhaseSettings: settings,
		}))(t)
		future := w.NewPhase(t, time.Hour, 2*time.Hour)

		create := func(process string, s processes.PhaseSettings) func(context.Context) error {
			return func(ctx context.Context) error {
				return scene.Only(w.CreatePhase(ctx, processes.CreatePhaseInput{Process: process, PhaseSettings: s}))
			}
		}
		update := func(id string, s processes.PhaseSettings) func(context.Context) error {
			return func(ctx context.Context) error {
				return scene.Only(w.UpdatePhase(ctx, processes.UpdatePhaseInput{Phase: id, PhaseSettings: s}))
			}
		}
		drop := func(id string) func(context.Context) error {
			return func(ctx context.Context) error {
				return scene.Only(w.DeletePhase(ctx, processes.DeletePhaseInput{Phase: id}))
			}
		}

		here, none := w.Process.ID, processes.PhaseSettings{}
		w.Refusals(t, []scene.RefusedCase{
			scene.Case("create in nothing", w.Admin, refusal.NotFound, "process", create("x", settings)),
			scene.Case("create in a draft of others", w.Steering, refusal.NotFound, "process",
				create(secret.ID, settings)),
			scene.Case("create without a name", w.Admin, refusal.BadUserInput, "name",
				create(here, processes.PhaseSettings{OpensAt: &later})),
			scene.Case("ends when it begins", w.Admin, refusal.BadUserInput, "closesAt",
				create(here, processes.PhaseSettings{Name: scene.French("Phase"), OpensAt: &later, ClosesAt: &later})),
			scene.Case("update nothing as nobody", nil, refusal.Unauthenticated, "", update("x", none)),
			scene.Case("update what is not there", w.Admin, refusal.NotFound, "phase", update("x", none)),
			scene.Case("update in a draft of others", w.Steering, refusal.NotFound, "phase", update(hidden.ID, none)),
			scene.Case("update to end before it begins", w.Admin, refusal.BadUserInput, "closesAt",
				update(future.ID, processes.PhaseSettings{ClosesAt: scene.Ptr(w.Now())})),
			scene.Case("delete what is not there", w.Admin, refusal.NotFound, "phase", drop("x")),
			scene.Case("delete what has begun", w.Admin, refusal.Conflict, "", drop(w.Phase.ID)),
		})
	})
}

// A phase is announced when it opens and when it closes, once each, by whichever run of the job comes first.
func TestPhasesAreAnnouncedOnce(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		f := w.NewPhase(t, time.Hour, 2*time.Hour)
		opened := scene.FactOf(w.Process.ID, live.PhaseOpened, f.ID, "", nil)
		closed := scene.FactOf(w.Process.ID, live.PhaseClosed, f.ID, "", nil)
		round := func() error { return w.Jobs.Do(t.Context(), "announce phases", "compare amendments") }

		w.Clock.Advance(time.Hour - time.Microsecond)
		w.Idle(t, round)

		w.Clock.Advance(time.Microsecond)
		w.Announces(t, round, opened)
		w.Idle(t, round)

		w.Clock.Advance(time.Hour)
		w.Announces(t, round, closed)
		w.Idle(t, round)
	})
}

// A phase of a draft is announced only after the process is published.
func TestPhasesOfDraftProcessesAreNotAnnounced(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		p := testsite.Got(w.CreateProcess(scene.As(t, w.Admin), scene.NewProcess("second-2026")))(t)
		f := testsite.Got(w.CreatePhase(scene.As(t, w.Admin), processes.CreatePhaseInput{
			Process: p.ID, PhaseSettings: processes.PhaseSettings{
				Name: scene.French("Phase"), OpensAt: scene.Ptr(w.Now()),
			},
		}))(t)
		round := func() error { return w.Jobs.Do(t.Context(), "announce phases", "compare amendments") }
		w.Idle(t, round)

		testsite.Must(t, scene.Only(w.PublishProcess(scene.As(t, w.Admin),
			processes.PublishProcessInput{Process: p.ID})))
		w.Announces(t, round, scene.FactOf(p.ID, live.PhaseOpened, f.ID, "", nil))
	})
}

// A phase whose dates change is announced again, as the new dates say. Any other change announces nothing.
func TestMovedPhasesAreAnnouncedAgain(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		f := w.NewPhase(t, -2*time.Hour, -time.Hour)
		opened := scene.FactOf(w.Process.ID, live.PhaseOpened, f.ID, "", nil)
		closed := scene.FactOf(w.Process.ID, live.PhaseClosed, f.ID, "", nil)
		round := func() error { return w.Jobs.Do(t.Context(), "announce phases", "compare amendments") }
		move := func(s processes.PhaseSettings) {
			testsite.Must(t, scene.Only(w.UpdatePhase(scene.As(t, w.Admin), processes.UpdatePhaseInput{
				Phase: f.ID, PhaseSettings: s,
			})))
		}

		w.Announces(t, round, opened) // it was over when it was made: one step per round
		w.Announces(t, round, closed)

		move(processes.PhaseSettings{ClosesAt: scene.Ptr(w.Now().Add(time.Hour))})
		w.Announces(t, round, opened)

		move(processes.PhaseSettings{OpensAt: scene.Ptr(w.Now().Add(time.Minute))})
		w.Idle(t, round)
		w.Clock.Advance(time.Minute)
		w.Announces(t, round, opened)

		move(processes.PhaseSettings{Name: scene.French("Autre nom")})
		w.Idle(t, round)

		w.Clock.Advance(time.Minute)
		move(processes.PhaseSettings{ClosesAt: scene.Ptr(w.Now())})
		w.Announces(t, round, closed)
	})
}

// A run of the job that read a phase before its dates changed announces nothing.
func TestStaleRoundAnnouncesNothing(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		f := w.NewPhase(t, 0, time.Hour)
		stale := testsite.Got(w.Read.Phase.Get(t.Context(), f.ID))(t)

		testsite.Must(t, scene.Only(w.UpdatePhase(scene.As(t, w.Admin), processes.UpdatePhaseInput{
			Phase: f.ID,
			PhaseSettings: processes.PhaseSettings{
				OpensAt: scene.Ptr(w.Now().Add(time.Hour)), ClosesAt: scene.Ptr(w.Now().Add(2 * time.Hour)),
			},
		})))
		w.Idle(t, func() error { return processes.AnnouncePhase(w.Processes, t.Context(), stale) })
	})
}
