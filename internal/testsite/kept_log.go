package testsite

import (
	"bytes"
	"encoding/json"
	"strings"
	"sync"
	"testing"
	"time"
)

// KeptLog remembers what a site logs. It is safe for concurrent use.
type KeptLog struct {
	mu    sync.Mutex
	text  bytes.Buffer
	grown chan struct{} // closed, and replaced, when there is more
}

// NewKeptLog returns a KeptLog that is empty.
func NewKeptLog() *KeptLog { return &KeptLog{grown: make(chan struct{})} }

// Write adds to the log.
func (l *KeptLog) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()

	close(l.grown)
	l.grown = make(chan struct{})
	return l.text.Write(b)
}

// String returns all that was logged so far.
func (l *KeptLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// Request returns the line about the request with this id. It waits for it: the line is written after the answer.
func (l *KeptLog) Request(t *testing.T, id string) map[string]any {
	t.Helper()
	for {
		l.mu.Lock()
		grown := l.grown
		l.mu.Unlock()

		for _, line := range l.Requests(t) {
			if line["request"] == id {
				return line
			}
		}

		select {
		case <-grown:
		case <-t.Context().Done():
			t.Fatalf("the test ended before a line about %s came", id)
		case <-time.After(20 * time.Second):
			t.Fatalf("no line about %s in %s", id, l)
		}
	}
}

// Requests returns the lines about requests so far, the oldest first.
func (l *KeptLog) Requests(t *testing.T) []map[string]any {
	t.Helper()
	var lines []map[string]any
	for line := range strings.Lines(l.String()) {
		var fields map[string]any
		if err := json.Unmarshal([]byte(line), &fields); err != nil {
			t.Fatalf("a log line that is no JSON: %s", line)
		}
		if fields["msg"] == "request" {
			lines = append(lines, fields)
		}
	}
	return lines
}
