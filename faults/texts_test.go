package faults

import (
	"crypto/rand"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// secret is in texts that are changed or deleted.
const secret = "SECRET"

// Texts are changed and deleted while some clients do not read and others are away. Afterwards they get the events
// about these texts, but never the texts.
func TestTextsTakenBack(t *testing.T) {
	n := size(t)
	s, _ := pair(t)
	c := s.watch(n.clients, s.servers...)
	keeping, stalled, away := c.third(0), c.third(1), c.third(2)
	goAway(away)
	stopReading(stalled)

	w := &writers{site: s, to: s.servers}
	w.say(slices.Repeat([]string{filler}, 150)...) // more than the network holds for those who do not read
	var secrets []string
	for i := range 20 {
		secrets = append(secrets, fmt.Sprintf("%s %d", secret, i))
	}
	ids := w.say(secrets...)

	c.await(keeping...)

	var ignored struct{}
	for i, id := range ids {
		query, variables := deleteComment, map[string]any{"comment": id, "key": rand.Text()}
		if i%2 == 0 {
			query, variables["body"] = editComment, fmt.Sprintf("Said otherwise: %d.", i)
		}
		if _, err := s.insist(s.servers, s.people[0], query, variables, &ignored); err != nil {
			t.Fatal(err)
		}
	}

	taken := time.Now()
	more := s.write(s.servers...)
	more.reach(n.events / 4)
	comeBack(away)
	readOn(stalled)
	more.reach(n.events / 2)
	more.stop()
	w.answered, w.resent = append(w.answered, more.answered...), w.resent+more.resent
	c.await()

	late, changed := c.receivedTexts(taken)
	if late > 0 || changed < len(c.clients)*len(ids)/2 {
		t.Errorf("%d times somebody received a text after it was taken back; %d times what was said instead",
			late, changed)
	}

	c.judge(fmt.Sprintf("%d texts edited or deleted while a third of the clients do not read and a third are away; "+
		"received afterwards: %d times", len(ids), late), w, none)
}

// receivedTexts counts how often clients received a secret after it was taken back, and the texts in its place.
func (c *crowd) receivedTexts(taken time.Time) (late, changed int) {
	for _, k := range c.clients {
		for _, note := range k.heard {
			if note.Comment == nil {
				continue
			}
			if strings.Contains(note.Comment.Body, secret) && note.came.After(taken) {
				late++
			}
			if strings.Contains(note.Comment.Body, "Said otherwise") {
				changed++
			}
		}
	}
	return late, changed
}
