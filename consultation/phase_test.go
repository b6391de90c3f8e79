package consultation_test

import (
	"context"
	"testing"
	"time"

	"ensemble/consultation"
	"ensemble/consultation/processes"
	"ensemble/consultation/refusal"
	"ensemble/ent"
	"ensemble/ent/phase"
	"ensemble/live"
)

// phase adds one that opens after and closes before the given times from now.
func (w *world) phase(t testing.TB, opens, closes time.Duration) *ent.Phase {
	t.Helper()
	return got(w.CreatePhase(as(t, w.Admin), processes.CreatePhaseInput{Process: w.Process.ID, PhaseSettings: processes.PhaseSettings{
		Name: french("Phase"), OpensAt: ptr(w.Now().Add(opens)), ClosesAt: ptr(w.Now().Add(closes)),
	}}))(t)
}

func TestCreatePhase(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		opens := w.Now().Add(time.Hour)
		w.announces(t, func() error {
			f, err := w.CreatePhase(as(t, w.Admin), processes.CreatePhaseInput{Process: w.Process.ID, PhaseSettings: processes.PhaseSettings{
				Name: french("Vote"), OpensAt: &opens, AllowsSupports: ptr(true),
			}})
			if err == nil && (f.Position != 2 || f.Name["fr"] != "Vote" || f.ClosesAt != nil || !f.OpensAt.Equal(opens) || !f.Supports ||
				f.Comments || f.AmendmentSubmission || f.AmendmentDecision || f.AmendmentPromotion || f.Announced != phase.AnnouncedNOTHING) {
				t.Errorf("it is %+v", f)
			}
			return err
		}, fact{w.Process.ID, live.ProcessUpdated, w.Process.ID, "", nil})
	})
}

// Both databases keep whole microseconds, in UTC: what is answered at once is what is read later.
func TestPhaseTimesAreKeptInMicroseconds(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		paris := time.FixedZone("CET", 3600)
		opens, closes := w.Now().Add(time.Hour+1999).In(paris), w.Now().Add(2*time.Hour+1999).In(paris)
		settings := processes.PhaseSettings{Name: french("Phase"), OpensAt: &opens, ClosesAt: &closes}
		made := got(w.CreatePhase(as(t, w.Admin), processes.CreatePhaseInput{Process: w.Process.ID, PhaseSettings: settings}))(t)
		changed := got(w.UpdatePhase(as(t, w.Admin), processes.UpdatePhaseInput{Phase: made.ID, PhaseSettings: settings}))(t)
		for _, f := range []*ent.Phase{made, changed, got(w.Read.Phase.Get(t.Context(), made.ID))(t)} {
			for _, at := range []struct{ got, want time.Time }{{f.OpensAt, opens}, {*f.ClosesAt, closes}} {
				if want := at.want.UTC().Truncate(time.Microsecond); at.got != want {
					t.Errorf("got %s, want %s", at.got, want)
				}
			}
		}
	})
}

func TestUpdateAndDeletePhase(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		second, third := w.phase(t, time.Hour, 2*time.Hour), w.phase(t, 2*time.Hour, 3*time.Hour)
		updated := fact{w.Process.ID, live.ProcessUpdated, w.Process.ID, "", nil}
		w.announces(t, func() error {
			f, err := w.UpdatePhase(as(t, w.Admin), processes.UpdatePhaseInput{Phase: second.ID, PhaseSettings: processes.PhaseSettings{Endless: true, AllowsComments: ptr(true)}})
			if err == nil && (f.ClosesAt != nil || !f.Comments || !f.OpensAt.Equal(second.OpensAt) || f.Name["fr"] != "Phase" || f.Position != 2) {
				t.Errorf("it is %+v", f)
			}
			return err
		}, updated)
		w.announces(t, func() error {
			p, err := w.DeletePhase(as(t, w.Admin), processes.DeletePhaseInput{Phase: second.ID})
			if err == nil && p.ID != w.Process.ID {
				t.Errorf("it was of %s", p.ID)
			}
			return err
		}, updated)
		if f := got(w.Read.Phase.Get(t.Context(), third.ID))(t); f.Position != 2 {
			t.Errorf("the next phase is at %d, want 2", f.Position)
		}
	})
}

