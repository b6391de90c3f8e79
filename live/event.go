package live

import (
	"encoding/base32"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
)

// Type says what happened: a noun and a verb in the past tense, spelled as in the GraphQL schema.
type Type string

// SiteTopic is the topic of events that change how texts read in many places at once. Every Hub follows it.
const SiteTopic = "site"

// ViewerTopic is the topic of who a person is: their sessions, and what they may do. Notifications for them are on
// another topic: their sockets watch this one, and would look again at who they are with each notification.
func ViewerTopic(userID string) string { return "viewer:" + userID }

// The types of events that the schema does not have; the others are in event_type_gen.go. Consumers must ignore types
// they do not know: another process may be newer.
const (
	// ViewerChanged is on a ViewerTopic, for this program alone: a session of theirs ended, or what they may
	// do changed.
	ViewerChanged Type = "ViewerChanged"

	// AccountErased is on SiteTopic: somebody is called otherwise now, wherever they are named.
	AccountErased Type = "AccountErased"

	// Pulse is never in the log: it has the newest numbers of its topic, see Event.Reading. It has no cursor to
	// come back with, since nobody wants the numbers they missed.
	Pulse Type = "Pulse"
)

// Event is one public fact, after commit. It is shared between goroutines: treat it, and Data, as read-only.
type Event struct {
	ID       string // event_<UUIDv7 in base32>: stable, the same on every delivery
	Topic    string // node ID of what people watch: a process, a commitment or a user; or SiteTopic, or a ViewerTopic
	Seq      int64  // from 1, without gaps on the topic, in commit order
	Nonce    uint64 // random, never 0: two events with the same number have different ones if history was rewritten
	Previous uint64 // Nonce of Seq-1; 0 for the first
	Type     Type
	Subject  string         // node ID of what it happened to
	Actor    string         // node ID of the public actor, a user or an organization; "" for nobody
	Data     map[string]any // small JSON object, such as the new value of a counter; never what people wrote
	At       time.Time      // UTC, in whole microseconds
}

// Cursor returns the position right after e.
func (e Event) Cursor() Cursor { return Cursor{Topic: e.Topic, Seq: e.Seq, Nonce: e.Nonce} }

// Int reads a whole number from Data, whichever way e came: as written in this process, or through JSON, which
// turns numbers into float64. It reports false if there is none by that name.
func (e Event) Int(name string) (int64, bool) {
	switch v := e.Data[name].(type) {
	case int:
		return int64(v), true
	case int64:
		return v, true
	case float64:
		return int64(v), float64(int64(v)) == v
	case json.Number:
		n, err := v.Int64()
		return n, err == nil
	}
	return 0, false
}

// follows reports whether e is the very next event after c, in the same history.
func (e Event) follows(c Cursor) bool { return e.Seq == c.Seq+1 && e.Previous == c.Nonce }

// Hiding are the types of events after which something that could be read before can no longer be read, or reads
// otherwise. Of a support that was taken back, earlier events no longer say whose it was.
var Hiding = []Type{CommentEdited, CommentRemoved, AmendmentHidden, SupportRemoved}

// Hides reports whether something that could be read before can no longer be read, or reads otherwise: whatever was
// made from it must be made anew.
func (e Event) Hides() bool { return slices.Contains(Hiding, e.Type) }

// chain returns the events at the front of events that follow at, one after the other.
func chain(at Cursor, events []Event) []Event {
	for i, e := range events {
		if !e.follows(at) {
			return events[:i]
		}
		at = e.Cursor()
	}
	return events
}

// newReset returns the event that lets a subscriber start again from head. Its ID is new each time, so that clients
// that drop events they have seen never drop a second Reset to the same head.
func newReset(head Cursor) Event {
	return Event{
		ID: newEventID(), Topic: head.Topic, Seq: head.Seq, Nonce: head.Nonce,
		Type: Reset, Subject: head.Topic, At: time.Now().UTC().Truncate(time.Microsecond),
	}
}

func newEventID() string {
	id := uuid.Must(uuid.NewV7()) // fails only without a source of randomness, and then Go has already stopped
	return "event_" + strings.ToLower(base32.HexEncoding.WithPadding(base32.NoPadding).EncodeToString(id[:]))
}
