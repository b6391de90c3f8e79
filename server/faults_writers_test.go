package server_test

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"ensemble/consultation/roadmap"
	"ensemble/ent"
	"ensemble/internal/testsite"
	"ensemble/server"
)

// written is a comment that was committed at some time between began and ended.
type written struct {
	began, ended time.Time
	id           string
	seq          int64
}

// write has people post comments, all at once. wait returns these comments with their times, once all are posted.
func (c *gathering) write(t testing.TB, people, each int) (wait func() ([]written, error)) {
	t.Helper()
	var g errgroup.Group
	var mu sync.Mutex
	var all []written

	for i := range people {
		ctx := c.Person(t, fmt.Sprintf("person-%d", i)).Ctx(t.Context())
		g.Go(func() error {
			for range each {
				w := written{began: time.Now()}
				m, err := c.PostComment(ctx, roadmap.PostCommentInput{Subject: c.on.ID, Body: "Oui."})
				if err != nil {
					return err
				}
				w.ended, w.id = time.Now(), m.ID
				mu.Lock()
				all = append(all, w)
				mu.Unlock()
			}
			return nil
		})
	}

	return func() ([]written, error) { err := g.Wait(); return all, err }
}

// 50 people write at once while subscribers come and go. Everybody who followed from some place on got all that came
// after it, and no comment that was committed before another was begun has a higher number.
func TestFaultManyWriters(t *testing.T) {
	testsite.Each(t, func(t *testing.T, s *testsite.Site) {
		const people, each = 50, 6
		c := newGathering(t, s)
		own, _ := beside(t, s, server.SocketSettings{})
		staying := greeted(t, own)
		staying.say(t, asks(testsite.CommentEvents, c.on.ID, c.start))

		wait := c.write(t, people, each)
		var all []written
		posted := testsite.InBackground(func() (err error) { all, err = wait(); return err })

		var count tally
		// One who comes and goes, and goes on each time from where they left.
		for at, cursor := c.from, c.start; !posted.Over(); {
			k := greeted(t, own)
			k.say(t, asks(testsite.CommentEvents, c.on.ID, cursor))
			count.clients++
			for range 3 {
				if at == c.from+people*each {
					break
				}
				at = count.see(at, seqOf(t, k.message(t)))
			}
			cursor = cursorAt(t, s, c.on.ID, at)
			_ = k.conn.Close()
		}

		testsite.Must(t, posted.Err)
		staying.follow(t, &count, c.from, c.from+people*each)
		count.check(t)
		c.inOrder(t, all)

		_ = staying.conn.Close()
		testsite.Eventually(t, "nobody watches", func() bool { return s.Hub.Subscriptions() == 0 })
	})
}

// inOrder fails unless the numbers in the log agree with the clock.
func (c *gathering) inOrder(t testing.TB, all []written) {
	t.Helper()
	numbers := map[string]int64{}
	for _, e := range testsite.EventsAfter(t, c.Site, c.on.ID, c.start) {
		numbers[e.Subject] = e.Seq
	}
	for i := range all {
		all[i].seq = numbers[all[i].id]
	}
	slices.SortFunc(all, func(a, b written) int { return cmp.Compare(a.seq, b.seq) })

	var latest time.Time // the latest beginning among those with a lower number
	for i, w := range all {
		if w.seq != c.from+int64(i)+1 {
			t.Fatalf("number %d follows %d", w.seq, c.from+int64(i))
		}
		if w.ended.Before(latest) {
			t.Errorf("comment %d was committed before one with a lower number was begun", w.seq)
		}
		if w.began.After(latest) {
			latest = w.began
		}
	}
}

