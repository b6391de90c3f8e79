package live

import (
	"errors"
	"math"
	"reflect"
	"testing"
)

func TestEventRoundTrips(t *testing.T) {
	log := newMemoryLog()
	e := log.commitN("process_1", 2)[1]
	e.Nonce = math.MaxUint64

	payload, err := encodeEvent(e)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := decodeEvent(payload); err != nil || !reflect.DeepEqual(got, e) {
		t.Errorf("got %v, %v, want %v", got, err, e)
	}
}

func TestEncodeRefusesWhatJSONCannotHold(t *testing.T) {
	if _, err := encodeEvent(Event{Data: map[string]any{"n": math.NaN()}}); err == nil {
		t.Error("NaN was encoded")
	}
}

func TestDecodeRefuses(t *testing.T) {
	for _, payload := range []string{
		"", "1", "2{}", "1[]", "1{}", "b", `1{"t":"process_1","s":0,"n":1}`, `1{"t":"process_1","s":1}`,
		`1{"t":"","s":1,"n":1}`, `1{"t":"process_1","s":1,"n":-1}`, `1{"t":"process_1","s":1,"n":1,"at":"noon"}`,
	} {
		if e, err := decodeEvent(payload); !errors.Is(err, errPayload) {
			t.Errorf("decodeEvent(%q) = %v, %v", payload, e, err)
		}
	}
}

// FuzzDecodeEvent decodes any text at all. What is decoded is the same when it is encoded again.
func FuzzDecodeEvent(f *testing.F) {
	payload, _ := encodeEvent(newMemoryLog().commit("process_1"))
	f.Add(payload)
	f.Add("1{}")

	f.Fuzz(func(t *testing.T, payload string) {
		e, err := decodeEvent(payload)
		if err != nil {
			return
		}

		again, err := encodeEvent(e)
		if err != nil {
			return // such as a time that is after the year 9999 in UTC
		}

		if back, err := decodeEvent(again); err != nil || back.Cursor() != e.Cursor() || back.ID != e.ID {
			t.Errorf("%v came back as %v, %v", e, back, err)
		}
	})
}
