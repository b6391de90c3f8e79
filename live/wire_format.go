package live

import (
	"encoding/json"
	"errors"
	"time"
)

// What travels between processes is one byte that says how to read the rest, then the rest. Processes of different
// releases run side by side: a payload nobody here can read is skipped, its event is found in the log, and a report is
// followed by another. So a new layout is a new byte, and new fields of wire need none.
const (
	kindEvent     = '1' // an Event, as JSON
	kindHeadcount = 'p' // a Headcount, as JSON
	kindBeat      = 'b' // a heartbeat: the name of the process that sent it
)

var errPayload = errors.New("live: unreadable payload")

// wire is an Event with its names on the wire, short because each event is sent to every process.
type wire struct {
	ID       string         `json:"id"`
	Topic    string         `json:"t"`
	Seq      int64          `json:"s"`
	Nonce    uint64         `json:"n"`
	Previous uint64         `json:"p,omitempty"`
	Type     Type           `json:"y"`
	Subject  string         `json:"o,omitempty"`
	Actor    string         `json:"a,omitempty"`
	Data     map[string]any `json:"d,omitempty"`
	At       time.Time      `json:"at"`
}

// encodeEvent writes an event as decodeEvent reads it. It fails when Data has what JSON cannot say.
func encodeEvent(e Event) (string, error) {
	b, err := json.Marshal(wire(e))
	return string(kindEvent) + string(b), err
}

// decodeEvent reads what encodeEvent wrote. Numbers in Data become float64.
func decodeEvent(payload string) (Event, error) {
	if payload == "" || payload[0] != kindEvent {
		return Event{}, errPayload
	}

	var w wire
	if err := json.Unmarshal([]byte(payload[1:]), &w); err != nil {
		return Event{}, errPayload
	}

	e := Event(w)
	if e.Seq < 1 || !e.Cursor().valid() {
		return Event{}, errPayload
	}

	e.At = e.At.UTC()
	return e, nil
}

// wireHeadcount is a Headcount with its names on the wire.
type wireHeadcount struct {
	From     string         `json:"f"`
	Watching map[string]int `json:"w,omitempty"`
}

// encodeHeadcount writes a report as decodeHeadcount reads it.
func encodeHeadcount(r Headcount) string {
	b, err := json.Marshal(wireHeadcount(r))
	if err != nil {
		panic("live: a report that is no JSON: " + err.Error())
	}
	return string(kindHeadcount) + string(b)
}

// decodeHeadcount reads what encodeHeadcount wrote.
func decodeHeadcount(payload string) (Headcount, error) {
	if payload == "" || payload[0] != kindHeadcount {
		return Headcount{}, errPayload
	}

	var w wireHeadcount
	if err := json.Unmarshal([]byte(payload[1:]), &w); err != nil || w.From == "" {
		return Headcount{}, errPayload
	}

	for _, n := range w.Watching {
		if n < 1 {
			return Headcount{}, errPayload
		}
	}
	return Headcount(w), nil
}