// Clients catch up with many events while more come.
func TestFaultBurstDuringReplay(t *testing.T) {
	testsite.Each(t, func(t *testing.T, s *testsite.Site) {
		c := newGathering(t, s)
		testsite.Must(t, c.post(c.Bob.Ctx(t.Context()), 300))
		own, _ := beside(t, s, server.SocketSettings{})

		var clients []*rawSocket
		posted := testsite.InBackground(func() error { _, err := c.write(t, 10, 20)(); return err })
		for i := range 10 {
			clients = append(clients, greeted(t, own))
			clients[i].say(t, asks(testsite.CommentEvents, c.on.ID, c.start))
		}

		var count tally
		for _, k := range clients {
			k.follow(t, &count, c.from, c.from+500)
		}
		<-posted.Done
		testsite.Must(t, posted.Err)
		count.check(t)
	})
}

// Comments are edited and deleted while some clients lag and others are away. Those who kept up have read the texts.
// The others never do, neither from memory nor from the log, and miss no event.
func TestFaultHidden(t *testing.T) {
	testsite.Each(t, func(t *testing.T, s *testsite.Site) {
		c := newGathering(t, s)
		own, api := beside(t, s, server.SocketSettings{Stall: time.Hour})
		keeping := greeted(t, own)
		keeping.say(t, asks(large, c.on.ID, c.start))

		var lagging []*rawSocket
		for range 5 {
			lagging = append(lagging, lazy(t, own, asks(large, c.on.ID, c.start)))
		}
		testsite.Eventually(t, "all watch", func() bool { return s.Hub.Subscriptions() == 6 })

		bob := c.Bob.Ctx(t.Context())
		var count tally
		at := c.from
		for at < c.from+5 || api.Metrics.Lagging.Load() < 5 {
			testsite.Must(t, c.post(bob, 1))
			at = count.see(at, seqOf(t, keeping.message(t)))
		}

		// Far more than the kernel takes for those who lag.
		for range 20 {
			testsite.Must(t, c.post(bob, 1))
			at = count.see(at, seqOf(t, keeping.message(t)))
		}

		away := testsite.StreamCursor(t, s, c.on.ID)
		secrets := c.secrets(t, bob)
		for range secrets {
			if m := keeping.message(t); !strings.Contains(m, "secret") {
				t.Fatalf("%.300s came", m)
			}
		}

		testsite.Got(s.DeleteComment(bob, roadmap.DeleteCommentInput{Comment: secrets[0].ID}))(t)
		testsite.Got(s.EditComment(bob, roadmap.EditCommentInput{Comment: secrets[1].ID, Body: "Autrement."}))(t)
		testsite.Got(s.DeleteComment(bob, roadmap.DeleteCommentInput{Comment: secrets[2].ID}))(t)

		last := testsite.Head(t, s, c.on.ID)
		for range 3 {
			k := greeted(t, own)
			k.say(t, asks(large, c.on.ID, away))
			c.wantNoSecret(t, k, &count, at, last)
		}
		for _, k := range lagging {
			c.wantNoSecret(t, k, &count, c.from, last)
		}
		count.check(t)
	})
}

// secrets posts comments that will be changed or deleted. The last one has an answer, so that its place stays.
func (c *gathering) secrets(t testing.TB, ctx context.Context) (all []*ent.Comment) {
	t.Helper()
	for i := range 3 {
		secret := roadmap.PostCommentInput{Subject: c.on.ID, Body: fmt.Sprint("secret ", i)}
		all = append(all, testsite.Got(c.PostComment(ctx, secret))(t))
	}
	answer := roadmap.PostCommentInput{Subject: c.on.ID, Body: "not a secret", Parent: &all[2].ID}
	return append(all, testsite.Got(c.PostComment(ctx, answer))(t))
}

// wantNoSecret follows events up to number last and fails when one has a text that was taken back.
func (c *gathering) wantNoSecret(t testing.TB, k *rawSocket, count *tally, at, last int64) {
	t.Helper()
	for count.clients++; at < last; {
		m := k.message(t)
		if strings.Contains(strings.ReplaceAll(m, "not a secret", ""), "secret") {
			t.Errorf("what was hidden came: %.300s", m)
		}
		at = count.see(at, seqOf(t, m))
	}
}
