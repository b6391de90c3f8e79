package live

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"
)

// An outage is logged when it begins and when all parts are well again, and the state says how many parts are not.
func TestOutages(t *testing.T) {
	var log bytes.Buffer
	o := newOutages("hear", slog.New(slog.NewTextHandler(&log, nil)), 3)

	steps := []struct {
		part  int
		err   error
		state string
		lines int
	}{
		{0, nil, StateOK, 0},
		{1, errors.New("broken"), "hear: 1 of 3 parts: broken", 1},
		{2, errors.New("broken"), "hear: 2 of 3 parts: broken", 1},
		{1, nil, "hear: 1 of 3 parts: broken", 1},
		{2, nil, StateOK, 2},
		{2, nil, StateOK, 2},
	}

	for i, s := range steps {
		o.note(s.part, s.err)
		if got, lines := o.state(), strings.Count(log.String(), "\n"); got != s.state || lines != s.lines {
			t.Errorf("step %d: %q after %d lines, want %q after %d", i, got, lines, s.state, s.lines)
		}
	}

	one := newOutages("hear", quiet, 1)
	one.startFailing(errNotConnected)
	if got, want := one.state(), "hear: not connected yet"; got != want {
		t.Errorf("at first %q, want %q", got, want)
	}
}
