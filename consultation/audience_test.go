package consultation_test

import (
	"context"
	"slices"
	"testing"

	"entgo.io/ent/dialect/sql"
	"golang.org/x/text/language"

	"ensemble/consultation"
	"ensemble/consultation/change"
	"ensemble/consultation/input"
	"ensemble/consultation/message"
	"ensemble/consultation/notify"
	"ensemble/ent/follow"
	"ensemble/ent/notification"
	"ensemble/internal/testenv"
	"ensemble/internal/testsite"
	"ensemble/internal/testsite/scene"
	"ensemble/live"
)

// Each row of the table says something; a row that events stand for also says who is told and what it is about.
func TestConcernsAreWhole(t *testing.T) {
	for _, c := range scene.WithoutDatabase().Concerns() {
		t.Run(string(c.Kind), func(t *testing.T) {
			if c.Who == "" || c.Says.Message == "" {
				t.Error("it says nothing, or of nobody")
			}

			if told := len(c.On) > 0; told != (c.To != nil) || told != (c.About != nil) || told != (c.In != "") {
				t.Error("it lacks what its events need, or has it without events")
			}

			if c.Items != nil && (c.Items.Table == "" || c.Items.Where == "") {
				t.Errorf("items %+v", c.Items)
			}
		})
	}
}

// When several rows fit the same person for one event, the person is told what the first of these rows says.
func TestOrderOfConcerns(t *testing.T) {
	place := map[notification.Kind]int{}
	for i, c := range scene.WithoutDatabase().Concerns() {
		place[c.Kind] = i
	}

	for _, order := range [][]notification.Kind{
		{notification.KindMENTION, notification.KindANSWER, notification.KindCOMMENT_ON_AMENDMENT},
		{notification.KindAMENDMENT_SUBMITTED, notification.KindFOLLOWED_AMENDED},
		{notification.KindCOMMITMENT_ADOPTED, notification.KindCOMMITMENT_MOVED_ON},
	} {
		if !slices.IsSortedFunc(order, func(a, b notification.Kind) int { return place[a] - place[b] }) {
			t.Errorf("not in this order: %v", order)
		}
	}
}

// toy is a node that no package knows.
type toy struct {
	id, movedBy string
	broken      bool
}

// NodeID returns the id of the toy, which makes it a node.
func (y *toy) NodeID() string { return y.id }

// A made-up kind of node can be followed and people are told of it, once it is registered and with no other change.
func TestToysAreTold(t *testing.T) {
	const moved, kind = live.Type("ToyMoved"), notification.Kind("TOY_MOVED")
	w := scene.New(t, testsite.New(t, testenv.SQLite(t)))
	bear := &toy{id: w.NewID("toy")}
	testsite.Must(t, scene.Only(w.Store.Write.ExecContext(t.Context(), "CREATE TABLE toys (id text, broken boolean)")))
	testsite.Must(t, scene.Only(w.Store.Write.ExecContext(t.Context(), "INSERT INTO toys VALUES ($1, false)", bear.id)))

	registerToys(w.Service, bear, moved, kind)
	move := func(p *testsite.Person) {
		bear.movedBy = p.ID
		testsite.Must(t, w.In(scene.As(t, p), func(_ context.Context, tx *change.Tx) error {
			tx.Record(live.Event{Topic: bear.id, Type: moved, Subject: bear.id, Actor: p.ID})
			tx.About(bear)
			return nil
		}))
	}

	w.FollowAs(t, w.Alice, bear.id)
	move(w.Bob)
	w.WantsInbox(t, w.Alice, "TOY_MOVED×1*")
	w.WantsInbox(t, w.Bob, "")
	if s := w.InboxTexts(t, w.Alice, language.English)[0]; s != "bob moved “Bear”, which is lost now. Look for it." {
		t.Error(s)
	}
	if s := w.FollowsOf(t, w.Bob); !slices.Equal(s, []string{bear.id}) {
		t.Errorf("he took part, and follows %v", s)
	}

	// Broken toys are no news, and they are no longer listed.
	bear.broken = true
	testsite.Must(t, scene.Only(w.Store.Write.ExecContext(t.Context(), "UPDATE toys SET broken = true")))
	move(w.Alice)
	w.WantsInbox(t, w.Bob, "")
	w.WantsInbox(t, w.Alice, "")
	if s := w.FollowsOf(t, w.Bob); len(s) != 0 {
		t.Errorf("he follows %v", s)
	}
}

// registerToys registers bear as the only toy there is, with the events that move it.
func registerToys(s *consultation.Service, bear *toy, moved live.Type, kind notification.Kind) {
	s.Concern(notify.Concern{
		Kind: kind, On: []live.Type{moved}, In: "toy", Who: "followers of the toy",
		To: (*notify.Happening).Followers, About: (*notify.Happening).OnTopicBy,
		Says:  message.Said{Message: "%[2]s moved “%[3]s”, which is %[4]s now."},
		Items: &notify.Shown{Table: "toys", Where: "NOT t.broken"},
	})
	s.SubjectsOf("toy", notify.EventSubject{
		Read:    func(context.Context, string) (change.Node, error) { return bear, nil },
		Visible: func(row change.Node) bool { return !row.(*toy).broken },
	})
	s.TakePart(moved)
	s.Followable(notify.Followable{
		Kind: follow.Kind("TOY"), Table: "toys",
		Exists: func(_ context.Context, _ *change.Tx, id string) (bool, error) { return id == bear.id, nil },
		Left:   func(t *sql.Selector) *sql.Predicate { return sql.EQ(t.C("broken"), false) },
	})

	// Who moved it is read by the part of people, whose describer comes after this one.
	s.DescribeWith(func(_ context.Context, w *notify.Surroundings) error {
		for _, id := range w.IDs("toy") {
			w.Did(id, bear.movedBy)
			w.Titled(id, input.Texts{"en": "Bear"}, []string{"en"})
			w.Stands(id, message.Said{Message: "lost"})
		}
		for _, n := range w.Rows {
			if n.Kind == kind {
				w.Add(n, message.Said{Message: "Look for it."})
			}
		}
		return nil
	})
}
