package roadmap_test

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	entsql "entgo.io/ent/dialect/sql"

	"ensemble/consultation/change"
	"ensemble/consultation/roadmap"
	"ensemble/ent"
	"ensemble/ent/amendment"
	"ensemble/ent/comment"
	"ensemble/ent/organization"
	"ensemble/ent/territory"
	"ensemble/internal/testsite"
	"ensemble/internal/testsite/scene"
)

// pulse returns what Measure counts in the world's process.
func pulse(t testing.TB, w *scene.World) roadmap.Pulse {
	t.Helper()
	return testsite.Got(w.Measure(t.Context(), w.Process.ID))(t).(roadmap.Pulse)
}

// said is a Discussion of n comments, of which so many take each side.
func said(n, inFavour, against, neutral int) roadmap.Discussion {
	return roadmap.Discussion{
		CommentCount:    n,
		AlignmentCounts: roadmap.Alignments{For: inFavour, Against: against, Neutral: neutral},
	}
}

// say posts a comment that takes a side, unless side is empty, in the name of Alice or of the world's organization.
func say(
	t testing.TB, w *scene.World, subject string, parent *string, side comment.Alignment, organized bool,
) *ent.Comment {
	t.Helper()
	in := roadmap.PostCommentInput{Subject: subject, Parent: parent, Body: "Une remarque."}
	if side != "" {
		in.Alignment = &side
	}

	p := w.Alice
	if organized {
		p, in.Organization = w.Signatory, &w.Organization.ID
	}

	return testsite.Got(w.PostComment(scene.As(t, p), in))(t)
}

// discuss has people say, propose and support what TestMeasure counts, and returns the places that the first of two
// commitments is about.
func discuss(t *testing.T, w *scene.World) []*ent.Territory {
	t.Helper()
	one, two := w.SomeCommitment(t), w.SomeCommitment(t)
	places := testsite.Got(w.Read.Territory.Query().
		Where(territory.KindEQ(territory.KindDEPARTMENT)).
		Order(territory.ByCode()).
		Limit(2).
		All(t.Context()))(t)
	testsite.Must(t, w.Write.Commitment.UpdateOneID(one.ID).AddTerritories(places...).Exec(t.Context()))

	m := say(t, w, one.ID, nil, comment.AlignmentFOR, false)
	say(t, w, one.ID, &m.ID, "", true)
	say(t, w, one.ID, nil, comment.AlignmentAGAINST, true)
	say(t, w, two.ID, nil, "", true)
	gone := say(t, w, two.ID, nil, comment.AlignmentFOR, true)
	testsite.Must(t, scene.Only(w.DeleteComment(scene.As(t, w.Signatory),
		roadmap.DeleteCommentInput{Comment: gone.ID})))

	won := w.Submitted(t, w.Alice, one, "dix mille", "vingt mille")
	rival := w.Submitted(t, w.Bob, one, "dix mille", "trente mille")
	w.DraftOf(t, w.Signatory, one, "publie", "tait")
	say(t, w, rival.ID, nil, comment.AlignmentNEUTRAL, true)

	w.NewSupport(t, scene.As(t, w.Alice), one, nil)
	w.NewSupport(t, scene.As(t, w.Bob), two, nil)
	w.NewSupport(t, scene.As(t, w.Signatory), one, &w.Organization.ID)
	w.Accept(t, won) // the supports of one are on an earlier text now
	return places
}

// A pulse counts what everybody can read on the public commitments of the process and their amendments, and nothing
// else.
func TestMeasure(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		empty := roadmap.Pulse{
			Territories: map[string]roadmap.Discussion{},
			Kinds:       map[organization.Kind]roadmap.Discussion{},
			Amendments:  map[amendment.State]int{},
		}
		if p := pulse(t, w); !reflect.DeepEqual(p, empty) {
			t.Errorf("at first %+v", p)
		}

		places := discuss(t, w)
		want := roadmap.Pulse{
			Discussion:  said(5, 1, 1, 2),
			Territories: map[string]roadmap.Discussion{},
			Kinds:       map[organization.Kind]roadmap.Discussion{organization.KindHUB: said(4, 0, 1, 2)},
			Amendments:  map[amendment.State]int{amendment.StateACCEPTED: 1, amendment.StateEVALUATING: 1},

			PersonSupports: 2, OrganizationSupports: 1,
		}
		for _, place := range places { // it counts once for the place, for each region around it and for the country
			for id := range strings.SplitSeq(strings.TrimSuffix(place.Path, "/"), "/") {
				want.Territories[id] = said(4, 1, 1, 1)
			}
		}

		if p := pulse(t, w); !reflect.DeepEqual(p, want) {
			t.Errorf("measured\n%+v\nwant\n%+v", p, want)
		}
		if people := want.Without(want.Kinds[organization.KindHUB]); people != said(1, 1, 0, 0) {
			t.Errorf("people said %+v", people)
		}

		// A draft of a commitment changes nothing, and another process is counted apart.
		w.Draft(t, "Secret", "Secret.")
		elsewhere := testsite.Got(w.CreateProcess(scene.As(t, w.Admin), scene.NewProcess("second-2026")))(t)
		if p := testsite.Got(w.Measure(t.Context(), elsewhere.ID))(t); !reflect.DeepEqual(p, empty) {
			t.Errorf("elsewhere %+v", p)
		}
		if p := pulse(t, w); !reflect.DeepEqual(p, want) {
			t.Errorf("measured\n%+v\nwant as before", p)
		}
	})
}

