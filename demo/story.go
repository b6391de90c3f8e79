package demo

import (
	"fmt"
	"slices"
	"time"

	"ensemble/auth"
	"ensemble/consultation"
	"ensemble/consultation/bulk"
	"ensemble/ent"
)

// seed makes every story the same.
const seed = 20232027

// story is what people did, act by act in the order of time, in memory. Each act changes rows and writes the log as the
// mutation of the same name in package consultation does, after asking the same permission functions. The rows are
// stored at the end, all at once.
type story struct {
	now  time.Time // the end of the story; nothing in it is later
	at   time.Time // the time of the act being played
	acts []act
	ids  *ids
	hash string // of the password of the accounts

	places        map[place]*ent.Territory
	organizations map[string]*ent.Organization // by key, as the next
	users         map[string]*ent.User
	axes          map[string]*ent.Axis
	amendments    map[string]*ent.Amendment
	comments      map[string]*ent.Comment
	commitments   map[int]*ent.Commitment // by number
	process       *ent.Process
	viewers       map[string]auth.Viewer         // by the id of the user
	cases         map[string]*ent.ModerationCase // by the id of the item

	rows bulk.Rows // what it leaves, each kind in the order of time
}

// act is something that somebody does at some time.
type act struct {
	at   time.Time
	what string // for errors
	do   func() error
}

func newStory(service *consultation.Service, hash string, places map[place]*ent.Territory) *story {
	return &story{
		now: service.Now().UTC().Truncate(time.Microsecond), ids: newIDs(), hash: hash, places: places,
		organizations: map[string]*ent.Organization{}, users: map[string]*ent.User{}, axes: map[string]*ent.Axis{},
		amendments: map[string]*ent.Amendment{}, comments: map[string]*ent.Comment{},
		commitments: map[int]*ent.Commitment{}, viewers: map[string]auth.Viewer{},
		cases: map[string]*ent.ModerationCase{},
	}
}

// tell plays all acts of the sample and, beside them, those that make the story scale times as large.
func (s *story) tell(sample *sample, scale int) error {
	s.planPeople(sample)
	s.planProcess(sample.process, sample.people)

	for _, in := range sample.commitments {
		s.planCommitment(in)
	}

	for _, in := range sample.amendments {
		s.planAmendment(in)
	}

	for _, in := range sample.comments {
		s.planComment(in)
	}

	for i, in := range sample.supports {
		s.planSupport(in, sample.commitments[in.Commitment-1], i)
	}

	s.planModeration(sample)
	s.planCrowd(sample, scale)

	return s.play()
}

// plan adds an act, unless it is still to come.
func (s *story) plan(at time.Time, what string, do func() error) {
	if !at.After(s.now) {
		s.acts = append(s.acts, act{at, what, do})
	}
}

// play does what was planned in the order of time; what happens at the same time, in the order it was planned.
func (s *story) play() error {
	slices.SortStableFunc(s.acts, func(a, b act) int { return a.at.Compare(b.at) })
	for _, a := range s.acts {
		s.at = a.at
		if err := a.do(); err != nil {
			return fmt.Errorf("%s, %.1f days ago: %w", a.what, s.now.Sub(a.at).Hours()/24, err)
		}
	}
	return nil
}

// ago returns the time that is a number of days before now.
func (s *story) ago(days float64) time.Time {
	return s.now.Add(-time.Duration(days * 24 * float64(time.Hour))).Truncate(time.Microsecond)
}

// newID makes the id of something that is made at the time of the act.
func (s *story) newID(kind string) string { return s.ids.next(kind, s.at) }

// organizationID returns the id of the organization with a key, or nil without a key.
func (s *story) organizationID(key *string) *string {
	if key == nil {
		return nil
	}
	return &s.organizations[*key].ID
}
