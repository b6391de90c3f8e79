package live_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"ensemble/consultation"
	"ensemble/consultation/moderation"
	entmoderation "ensemble/ent/moderation"
	"ensemble/internal/testenv"
	"ensemble/internal/testsite"
	"ensemble/live"
)

// noBroker delivers nothing, as if the processes were not connected.
type noBroker struct{}

var errNoBroker = errors.New("nothing is delivered")

func (noBroker) Publish(context.Context, live.Event) error { return errNoBroker }

func (noBroker) Report(context.Context, live.Headcount) error { return errNoBroker }

func (noBroker) Run(ctx context.Context, _ live.Listener) error { <-ctx.Done(); return nil }

func (noBroker) State() string { return "delivers nothing" }

// postedBy asks of each posted comment who wrote it.
const postedBy = `subscription($id: ID!, $after: EventCursor) {
	commitmentEvents(commitment: $id, after: $after) { ... on CommentPosted { comment { author { name } } } }
}`

// Somebody is erased on one server. The other, which no message reaches, soon answers and replays their name no more,
// although the topic is so busy that what the server has in memory of it never grows old.
func TestErasedElsewhere(t *testing.T) {
	testenv.EachDialect(t, func(t *testing.T, url string) {
		const reconcile = 50 * time.Millisecond
		a := testsite.NewWorld(t, testsite.With(t, url, noBroker{}, live.ReconcileEvery(reconcile)))
		b := testsite.With(t, url, noBroker{}, live.ReconcileEvery(reconcile))

		jeanne := a.Person(t, "jeanne")
		c := a.Commitment(t, "Un", "Texte.")
		start := testsite.StreamCursor(t, b, c.ID)
		stays := testsite.Watch(t, b, postedBy, c.ID, start)
		a.Comment(t, jeanne, c.ID, "Oui.")
		if name := authorNext(t, stays); !strings.Contains(name, "jeanne") {
			t.Fatalf("%q wrote", name)
		}

		testsite.Got(a.EraseAccount(jeanne.Ctx(t.Context()), consultation.EraseAccountInput{}))(t)
		began := time.Now()
		for name := "jeanne"; strings.Contains(name, "jeanne"); {
			a.Comment(t, a.Bob, c.ID, "Encore.")
			if time.Since(began) > testsite.Patient {
				t.Fatal("their name is told for ever")
			}

			authorNext(t, stays)
			late := testsite.Watch(t, b, postedBy, c.ID, start)
			name = authorNext(t, late)
			late.Kill()
		}
		t.Logf("forgotten after %s", time.Since(began))
	})
}

// announced asks of each commitment that is published what people say about it.
const announced = `subscription($id: ID!, $after: EventCursor) {
	processEvents(process: $id, after: $after) {
		... on CommitmentPublished { commitment { comments { nodes { body } } } }
	}
}`

// A comment is hidden on one server. The other, which no message reaches and where nobody watches the comment's
// commitment, does not replay it for ever from what it has in memory of another topic: answers stay there for two
// seconds.
func TestHiddenElsewhere(t *testing.T) {
	testenv.EachDialect(t, func(t *testing.T, url string) {
		const reconcile = 50 * time.Millisecond
		a := testsite.NewWorld(t, testsite.With(t, url, noBroker{}, live.ReconcileEvery(reconcile)))
		b := testsite.With(t, url, noBroker{}, live.ReconcileEvery(reconcile))

		start := testsite.StreamCursor(t, b, a.Process.ID)
		c := a.Commitment(t, "Un", "Texte.")
		m := a.Comment(t, a.Alice, c.ID, "Une injure.")
		stays := testsite.Watch(t, b, announced, a.Process.ID, start)
		if said := string(stays.Expect(t, "next").Payload); !strings.Contains(said, "injure") {
			t.Fatalf("it says %s", said)
		}

		testsite.Got(a.Decide(a.Moderator.Ctx(t.Context()), moderation.Decision{
			Item: m.ID, Action: entmoderation.ActionHIDE,
			Reason: new(entmoderation.ReasonOFFENSIVE), Facts: "Une injure.",
		}))(t)

		began := time.Now()
		for said := "injure"; strings.Contains(said, "injure"); {
			if time.Since(began) > testsite.Patient {
				t.Fatal("it is told for ever")
			}
			a.Commitment(t, "Encore", "Texte.") // or what is in memory grows old
			stays.Expect(t, "next")
			late := testsite.Watch(t, b, announced, a.Process.ID, start)
			said = string(late.Expect(t, "next").Payload)
			late.Kill()
		}
		t.Logf("forgotten after %s", time.Since(began))
	})
}

// authorNext takes the next posted comment and returns the name of its author.
func authorNext(t *testing.T, k *testsite.Socket) string {
	t.Helper()
	var answer struct {
		Data struct {
			CommitmentEvents struct {
				Comment struct{ Author struct{ Name string } }
			}
		}
	}
	testsite.Must(t, json.Unmarshal(k.Expect(t, "next").Payload, &answer))
	return answer.Data.CommitmentEvents.Comment.Author.Name
}
