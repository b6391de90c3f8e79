package server_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"ensemble/internal/testsite"
	"ensemble/server"
)

// huge asks for the texts of 50 comments 20 times over: the answer has some 2 MB.
var huge = `query($id: ID!) { node(id: $id) { ... on Commitment { comments(first: 50) { nodes { ` +
	func() (copies string) {
		for i := range 20 {
			copies += fmt.Sprintf("c%d: body ", i)
		}
		return copies
	}() + `} } } } }`

// Clients ask for large answers and do not read them. What waits for all of them is bounded, also when it is the first
// answer that waits: the worst are cut off. Whoever is only a little behind is not, and nothing is counted in the end.
func TestBacklogIsBounded(t *testing.T) {
	s := onSQLite(t)
	c := newGathering(t, s)
	testsite.Must(t, c.post(c.Bob.Ctx(t.Context()), 50))

	const most = 3 << 20
	own, api := beside(t, s, server.SocketSettings{Stall: time.Hour, Backlog: most})
	ask := func(id, query string) string {
		payload, _ := json.Marshal(map[string]any{"query": query, "variables": map[string]any{"id": c.on.ID}})
		return `{"id":"` + id + `","type":"subscribe","payload":` + string(payload) + `}`
	}

	small := lazy(t, own, ask("1", strings.Replace(huge, "first: 50", "first: 20", 1)))
	testsite.Eventually(t, "the small one waits", func() bool { return api.Metrics.Lagging.Load() == 1 })

	var all []*rawSocket
	for range 12 {
		all = append(all, lazy(t, own, ask("1", huge)))
		if n := api.Backlog(); n > most {
			t.Errorf("%d bytes wait", n)
		}
	}
	testsite.Eventually(t, "most are cut off", func() bool { return api.Metrics.Stalled.Load() >= 5 })
	if n := api.Backlog(); n > most || n < 1<<20 {
		t.Errorf("%d bytes wait", n)
	}

	if answer := small.message(t); !strings.Contains(answer, `"c19":"`) {
		t.Errorf("whoever is a little behind gets %.100s", answer)
	}
	for _, k := range all {
		_ = k.conn.Close() // it may be closed
	}
	testsite.Eventually(t, "nothing waits", func() bool { return api.Metrics.Sockets.Load() == 1 && api.Backlog() == 0 })
}