func TestPhaseRefusals(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		secret := got(w.CreateProcess(as(t, w.Admin), newProcess("second-2026")))(t)
		later := w.Now().Add(time.Hour)
		settings := processes.PhaseSettings{Name: french("Phase"), OpensAt: &later}
		hidden := got(w.CreatePhase(as(t, w.Admin), processes.CreatePhaseInput{Process: secret.ID, PhaseSettings: settings}))(t)
		future := w.phase(t, time.Hour, 2*time.Hour)
		create := func(process string, s processes.PhaseSettings) func(context.Context) error {
			return func(ctx context.Context) error {
				return only(w.CreatePhase(ctx, processes.CreatePhaseInput{Process: process, PhaseSettings: s}))
			}
		}
		update := func(id string, s processes.PhaseSettings) func(context.Context) error {
			return func(ctx context.Context) error {
				return only(w.UpdatePhase(ctx, processes.UpdatePhaseInput{Phase: id, PhaseSettings: s}))
			}
		}
		drop := func(id string) func(context.Context) error {
			return func(ctx context.Context) error {
				return only(w.DeletePhase(ctx, processes.DeletePhaseInput{Phase: id}))
			}
		}
		here, none := w.Process.ID, processes.PhaseSettings{}
		w.refusals(t, []refusedCase{
			{"create in nothing", w.Admin, refusal.NotFound, "process", create("x", settings)},
			{"create in a draft of others", w.Steering, refusal.NotFound, "process", create(secret.ID, settings)},
			{"create without a name", w.Admin, refusal.BadUserInput, "name", create(here, processes.PhaseSettings{OpensAt: &later})},
			{"ends when it begins", w.Admin, refusal.BadUserInput, "closesAt",
				create(here, processes.PhaseSettings{Name: french("Phase"), OpensAt: &later, ClosesAt: &later})},
			{"update nothing as nobody", nil, refusal.Unauthenticated, "", update("x", none)},
			{"update what is not there", w.Admin, refusal.NotFound, "phase", update("x", none)},
			{"update in a draft of others", w.Steering, refusal.NotFound, "phase", update(hidden.ID, none)},
			{"update to end before it begins", w.Admin, refusal.BadUserInput, "closesAt",
				update(future.ID, processes.PhaseSettings{ClosesAt: ptr(w.Now())})},
			{"delete what is not there", w.Admin, refusal.NotFound, "phase", drop("x")},
			{"delete what has begun", w.Admin, refusal.Conflict, "", drop(w.Phase.ID)},
		})
	})
}

// A phase is announced when it opens and when it closes, once each, by whichever sweep comes first.
func TestPhasesAreAnnouncedOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		f := w.phase(t, time.Hour, 2*time.Hour)
		opened := fact{w.Process.ID, live.PhaseOpened, f.ID, "", nil}
		closed := fact{w.Process.ID, live.PhaseClosed, f.ID, "", nil}
		sweep := func() error { return w.Jobs.Do(t.Context(), "announce phases", "compare amendments") }
		w.Clock.Advance(time.Hour - time.Microsecond)
		w.idle(t, sweep)
		w.Clock.Advance(time.Microsecond)
		w.announces(t, sweep, opened)
		w.idle(t, sweep)
		w.Clock.Advance(time.Hour)
		w.announces(t, sweep, closed)
		w.idle(t, sweep)
	})
}

func TestPhasesOfDraftProcessesAreNotAnnounced(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		p := got(w.CreateProcess(as(t, w.Admin), newProcess("second-2026")))(t)
		f := got(w.CreatePhase(as(t, w.Admin), processes.CreatePhaseInput{Process: p.ID, PhaseSettings: processes.PhaseSettings{Name: french("Phase"), OpensAt: ptr(w.Now())}}))(t)
		w.idle(t, func() error { return w.Jobs.Do(t.Context(), "announce phases", "compare amendments") })
		must(t, only(w.PublishProcess(as(t, w.Admin), processes.PublishProcessInput{Process: p.ID})))
		w.announces(t, func() error { return w.Jobs.Do(t.Context(), "announce phases", "compare amendments") }, fact{p.ID, live.PhaseOpened, f.ID, "", nil})
	})
}

// A phase whose dates move is announced again as they say.
func TestMovedPhasesAreAnnouncedAgain(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		f := w.phase(t, -2*time.Hour, -time.Hour)
		opened := fact{w.Process.ID, live.PhaseOpened, f.ID, "", nil}
		closed := fact{w.Process.ID, live.PhaseClosed, f.ID, "", nil}
		sweep := func() error { return w.Jobs.Do(t.Context(), "announce phases", "compare amendments") }
		move := func(s processes.PhaseSettings) {
			must(t, only(w.UpdatePhase(as(t, w.Admin), processes.UpdatePhaseInput{Phase: f.ID, PhaseSettings: s})))
		}
		w.announces(t, sweep, opened) // it was over when it was made: one step per sweep
		w.announces(t, sweep, closed)
		move(processes.PhaseSettings{ClosesAt: ptr(w.Now().Add(time.Hour))})
		w.announces(t, sweep, opened)
		move(processes.PhaseSettings{OpensAt: ptr(w.Now().Add(time.Minute))})
		w.idle(t, sweep)
		w.Clock.Advance(time.Minute)
		w.announces(t, sweep, opened)
		move(processes.PhaseSettings{Name: french("Autre nom")})
		w.idle(t, sweep)
		w.Clock.Advance(time.Minute)
		move(processes.PhaseSettings{ClosesAt: ptr(w.Now())})
		w.announces(t, sweep, closed)
	})
}

// A sweep that read a phase before its dates moved announces nothing.
func TestStaleSweepAnnouncesNothing(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		f := w.phase(t, 0, time.Hour)
		stale := got(w.Read.Phase.Get(t.Context(), f.ID))(t)
		must(t, only(w.UpdatePhase(as(t, w.Admin), processes.UpdatePhaseInput{Phase: f.ID, PhaseSettings: processes.PhaseSettings{
			OpensAt: ptr(w.Now().Add(time.Hour)), ClosesAt: ptr(w.Now().Add(2 * time.Hour)),
		}})))
		w.idle(t, func() error { return consultation.AnnouncePhase(w.Service, t.Context(), stale) })
	})
}
