package differential_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// object is a JSON object whose members keep their order, which GraphQL prescribes.
type object []member

type member struct {
	key   string
	value any
}

// ordered reads JSON; objects become object, numbers json.Number.
func ordered(raw []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	v, err := orderedValue(d)
	if err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("more than one JSON value")
	}
	return v, nil
}

// orderedValue reads one JSON value.
func orderedValue(d *json.Decoder) (any, error) {
	token, err := d.Token()
	if err != nil {
		return nil, err
	}

	switch token {
	case json.Delim('{'):
		o := object{}
		for d.More() {
			key, err := d.Token()
			if err != nil {
				return nil, err
			}
			value, err := orderedValue(d)
			if err != nil {
				return nil, err
			}
			o = append(o, member{key.(string), value})
		}
		_, err = d.Token()
		return o, err

	case json.Delim('['):
		list := []any{}
		for d.More() {
			value, err := orderedValue(d)
			if err != nil {
				return nil, err
			}
			list = append(list, value)
		}
		_, err = d.Token()
		return list, err
	}
	return token, nil
}

// anything is what the oracle answers where it cannot know the answer: the id of a Reset.
const anything = "«any»"

// places match the server's cursors with the oracle's names of the same places. A place has one cursor and one name.
type places struct {
	oracle map[string]string   // server's → oracle's
	server map[string]string   // the other way
	lists  map[string][]string // the server's cursors by the oracle's name of their list, in the order they were seen
}

func newPlaces() *places {
	return &places{oracle: map[string]string{}, server: map[string]string{}, lists: map[string][]string{}}
}

// placePrefix begins the oracle's name of a place.
const placePrefix = "cursor:"

// match remembers that the cursor ours is at the oracle's place. It returns what contradicts that, or "".
func (p *places) match(ours, oracle string) string {
	known, seen := p.oracle[ours]
	cursor, named := p.server[oracle]

	switch {
	case !seen && !named:
		p.oracle[ours], p.server[oracle] = oracle, ours
		list, _, _ := strings.Cut(strings.TrimPrefix(oracle, placePrefix), "#")
		list, _, _ = strings.Cut(list, "@") // of any parent, under any filter
		p.lists[list] = append(p.lists[list], ours)
	case known != oracle && seen:
		return fmt.Sprintf("the cursor %s is of %s and of %s", ours, known, oracle)
	case cursor != ours:
		return fmt.Sprintf("%s has the cursors %s and %s", oracle, cursor, ours)
	}
	return ""
}

// comparison collects where two answers differ.
type comparison struct {
	places *places
	found  []string
}

func (c *comparison) differ(path []any, format string, args ...any) {
	c.found = append(c.found, fmt.Sprintf("%v: %s", path, fmt.Sprintf(format, args...)))
}

// values compares two values at path, and what is in them.
func (c *comparison) values(path []any, ours, oracle any) {
	switch want := oracle.(type) {
	case object:
		got, ok := ours.(object)
		if !ok {
			c.differ(path, "ours is %s, the reference's an object", show(ours))
			return
		}
		c.objects(path, got, want)

	case []any:
		got, ok := ours.([]any)
		if !ok || len(got) != len(want) {
			c.differ(path, "ours is %s, the reference's %s", show(ours), show(oracle))
			return
		}
		for i := range want {
			c.values(append(slices.Clip(path), i), got[i], want[i])
		}

	case string:
		got, ok := ours.(string)
		switch {
		case ok && want == anything:
		case ok && strings.HasPrefix(want, placePrefix):
			if contradiction := c.places.match(got, want); contradiction != "" {
				c.differ(path, "%s", contradiction)
			}
		case !ok || got != want:
			c.differ(path, "ours is %s, the reference's %q", show(ours), want)
		}

	default:
		if ours != oracle {
			c.differ(path, "ours is %s, the reference's %s", show(ours), show(oracle))
		}
	}
}

func (c *comparison) objects(path []any, ours, oracle object) {
	if got, want := keysOf(ours), keysOf(oracle); !slices.Equal(got, want) {
		c.differ(path, "ours has %v, the reference %v", got, want)
		return
	}
	for i, m := range oracle {
		c.values(append(slices.Clip(path), m.key), ours[i].value, m.value)
	}
}

// refusals compares errors by path, code and field, in any order.
func (c *comparison) refusals(ours, oracle []refusedAnswer) {
	got, want := named(ours), named(oracle)
	for _, r := range got {
		if !slices.Contains(want, r) {
			c.differ(nil, "the reference has no error %s", r)
		}
	}

	for _, r := range want {
		if !slices.Contains(got, r) {
			c.differ(nil, "ours lacks the error %s", r)
		}
	}

	if len(c.found) == 0 && !slices.Equal(got, want) {
		c.differ(nil, "ours has %d errors, the reference %d", len(got), len(want))
	}
}

// named describes errors in one line each, sorted.
func named(errors []refusedAnswer) []string {
	names := make([]string, len(errors))
	for i, r := range errors {
		names[i] = fmt.Sprintf("%v %s %s", r.Path, r.Code, r.Field)
	}
	slices.Sort(names)
	return names
}

func keysOf(o object) []string {
	keys := make([]string, len(o))
	for i, m := range o {
		keys[i] = m.key
	}
	return keys
}

// show writes a value in at most 300 bytes, for messages.
func show(v any) string {
	var b strings.Builder
	write(&b, v)
	if s := b.String(); len(s) > 300 {
		return s[:300] + "…"
	}
	return b.String()
}

func write(b *strings.Builder, v any) {
	switch v := v.(type) {
	case object:
		b.WriteByte('{')
		for i, m := range v {
			if i > 0 {
				b.WriteByte(' ')
			}
			b.WriteString(m.key + ":")
			write(b, m.value)
		}
		b.WriteByte('}')

	case []any:
		b.WriteByte('[')
		for i, e := range v {
			if i > 0 {
				b.WriteByte(' ')
			}
			write(b, e)
		}
		b.WriteByte(']')

	case string:
		fmt.Fprintf(b, "%q", v)
	default:
		fmt.Fprint(b, v)
	}
}
