package live_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"ensemble/consultation/processes"
	"ensemble/consultation/roadmap"
	"ensemble/ent/comment"
	"ensemble/ent/territory"
	"ensemble/internal/testsite"
)

// processPulse asks for every number of a pulse.
const processPulse = `subscription($id: ID!) {
	processPulse(process: $id) {
		__typename measuredAt watcherCount commentCount alignmentCounts { for against neutral }
		commentsByTerritory { territory { kind code parent { code } } commentCount alignmentCounts { for } }
		commentsByOrganizationKind { kind commentCount alignmentCounts { neutral } }
		supportCount personSupportCount organizationSupportCount amendmentsByState { state count }
	}
}`

// pulse is what a test looks at in a pulse.
type pulse struct {
	WatcherCount             int
	CommentCount             int
	PersonSupportCount       int
	OrganizationSupportCount int
}

// pulseIn reads a message, which must have neither errors nor a cursor.
func pulseIn(t testing.TB, f testsite.Frame) (p pulse) {
	t.Helper()
	var r testsite.Result
	testsite.Must(t, json.Unmarshal(f.Payload, &r))
	if len(r.Errors) > 0 || strings.Contains(string(f.Payload), "cursor") {
		t.Fatalf("the pulse is %s", f.Payload)
	}
	testsite.Must(t, json.Unmarshal(r.Data["processPulse"], &p))
	return p
}

// wantPulse takes pulses until the one that is wanted.
func wantPulse(t testing.TB, k *testsite.Socket, want pulse) (raw string) {
	t.Helper()
	for {
		f := k.Expect(t, "next")
		if pulseIn(t, f) == want {
			return string(f.Payload)
		}
	}
}

// TestPulse changes what a pulse counts, and takes the pulse that counts it.
func TestPulse(t *testing.T) {
	testsite.Each(t, func(t *testing.T, s *testsite.Site) {
		w := testsite.NewWorld(t, s)
		c := w.Commitment(t, "Un comité", "Premier paragraphe.")
		department := s.Read.Territory.Query().Where(territory.KindEQ(territory.KindDEPARTMENT), territory.Code("11"))
		aude := testsite.Got(department.OnlyID(t.Context()))(t)
		testsite.Must(t, s.Write.Commitment.UpdateOneID(c.ID).AddTerritoryIDs(aude).Exec(t.Context()))
		w.Comment(t, w.Bob, c.ID, "Déjà là.")

		k := testsite.Watch(t, s, processPulse, w.Process.ID, "")
		if p := pulseIn(t, k.Expect(t, "next")); p != (pulse{WatcherCount: 1, CommentCount: 1}) {
			t.Errorf("at first %+v", p)
		}

		a := w.Amendment(t, w.Bob, c, "Autre paragraphe.")
		side := comment.AlignmentFOR
		ctx := t.Context()
		testsite.Got(s.PostComment(w.Signatory.Ctx(ctx), roadmap.PostCommentInput{
			Subject: a.ID, Body: "Bien.", Alignment: &side, Organization: &w.Organization.ID,
		}))(t)
		testsite.Got(s.AddSupport(w.Alice.Ctx(ctx), roadmap.AddSupportInput{Commitment: c.ID}))(t)
		testsite.Got(s.AddSupport(w.Signatory.Ctx(ctx), roadmap.AddSupportInput{
			Commitment: c.ID, Organization: &w.Organization.ID,
		}))(t)

		raw := wantPulse(t, k, pulse{
			WatcherCount: 1, CommentCount: 2, PersonSupportCount: 1, OrganizationSupportCount: 1,
		})
		for _, part := range []string{
			`"alignmentCounts":{"for":1,"against":0,"neutral":1}`,
			`{"territory":{"kind":"DEPARTMENT","code":"11","parent":{"code":"76"}},"commentCount":2,"alignmentCounts":{"for":1}}`,
			`{"territory":{"kind":"REGION","code":"76","parent":{"code":"FR"}},"commentCount":2`,
			`{"kind":"HUB","commentCount":1,"alignmentCounts":{"neutral":0}}`,
			`{"kind":"STATE","commentCount":0`,
			`{"kind":null,"commentCount":1,"alignmentCounts":{"neutral":1}}]`,
			`"supportCount":2`,
			`"amendmentsByState":[{"state":"EVALUATING","count":1},{"state":"ACCEPTED","count":0},` +
				`{"state":"REJECTED","count":0},{"state":"WITHDRAWN","count":0}]`,
		} {
			if !strings.Contains(raw, part) {
				t.Errorf("not in the pulse: %s\n%s", part, raw)
			}
		}
	})
}

