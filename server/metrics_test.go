package server

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"ensemble/live"
)

// Every metric of ours has a line in the table of docs/live.md, with its kind and what to do about it. The table has no
// other lines.
func TestMetricsAreDocumented(t *testing.T) {
	s := &Server{Broker: live.NewMemoryBroker(), Logger: slog.New(slog.DiscardHandler)}
	s.Hub = live.NewHub(nil, s.Broker, s.Logger)
	w := httptest.NewRecorder()
	s.Admin().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", nil))

	var counted []string
	types := regexp.MustCompile(`(?m)^# TYPE (ensemble_\w+) (\w+)$`)
	for _, m := range types.FindAllStringSubmatch(w.Body.String(), -1) {
		counted = append(counted, m[1]+" "+m[2])
	}

	var documented []string
	for _, row := range tableOf(t, "Metrics") {
		documented = append(documented, strings.Trim(row[0], "`")+" "+row[1])
		if row[2] == "" || row[3] == "" {
			t.Errorf("%s: what it means, and what to do, is missing", row[0])
		}
	}

	slices.Sort(counted)
	slices.Sort(documented)
	if !slices.Equal(counted, documented) {
		t.Errorf("/metrics has\n%s\ndocs/live.md has\n%s", strings.Join(counted, "\n"), strings.Join(documented, "\n"))
	}
}

// The table of limits in docs/live.md says what holds when nothing else is set.
func TestLimitsAreDocumented(t *testing.T) {
	var s SocketSettings
	s.defaults()
	seconds := func(what string, n float64) string { return fmt.Sprintf("%s: %g s", what, n) }
	want := []string{
		seconds("time until `connection_init`", s.Init.Seconds()),
		seconds("time for the whole of a message, once it has begun", messageTime.Seconds()),
		seconds("time in which a client takes nothing, or so little that its kernel opens no room", s.Stall.Seconds()),
		fmt.Sprintf("operations on one socket at the same time: %d", s.Operations),
		fmt.Sprintf("messages in a second, over ten seconds: %d", s.Messages),
		fmt.Sprintf("sockets and streams from one address: %d", s.PerAddress),
		fmt.Sprintf("subscriptions of one person, over all their sockets: %d", s.PerPerson),
		fmt.Sprintf("different questions of one person: %d", s.PersonQuestions),
		fmt.Sprintf("different questions of the visitors at one address: %d", s.AddressQuestions),
		fmt.Sprintf("different questions of all at one address: %d", hall*s.AddressQuestions),
		fmt.Sprintf("different questions in a process: %d", s.Questions),
		fmt.Sprintf("what waits for a client besides one answer: %d MiB, %d MiB for all", restSize>>20, s.Backlog>>20),
		fmt.Sprintf("size of a message: %d MiB", maxMessage>>20),
		fmt.Sprintf("size of a subscription's document and variables: %d KiB", maxQuestion>>10),
	}

	var documented []string
	for _, row := range tableOf(t, "Limits") {
		documented = append(documented, row[0]+": "+row[1])
	}

	if !slices.Equal(documented, want) {
		t.Errorf("docs/live.md has\n%s\nthe server has\n%s", strings.Join(documented, "\n"), strings.Join(want, "\n"))
	}

	ping := fmt.Sprintf("pings each socket every %g s", s.Ping.Seconds())
	if !strings.Contains(pageOf(t), ping) {
		t.Errorf("docs/live.md does not say %q", ping)
	}
}

// tableOf returns the rows of the table under a heading of docs/live.md, without its head.
func tableOf(t *testing.T, heading string) (rows [][]string) {
	t.Helper()
	return tableIn(t, pageOf(t), heading)
}

// tableIn returns the rows of the table under a heading of a page, without its head.
func tableIn(t *testing.T, page, heading string) (rows [][]string) {
	t.Helper()
	_, section, found := strings.Cut(page, "\n## "+heading+"\n")
	if !found {
		t.Fatalf("the page has no %s", heading)
	}
	section, _, _ = strings.Cut(section, "\n## ")

	for line := range strings.Lines(section) {
		if !strings.HasPrefix(line, "|") {
			continue
		}
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		rows = append(rows, cells)
	}

	if len(rows) < 3 {
		t.Fatalf("%s has no table", heading)
	}
	return rows[2:]
}

// pageOf returns the text of docs/live.md.
func pageOf(t *testing.T) string {
	t.Helper()
	page, err := os.ReadFile("../docs/live.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(page)
}