// The mark of a process moves with each event of the process and of its commitments, and with no other event.
func TestMarks(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		other := testsite.Got(w.CreateProcess(scene.As(t, w.Admin), scene.NewProcess("second-2026")))(t)
		mark := func() int64 {
			marks := testsite.Got(w.Marks(t.Context(), []string{w.Process.ID, other.ID}))(t)
			if marks[other.ID] != 0 {
				t.Errorf("the other process moved: %v", marks)
			}
			return marks[w.Process.ID]
		}

		events := func() (n int64) {
			for topic, seq := range w.LogHeads(t) {
				if kind, _ := change.KindOf(topic); kind == "process" || kind == "commitment" {
					n += seq
				}
			}
			return n
		}

		steps := []func(){
			func() {},
			func() { w.SomeCommitment(t) },
			func() { w.Comment(t, w.Alice, w.SomeCommitment(t).ID, "Oui.") },
			func() { w.Accept(t, w.Submitted(t, w.Alice, w.SomeCommitment(t), "publie", "tait")) },
			func() {
				w.ClosePhase(t)
				testsite.Must(t, w.Jobs.Do(t.Context(), "announce phases", "compare amendments"))
			},
		}

		for i, step := range steps {
			before := mark()
			step()

			if now := mark(); now != events() || i > 0 && now <= before {
				t.Errorf("after step %d the mark is %d, was %d, events %d", i, now, before, events())
			}
		}
	})
}

// statementCounter counts the statements that are read through it.
type statementCounter struct {
	*entsql.Driver
	n atomic.Int64
}

// Query implements dialect.Driver.
func (c *statementCounter) Query(ctx context.Context, query string, args, v any) error {
	c.n.Add(1)
	return c.Driver.Query(ctx, query, args, v)
}

// QueryContext counts the statements that are written by hand.
func (c *statementCounter) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	c.n.Add(1)
	return c.Driver.QueryContext(ctx, query, args...)
}

// A mark and a pulse take one statement each, whatever the size of the process.
func TestPulseStatements(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := &statementCounter{Driver: entsql.OpenDB(w.Store.Dialect, w.Store.Read)}
		reads := func() int64 {
			w.Read = ent.NewClient(ent.Driver(c))
			before := c.n.Load()
			_ = testsite.Got(w.Marks(t.Context(), []string{w.Process.ID}))(t)
			pulse(t, w)
			return c.n.Load() - before
		}

		few := reads()
		for i := range 20 {
			one := w.SomeCommitment(t)
			for range i % 4 {
				say(t, w, one.ID, nil, comment.AlignmentFOR, i%2 == 0)
			}
		}

		if many := reads(); few != 2 || many != 2 {
			t.Errorf("%d statements for an empty process, %d for a full one", few, many)
		}
	})
}

// Measure finds the comments and supports of organizations through indexes of these alone. PostgreSQL plans by the size
// of its tables, so SQLite is asked.
func TestMeasureReadsThroughIndexes(t *testing.T) {
	w := scene.New(t, testsite.SQLite(t))
	rows := testsite.Got(w.Store.Read.QueryContext(t.Context(),
		"EXPLAIN QUERY PLAN "+roadmap.MeasureStatement, w.Process.ID))(t)
	defer func() { _ = rows.Close() }()

	plan := map[string]bool{}
	for rows.Next() {
		var id, parent, unused int
		var detail string
		testsite.Must(t, rows.Scan(&id, &parent, &unused, &detail))
		plan[detail] = true
	}
	testsite.Must(t, rows.Err())

	all := fmt.Sprint(slices.Sorted(maps.Keys(plan)))
	for _, index := range []string{
		"comment_topic_organization_id", "support_commitment_id_organization_id", "commitment_process_id_number",
	} {
		if !strings.Contains(all, index) {
			t.Errorf("%s is not used: %s", index, all)
		}
	}

	if strings.Contains(all, "SCAN m") || strings.Contains(all, "SCAN comments") {
		t.Errorf("comments are scanned: %s", all)
	}
}
