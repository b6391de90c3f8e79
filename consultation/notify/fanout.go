package notify

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"ensemble/consultation/change"
	"ensemble/consultation/refusal"
	"ensemble/ent"
	"ensemble/ent/event"
	"ensemble/ent/fanout"
	"ensemble/ent/mention"
	"ensemble/live"
)

// People are told of a change after its commit, however many it concerns. The transaction of the change writes a Fanout
// beside the event. Then a job, in any process, tells people in the order of their ids, tellBatch of them in one
// transaction. The same transaction notes in the Fanout how far it came, by compare-and-set. So everybody is told once;
// and when a process dies in between, another one continues.

const (
	tellBatch = 500 // people told in one transaction
)

// tellPeople is the job that tells people what happened.
const tellPeople = "tell people"

// spreadEvents writes a Fanout for each recorded event that may concern somebody, and makes whoever did the events
// follow what they took part in.
func (s *Notify) spreadEvents(ctx context.Context, tx *change.Tx, events []live.Event) error {
	doer := tx.Doer(ctx)
	var fanouts []*ent.FanoutCreate
	for _, e := range events {
		if s.mayConcern(e, tx.RowOf(e.Subject)) {
			fanouts = append(fanouts, tx.Fanout.Create().SetID(e.ID).SetTopic(e.Topic).SetType(string(e.Type)).
				SetCallerID(doer).SetCreatedAt(e.At))
		}
	}
	if len(fanouts) > 0 {
		tx.Wake(tellPeople)
		if err := tx.Fanout.CreateBulk(fanouts...).Exec(ctx); err != nil {
			return err
		}
	}

	return s.followByTakingPart(ctx, s.On(tx), events)
}

// mayConcern says whether there may be somebody to tell of an event about a row: most comments answer and mention
// nobody. When the row is nil, the type of the event decides.
func (s *Notify) mayConcern(e live.Event, row change.Node) bool {
	concerns := s.concernsOf(e.Type, e.Topic)
	if row == nil {
		return len(concerns) > 0
	}

	h := &Happening{e, row}
	return slices.ContainsFunc(concerns, func(c Concern) bool { return len(c.audiences(h)) > 0 })
}

// TellPeople tells people of all that happened, the oldest first, at most change.JobBatch events. The job runs it as
// soon as something happens.
// Errors: none but those of the database.
func (s *Notify) TellPeople(ctx context.Context) error {
	due, err := s.Read.Fanout.Query().Order(fanout.ByID()).Limit(change.JobBatch).All(ctx)
	if err != nil {
		return fmt.Errorf("find events to tell: %w", err)
	}

	err = change.Each(due, "tell of", func(f *ent.Fanout) error { return s.tell(ctx, f) })

	// There may be more than was read.
	if err == nil && len(due) == change.JobBatch {
		s.Jobs.Wake(tellPeople)
	}
	return err
}

// tell tells everybody whom an event concerns, until all are told, or another process does it.
func (s *Notify) tell(ctx context.Context, f *ent.Fanout) (err error) {
	if slices.Contains(s.attention.together, live.Type(f.Type)) {
		if f, err = s.gather(ctx, f.ID); err != nil {
			return err
		}
	}

	for f != nil && err == nil {
		f, err = s.tellSome(ctx, f)
	}
	return err
}

// gather puts Fanouts of the same topic and type into one, where the same person did it and nobody was told of them
// yet. It returns that one as it is now; nil when another process was faster, or when it was itself put into another.
func (s *Notify) gather(ctx context.Context, id string) (*ent.Fanout, error) {
	f, err := s.Read.Fanout.Get(ctx, id)
	if err != nil || f.Told != "" {
		return f, refusal.IgnoreMissing(err)
	}

	var now *ent.Fanout
	err = change.In(ctx, s, func(ctx context.Context, tx *tx) error {
		alike, err := tx.Fanout.Query().
			Where(fanout.Topic(f.Topic), fanout.Type(f.Type), fanout.CallerID(f.CallerID), fanout.Told(""),
				fanout.IDNEQ(f.ID)).Order(fanout.ByID()).All(ctx)
		if err != nil || len(alike) == 0 {
			now = f
			return err
		}

		// One that has changed since is left to whoever changed it, and is not counted.
		n := 0
		for _, other := range alike {
			done, err := tx.Fanout.Delete().
				Where(fanout.ID(other.ID), fanout.Told(""), fanout.Count(other.Count)).Exec(ctx)
			if err != nil {
				return err
			}
			n += done * other.Count
		}

		// If this one has changed, nothing was found to update, and all is rolled back.
		now, err = tx.Fanout.UpdateOneID(f.ID).AddCount(n).Where(fanout.Told(""), fanout.Count(f.Count)).Save(ctx)
		return err
	})

	if ent.IsNotFound(err) {
		return nil, nil //nolint:nilnil // somebody else was faster: nothing is left to do, nor to say
	}
	return now, err
}

