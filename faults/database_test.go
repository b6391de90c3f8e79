package faults

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"ensemble/internal/testenv"
	"ensemble/live"
)

// PostgreSQL is stopped in good order and started again, and killed and started again. Only the operating system does
// not fail, so what it has been given counts as written.
func TestPostgresRestarted(t *testing.T) {
	server := testenv.PostgresServer(t)
	// The server of a test answers commits before they are written.
	execute(t, server.URL, "ALTER DATABASE postgres SET synchronous_commit = on")

	s := newSite(t, server.URL)
	s.redisURL = testenv.RedisServer(t).URL
	s.serve()
	s.serve()
	s.whole()

	rounds := 2 * size(t).rounds
	stop := false
	s.burst("PostgreSQL restarted in a burst, "+times(rounds)+", every other time after SIGKILL", rounds, func() {
		if stop = !stop; stop {
			server.Stop()
		} else {
			server.Kill()
		}
		server.Start()
	})
}

// Clients are cut off and come back while PostgreSQL is gone. They are not told to give up.
func TestComeBackWithoutPostgres(t *testing.T) {
	n := size(t)

	server := testenv.PostgresServer(t)
	execute(t, server.URL, "ALTER DATABASE postgres SET synchronous_commit = on")
	s := newSite(t, server.URL)
	k := s.serve()

	c := s.watch(n.clients, k)
	w := s.write(k)

	for i := range n.rounds {
		w.reach(n.events * (i + 1) / (n.rounds + 1))

		goAway(c.clients)
		server.Stop()
		before := c.tries()
		comeBack(c.clients)
		eventually(t, "every client has tried to come back", func() bool { return c.tries() >= before+len(c.clients) })
		server.Start()
	}

	w.reach(n.events)
	w.stop()
	c.await()
	c.judge("clients cut off come back while PostgreSQL is stopped, "+times(n.rounds), w, none)
}

// A database is put back to what it was a moment ago. Whoever has received what is no longer there is told so, once.
// Whoever had not received it goes on, and so does whoever comes later.
func TestDatabaseRestored(t *testing.T) {
	t.Run("less written since", func(t *testing.T) { restore(t, "less", 1) })
	t.Run("more written since", func(t *testing.T) { restore(t, "more", 4) })
}

// restore puts the database back. Before the servers look at it, which stand still meanwhile, events are written to it:
// tenths of those of the test. When more are written than were lost, both histories have the same numbers.
func restore(t *testing.T, name string, tenths int) {
	n := size(t)
	s, _ := pair(t)

	c := s.watch(n.clients, s.servers...)
	away, behind := c.third(1), c.third(2)

	w := s.write(s.servers...)
	w.reach(n.events / 4)
	w.stop()
	c.await()
	goAway(behind)

	copied := s.database() + "_older"
	s.replace(copied, s.database())
	older := s.head()

	w = s.write(s.servers...)
	w.reach(n.events / 5)
	w.stop()
	c.await(slices.Concat(c.third(0), away)...)
	goAway(away)

	forgotten := s.history()

	for _, k := range s.servers {
		k.Pause()
	}
	s.replace(s.database(), copied)
	if s.head() != older {
		t.Fatal("the restored database is not the older one")
	}

	s.whisper(w, n.events*tenths/10)
	w.answered = w.answered[len(w.answered)-n.events*tenths/10:] // the others are lost
	for _, k := range s.servers {
		k.Resume()
	}

	eventually(t, "both servers notice", func() bool { return !slices.ContainsFunc(c.third(0), stillIn(forgotten)) })

	more := s.write(s.servers...)
	comeBack(away)
	comeBack(behind)
	more.reach(n.events / 2)
	more.stop()
	w.answered, w.resent = append(w.answered, more.answered...), w.resent+more.resent
	c.await()

	history := s.history()
	w.wantLogged(t, history)
	resets := func(k *watcher) int {
		if slices.Contains(behind, k) {
			return 0
		}
		return 1
	}
	c.judge("a database restored from an older copy, "+name+" written since than lost; "+
		"a third of the clients away with lost events, a third without", w, resets, forgotten, history)
}

