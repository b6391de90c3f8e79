package server_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"ensemble/internal/testsite"
	"ensemble/server"
)

// huge asks for the texts of 50 comments 20 times over: the answer has some 2 MB.
var huge = `query($id: ID!) { node(id: $id) { ... on Commitment { comments(first: 50) { nodes { ` +
	copies(20) + `} } } } }`

// copies asks for a text n times.
func copies(n int) (fields string) {
	for i := range n {
		fields += fmt.Sprintf("c%d: body ", i)
	}
	return fields
}

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

// Large answers over HTTP count, too, while their clients do not read them: of the address that asks for most, answers
// are cut. Somebody else's is whole, however slow its client begins to read.
func TestLargeAnswersAreInTheBacklog(t *testing.T) {
	s := onSQLite(t)
	c := newGathering(t, s)
	testsite.Must(t, c.post(c.Bob.Ctx(t.Context()), 50))

	const most = 14 << 20
	own, api := s.Beside(t, func(api *server.Server) {
		api.Proxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
		api.Sockets.Backlog, api.MaxCost = most, 10_000
	})
	body := jsonOf(t, map[string]any{
		"query": strings.Replace(huge, copies(20), copies(50), 1), "variables": map[string]any{"id": c.on.ID},
	})
	ask := func(address string) *rawSocket {
		k := send(t, own, "")
		k.buffer(64 << 10)
		k.write(fmt.Appendf(nil, "POST /graphql HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: %s\r\nConnection: close\r\n"+
			"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", address, len(body), body))
		return k
	}

	honest := ask("192.0.2.2")
	testsite.Eventually(t, "one waits", func() bool { return api.Backlog() > 4<<20 })
	var greedy []*rawSocket
	for range 5 {
		greedy = append(greedy, ask("192.0.2.1"))
	}
	testsite.Eventually(t, "answers are cut", func() bool { return api.Metrics.Stalled.Load() >= 4 })
	if n := api.Backlog(); n > most {
		t.Errorf("%d bytes wait", n)
	}

	answer := testsite.Got(http.ReadResponse(honest.in, nil))(t)
	if text := textOf(t, answer); answer.StatusCode != 200 || !strings.Contains(text, `"c49":"`) ||
		!strings.HasSuffix(text, "}") {
		t.Errorf("%d, %d bytes: %.100s", answer.StatusCode, len(text), text)
	}
	for _, k := range greedy {
		_ = k.conn.Close()
	}
	testsite.Eventually(t, "nothing waits", func() bool { return api.Backlog() == 0 })
}
