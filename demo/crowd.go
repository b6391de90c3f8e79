package demo

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"ensemble/consultation/text/clean"
	"ensemble/ent"
)

// What each commitment of the crowd has.
const (
	crowdComments = 8
	crowdSupports = 50
)

// When the crowd came, in days before now: people sign up a minute after each other, then the drafts are written, one
// after the other, and published over the weeks; half of the texts are revised once.
const (
	crowdJoined       = 66.0
	crowdDrafted      = 65.0
	crowdDraftedUntil = 61.0
	crowdOpened       = 59.0
	crowdOpenedUntil  = 30.0
	crowdRevised      = 25.0
	crowdRevisedUntil = 5.0
)

// crowd makes the sample larger: variants of its commitments, on which invented people say what the sample's say.
type crowd struct {
	*story
	random  *rand.Rand
	people  []*ent.User
	roots   []sampleComment // comments that begin a thread
	replies []sampleComment
}

// planCrowd plans scale-1 variants of each commitment of the sample.
func (s *story) planCrowd(sample *sample, scale int) {
	if scale == 1 {
		return
	}

	c := &crowd{story: s, random: rand.New(rand.NewPCG(seed, 2))} // #nosec G404 -- the sample is the same each time

	for _, m := range sample.comments {
		switch {
		case m.Deleted:
		case m.Parent == nil:
			c.roots = append(c.roots, m)
		default:
			c.replies = append(c.replies, m)
		}
	}

	c.planPeople()
	total := (scale - 1) * len(sample.commitments)
	pace := s.ago(crowdDraftedUntil).Sub(s.ago(crowdDrafted)) / time.Duration(total)

	for i := range total {
		c.planVariant(sample.commitments[i%len(sample.commitments)], i/len(sample.commitments)+2,
			s.ago(crowdDrafted).Add(time.Duration(i)*pace).Truncate(time.Microsecond))
	}
}

// planPeople plans the sign-up of everybody in the crowd: one for each pair of a first name and a last name.
func (c *crowd) planPeople() {
	at := c.ago(crowdJoined)
	for i := range len(firstNames) * len(lastNames) {
		first, last := firstNames[i%len(firstNames)], lastNames[i/len(firstNames)]
		handle := clean.Fold(first) + "." + clean.Fold(last)

		in := samplePerson{
			Key: handle, Name: line(first + " " + last), Nickname: strings.ReplaceAll(handle, ".", "_"),
			Email: handle + "@example.org", Language: "fr",
		}

		c.plan(at.Add(time.Duration(i)*time.Minute), "sign up "+handle, func() error {
			err := c.signUp(in)
			c.people = append(c.people, c.users[handle])
			return err
		})
	}
}

// planVariant plans all about the n-th variant of a commitment.
func (c *crowd) planVariant(of sampleCommitment, n int, drafted time.Time) {
	of.Versions = []sampleVersion{variant(of.Versions[0], n)}
	what := fmt.Sprintf("variant %d of commitment %d", n, of.Number)

	var made *ent.Commitment
	c.plan(drafted, what+": draft", func() (err error) {
		made, err = c.createCommitment(of, c.users[of.Versions[0].Author].ID)
		return err
	})

	opened := c.between(c.ago(crowdOpened), c.ago(crowdOpenedUntil))
	c.plan(opened, what+": publish", func() error { return c.publish(made) })

	if c.random.IntN(2) == 0 {
		c.plan(c.between(c.ago(crowdRevised), c.ago(crowdRevisedUntil)), what+": revise", func() error {
			return c.revise(made, followUp(of.Versions[0]))
		})
	}

	c.planThreads(what, opened, func() *ent.Commitment { return made })

	for _, i := range c.random.Perm(len(firstNames) * len(lastNames))[:crowdSupports] {
		c.plan(c.between(opened, c.now), what+": support", func() error {
			_, err := c.support(made, c.people[i].ID, nil)
			return err
		})
	}
}

// variant returns the text with a number in its title.
func variant(v sampleVersion, n int) sampleVersion {
	v.Title = titles{
		"fr": fmt.Sprintf("%s (variante %d)", v.Title["fr"], n),
		"en": fmt.Sprintf("%s (variant %d)", v.Title["en"], n),
	}
	return v
}

// followUp returns the text with one more paragraph.
func followUp(v sampleVersion) sampleVersion {
	v.Body = maps.Clone(v.Body)
	v.Body["fr"] += "\n\nLe comité de pilotage publie chaque année ce qui a été fait, et ce qui reste à faire."
	v.Body["en"] += "\n\nEvery year the steering committee publishes what has been done, and what remains to be done."
	return v
}

// planThreads plans the comments: the first begins a thread, each other one answers an earlier one or begins another.
func (c *crowd) planThreads(what string, opened time.Time, on func() *ent.Commitment) {
	times := make([]time.Time, crowdComments)
	for i := range times {
		times[i] = c.between(opened, c.now)
	}
	slices.SortFunc(times, time.Time.Compare)

	thread := make([]*ent.Comment, crowdComments)
	for i := range thread {
		thread[i] = c.remark(thread[:i])
		author := c.random.IntN(len(firstNames) * len(lastNames))
		c.plan(times[i], what+": comment", func() error {
			thread[i].AuthorID = c.people[author].ID
			return c.post(subject{on(), nil}, thread[i])
		})
	}
}

// remark makes a comment of what somebody says in the sample, half of the time as an answer to one of those before.
func (c *crowd) remark(before []*ent.Comment) *ent.Comment {
	m, texts := &ent.Comment{}, c.roots
	if len(before) > 0 && c.random.IntN(2) == 0 {
		if parent := before[c.random.IntN(len(before))]; depth(parent) < 3 {
			m.Edges.Parent, texts = parent, c.replies
		}
	}
	said := texts[c.random.IntN(len(texts))]
	m.Body, m.Language, m.Alignment = string(said.Body), said.Language, said.Alignment
	return m
}

// depth returns how far a comment is from the root of its thread, which has depth 0.
func depth(m *ent.Comment) int {
	if m.Edges.Parent == nil {
		return 0
	}
	return depth(m.Edges.Parent) + 1
}

// between returns some time in an interval, drawn from the seed.
func (c *crowd) between(from, to time.Time) time.Time {
	return from.Add(time.Duration(c.random.Int64N(int64(to.Sub(from))))).Truncate(time.Microsecond)
}