// TestPulseWatchers counts the sockets that watch the process, its pulse or its commitments, each socket once.
func TestPulseWatchers(t *testing.T) {
	testsite.Each(t, func(t *testing.T, s *testsite.Site) {
		w := testsite.NewWorld(t, s)
		one, two := w.Commitment(t, "Un", "Texte."), w.Commitment(t, "Deux", "Texte.")
		a := w.Amendment(t, w.Alice, one, "Autre texte.")
		k := testsite.Watch(t, s, processPulse, w.Process.ID, "")
		wantPulse(t, k, pulse{WatcherCount: 1})

		busy := testsite.Dial(t, s, "")
		for i, q := range []struct{ query, id string }{
			{testsite.CommitmentEvents, one.ID},
			{testsite.CommitmentEvents, two.ID},
			{testsite.CommentEvents, a.ID},
			{testsite.AmendmentEvents, one.ID},
			{testsite.ProcessEvents, w.Process.ID},
			{testsite.ProcessEvents, w.Process.ID},
		} {
			busy.Subscribe(t, fmt.Sprint("s", i), q.query, map[string]any{"id": q.id})
		}
		busy.WantQuiet(t)
		wantPulse(t, k, pulse{WatcherCount: 2})

		testsite.Watch(t, s, testsite.AmendmentEvents, two.ID, "").WantQuiet(t)
		wantPulse(t, k, pulse{WatcherCount: 3})

		for i := range 5 { // of six: it still watches
			testsite.Must(t, busy.Send(testsite.Frame{ID: fmt.Sprint("s", i), Type: "complete"}))
		}
		busy.WantQuiet(t)

		other := testsite.Watch(t, s, processPulse, w.Process.ID, "")
		wantPulse(t, k, pulse{WatcherCount: 4})
		other.Kill()
		wantPulse(t, k, pulse{WatcherCount: 3})
		busy.Kill()
		wantPulse(t, k, pulse{WatcherCount: 2})
	})
}

// TestPulseRefused asks for the pulse of a draft process, which is refused as that of what is no process.
func TestPulseRefused(t *testing.T) {
	testsite.Each(t, func(t *testing.T, s *testsite.Site) {
		w := testsite.NewWorld(t, s)
		draft := testsite.Got(func() (string, error) {
			p, err := s.CreateProcess(w.Admin.Ctx(t.Context()), processes.CreateProcessInput{
				Slug: "next", Languages: []string{"fr"}, Title: testsite.Both("À venir", "Next")[:1],
				Description: testsite.Both("À venir.", "Next.")[:1], CommentMaxLength: 1000, EvaluatingLimit: 3,
			})
			if err != nil {
				return "", err
			}
			return p.ID, nil
		}())(t)
		c := w.Commitment(t, "Un", "Texte.")

		k := testsite.Dial(t, s, w.Admin.Token)
		for i, id := range []string{draft, c.ID, "process_0000000000000000000000000g", "x", ""} {
			k.Subscribe(t, fmt.Sprint(i), processPulse, map[string]any{"id": id})
			refusal := k.Refusal(t, fmt.Sprint(i))
			if refusal.Extensions["code"] != "NOT_FOUND" || refusal.Extensions["field"] != "process" {
				t.Errorf("%q: %+v", id, refusal)
			}
		}
	})
}

// TestPulseCosts has many sockets ask in two ways: a change costs one measure, and an execution for each way of asking.
func TestPulseCosts(t *testing.T) {
	testsite.Each(t, func(t *testing.T, s *testsite.Site) {
		w := testsite.NewWorld(t, s)
		c := w.Commitment(t, "Un", "Texte.")
		reads := testsite.CountStatements(&testsite.Logged{Site: s})
		short := `subscription($id: ID!) { processPulse(process: $id) { watcherCount commentCount } }`

		var all []*testsite.Socket
		for i := range 60 {
			query := processPulse
			if i%2 == 0 {
				query = short
			}
			all = append(all, testsite.Watch(t, s, query, w.Process.ID, ""))
		}

		for _, k := range all {
			wantPulse(t, k, pulse{WatcherCount: 60})
		}

		measured, rendered := s.Hub.Metrics.Measured.Load(), s.Hub.Metrics.Rendered.Load()
		reads.Take()
		w.Comment(t, w.Bob, c.ID, "Oui.")
		for _, k := range all {
			wantPulse(t, k, pulse{WatcherCount: 60, CommentCount: 1})
		}

		statements := 0
		for _, query := range reads.Take() {
			if strings.Contains(query, "SUM(") {
				statements++
			}
		}

		measured, rendered = s.Hub.Metrics.Measured.Load()-measured, s.Hub.Metrics.Rendered.Load()-rendered
		t.Logf("60 sockets, 2 questions, 1 change: %d aggregates, %d measured, %d executions",
			statements, measured, rendered)
		if measured != 1 || rendered != 2 {
			t.Errorf("%d measured, %d executions", measured, rendered)
		}
	})
}

// TestPulseRhythm posts without a pause: pulses come four times a second at most, and the last one is right.
func TestPulseRhythm(t *testing.T) {
	testsite.Each(t, func(t *testing.T, s *testsite.Site) {
		w := testsite.NewWorld(t, s)
		c := w.Commitment(t, "Un", "Texte.")
		k := testsite.Watch(t, s, processPulse, w.Process.ID, "")
		wantPulse(t, k, pulse{WatcherCount: 1})

		began, posted := time.Now(), 0
		done := make(chan struct{})
		go func() {
			defer close(done)
			for ; time.Since(began) < time.Second; posted++ {
				w.Comment(t, w.Bob, c.ID, fmt.Sprint("Numéro ", posted))
			}
		}()

		pulses := 0
		for running := true; running; {
			select {
			case <-k.Frames:
				pulses++
			case <-done:
				running = false
			}
		}

		took := time.Since(began)
		if most := int(took/(250*time.Millisecond)) + 2; pulses > most {
			t.Errorf("%d pulses in %v", pulses, took)
		}
		wantPulse(t, k, pulse{WatcherCount: 1, CommentCount: posted})
	})
}