// The log is pruned while some clients are away. Those who need what is gone are told so, once.
func TestLogPruned(t *testing.T) {
	n := size(t)
	s := newSite(t, testenv.Postgres(t))
	k := s.serve()

	c := s.watch(n.clients, k)
	behind, edge := c.third(1), c.third(2)
	goAway(behind)

	w := s.write(k)
	w.reach(n.events / 2)
	w.stop()
	c.await(slices.Concat(c.third(0), edge)...)
	goAway(edge)

	whole, last := s.history(), s.head()
	w = s.write(k)
	w.reach(n.events / 4)
	execute(t, s.databaseURL, "DELETE FROM events WHERE topic = $1 AND seq <= $2", s.commitment, last.Seq)
	k.Kill() // it remembers some of what is pruned
	k.Start()

	comeBack(behind)
	comeBack(edge)
	w.reach(n.events / 2)
	w.stop()
	c.await()

	history := append(whole, after(s.history(), last)...)
	w.wantLogged(t, history)
	resets := func(k *watcher) int {
		if slices.Contains(behind, k) {
			return 1
		}
		return 0
	}
	c.judge("the log pruned, a third of the clients away with pruned events to come and a third at its edge",
		w, resets, history)
}

// Clients come back from far behind, in waves, while people write.
func TestBurstDuringReplay(t *testing.T) {
	n := size(t)
	s, _ := pair(t)
	c := s.watch(n.clients, s.servers...)

	far := slices.Concat(c.third(1), c.third(2))
	goAway(far)

	w := s.write(s.servers...)
	w.reach(n.events)

	waves := slices.Collect(slices.Chunk(far, max(1, len(far)/8)))
	for i, wave := range waves {
		comeBack(wave)
		w.reach(n.events + n.events*(i+1)/len(waves))
	}

	w.stop()
	c.await()
	c.judge(fmt.Sprintf("clients far behind come back in a burst, in %d waves", len(waves)), w, none)
}

// stillIn returns a function that reports whether a client's last event is in this log.
func stillIn(history []live.Event) func(*watcher) bool {
	b := newBook(history)
	return func(k *watcher) bool { _, in := b.index[k.place()]; return in }
}

// after returns the events of a log that follow a cursor.
func after(history []live.Event, at live.Cursor) []live.Event {
	return slices.DeleteFunc(history, func(e live.Event) bool { return e.Seq <= at.Seq })
}

// database returns the name of the site's database.
func (s *site) database() string {
	parsed, err := url.Parse(s.databaseURL)
	must(s.t, err)
	return strings.TrimPrefix(parsed.Path, "/")
}

// replace makes one database a copy of another. Their connections are cut first, and no new ones are let in until it is
// done.
func (s *site) replace(name, by string) {
	s.t.Helper()
	parsed, err := url.Parse(s.databaseURL)
	must(s.t, err)
	parsed.Path = "/postgres"
	admin := parsed.String()

	shut := func(name string) {
		execute(s.t, admin, "ALTER DATABASE "+name+" ALLOW_CONNECTIONS false")
		execute(s.t, admin, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name)
	}

	if name == s.database() {
		shut(name)
	}
	shut(by)

	execute(s.t, admin, "DROP DATABASE IF EXISTS "+name)
	execute(s.t, admin, "CREATE DATABASE "+name+" TEMPLATE "+by)
	execute(s.t, admin, "ALTER DATABASE "+by+" ALLOW_CONNECTIONS true")

	if name != s.database() {
		s.t.Cleanup(func() { execute(s.t, admin, "DROP DATABASE IF EXISTS "+name) })
	}
}

// execute runs one statement on a connection of its own.
func execute(t testing.TB, url, statement string, args ...any) {
	t.Helper()
	conn, err := pgx.Connect(context.Background(), url)
	must(t, err)
	defer func() { _ = conn.Close(context.Background()) }()
	_, err = conn.Exec(context.Background(), statement, args...)
	must(t, err)
}