// tellSome tells the next people of the event of f, and returns f with the last of them noted; nil when everybody is
// told, or another process tells them.
// Errors: none but those of the database.
func (s *Notify) tellSome(ctx context.Context, f *ent.Fanout) (*ent.Fanout, error) {
	row, err := s.Read.Event.Query().Where(event.ID(f.ID)).Only(ctx)
	if refusal.IgnoreMissing(err) != nil {
		return nil, err
	}

	var some []concerned
	if row != nil { // otherwise the log forgot the event before people could be told
		if some, err = s.concernedBy(ctx, change.Logged(row), f); err != nil {
			return nil, fmt.Errorf("find whom %s concerns: %w", f.Type, err)
		}
	}

	last := len(some) < tellBatch
	mine := false
	err = change.In(ctx, s, func(ctx context.Context, tx *tx) error {
		mine = false

		// Whoever finds the Fanout as it was read may tell these people: so they are told once.
		same := fanout.And(fanout.ID(f.ID), fanout.Told(f.Told), fanout.Count(f.Count))
		var n int
		if last {
			n, err = tx.Fanout.Delete().Where(same).Exec(ctx)
		} else {
			n, err = tx.Fanout.Update().Where(same).SetTold(some[len(some)-1].person).Save(ctx)
		}
		if err != nil || n == 0 {
			return err
		}

		mine = true
		if row == nil {
			return nil
		}
		return tx.tellThem(ctx, change.Logged(row), some, f.Count)
	})

	if err != nil || last || !mine {
		return nil, err
	}
	return s.Read.Fanout.Get(ctx, f.ID)
}

// concerned is a person and why they are told.
type concerned struct {
	person  string
	concern Concern
	about   *Happening
}

// concernedBy finds the people who come after those that f has told, in the order of their ids, at most tellBatch.
// Whoever did it is not among them.
func (s *Notify) concernedBy(ctx context.Context, e live.Event, f *ent.Fanout) ([]concerned, error) {
	h, err := s.happening(ctx, e)
	if err != nil || h == nil {
		return nil, err
	}

	// For everybody the first row of the table counts that fits them: the smallest reason.
	concerns := s.concernsOf(e.Type, e.Topic)
	q := change.SQL("SELECT a.user_id, MIN(a.reason) FROM (")
	none := true
	for i, c := range concerns {
		for _, people := range c.audiences(h) {
			if !none {
				q.Add(" UNION ALL ")
			}
			none = false
			q.Add("SELECT " + strconv.Itoa(i) + " AS reason, p.user_id FROM (").Put(people).Add(") p")
		}
	}
	if none {
		return nil, nil
	}

	query, args := q.Add(") a JOIN users u ON u.id = a.user_id\nWHERE a.user_id > ", f.Told).
		Add(" AND a.user_id <> ", f.CallerID).Add(" AND a.user_id <> ", e.Actor).
		Add(" AND u.erased_at IS NULL GROUP BY a.user_id ORDER BY a.user_id LIMIT ", tellBatch).Query()
	rows, err := s.Read.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()

	var some []concerned
	for rows.Next() {
		var who string
		var reason int
		if err := rows.Scan(&who, &reason); err != nil {
			return nil, err
		}
		some = append(some, concerned{who, concerns[reason], h})
	}
	return some, rows.Err()
}

// tellThem writes the notifications of some people about one event, or about count events that are alike.
func (tx *tx) tellThem(ctx context.Context, e live.Event, some []concerned, count int) error {
	// Some are told of one thing once, however often it changes.
	limit, people := 0, []string(nil)
	for _, c := range some {
		if c.concern.Once > 0 {
			limit, people = c.concern.Once, append(people, c.person)
		}
	}
	first, err := tx.firstTimes(ctx, e.Subject, people, limit)
	if err != nil {
		return err
	}

	notices := make([]notice, 0, len(some))
	for _, c := range some {
		if c.concern.Once > 0 && !first[c.person] {
			continue
		}
		subject, item := c.concern.About(c.about)
		notices = append(notices, notice{c.person, c.concern.Kind, subject, item, count})
	}
	return tx.deliver(ctx, notices)
}

// firstTimes returns those of the people who were not told before of a thing that mentions them, and notes that they
// are now. No more than limit people are ever told of one thing, however often it changes.
func (tx *tx) firstTimes(ctx context.Context, thing string, people []string, limit int) (map[string]bool, error) {
	first := map[string]bool{}
	if len(people) == 0 {
		return first, nil
	}

	told, err := tx.Mention.Query().Where(mention.CommentID(thing)).Select(mention.FieldUserID).Strings(ctx)
	if err != nil {
		return nil, err
	}
	known := map[string]bool{}
	for _, id := range told {
		known[id] = true
	}

	s := tx.Notify
	var rows []*ent.MentionCreate
	for _, id := range people {
		if !known[id] && len(known) < limit {
			known[id], first[id] = true, true
			rows = append(rows, tx.Mention.Create().SetID(s.NewID("mention")).
				SetCommentID(thing).SetUserID(id).SetCreatedAt(s.Moment()))
		}
	}

	return first, tx.Mention.CreateBulk(rows...).Exec(ctx)
}
