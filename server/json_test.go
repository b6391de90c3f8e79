package server

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
)

// Brackets count as levels, and what is between commas as values, where they are not in a text.
func TestShape(t *testing.T) {
	for text, want := range map[string][2]int{
		``: {0, 1}, `1`: {0, 1}, `{}`: {1, 2}, `[{"a":[]}, [], {}]`: {3, 8}, `"[[,["`: {0, 1}, `{"[[[":"{{,{"}`: {1, 2},
		`["\"[[", "\\", [1]]`: {2, 5}, `["\\\"[", "x"]`: {1, 3}, `"\`: {0, 1}, `]]][`: {0, 2},
	} {
		if levels, values := shape(text); levels != want[0] || values != want[1] {
			t.Errorf("%s: %d levels, %d values", text, levels, values)
		}
	}
}

// Five thousand values are decoded, and no more, whether or not anybody asks for them.
func TestDecodeValues(t *testing.T) {
	for _, list := range []func(n int) string{
		func(n int) string { return "[" + strings.Repeat("0,", n-3) + "0]" },
		func(n int) string { return "[" + strings.Repeat(`"a",`, n-3) + "[]]" },
		func(n int) string { return `{"a":[` + strings.Repeat(`{"":0},`, (n-4)/2) + "[]]}" },
	} {
		var v any
		if no := decode(list(maxValues), &v); no != nil {
			t.Errorf("%.20s: %+v", list(maxValues), no)
		}
		if no := decode(list(maxValues+3), &v); no == nil || no.outcome != malformed {
			t.Errorf("%.20s and more: %+v", list(maxValues+3), no)
		}
	}
}

// What is a hundred levels deep is decoded, and nothing that is deeper.
func TestDecodeLevels(t *testing.T) {
	for n, want := range map[int]bool{maxLevels: true, maxLevels + 1: false} {
		var v any
		if no := decode(strings.Repeat("[", n)+strings.Repeat("]", n), &v); (no == nil) != want {
			t.Errorf("%d: %v", n, no)
		}
	}
}

// Names count letter for letter and come once, wherever they are; text is what was written, or refused.
func TestDecodeExactly(t *testing.T) {
	type request struct {
		Query     string         `json:"query"`
		Variables map[string]any `json:"variables"`
	}

	for text, want := range map[string]request{
		`{"query":"a","QUERY":"b","Query":"c"}`:                 {Query: "a"},
		`{"variables":{"A":1,"a":2.50}}`:                        {Variables: map[string]any{"A": json.Number("1"), "a": json.Number("2.50")}},
		`{"variables":{"l":[1e400,-0,{"n":null}]}}`:             {Variables: map[string]any{"l": []any{json.Number("1e400"), json.Number("-0"), map[string]any{"n": nil}}}},
		`{"query":"\uD83D\uDE00","more":[{}],"variables":null}`: {Query: "😀"},
	} {
		var got request
		if no := decode(text, &got); no != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s is %v, %v; want %v", text, got, no, want)
		}
	}

	for text, want := range map[string]outcome{
		`{"query":"a","query":"b"}`:                 unreadable,
		`{"query":"a","qu\u0065ry":"b"}`:            unreadable,
		`{"variables":{"a":1,"a":1}}`:               unreadable,
		`{"variables":{"a":{"b":[{"c":1,"c":1}]}}}`: unreadable,
		`{"more":{"a":1,"a":1}}`:                    unreadable,
		`{"extensions":{"a":1},"extensions":{}}`:    unreadable,
		`{"query":"\uD83D"}`:                        unreadable,
		`{"variables":{"a":"\uDE00 \uD83D"}}`:       unreadable,
		"{\"query\":\"\xff\"}":                      unreadable,
		`{"query":"a"} {}`:                          unreadable,
		`{"query":"a",}`:                            unreadable,
		``:                                          unreadable,
		`{"query":5}`:                               malformed,
		`{"variables":[]}`:                          malformed,
		`[]`:                                        malformed,
	} {
		var got request
		if no := decode(text, &got); no == nil || no.outcome != want {
			t.Errorf("%s: %+v, want %d", text, no, want)
		}
	}
}
