package badinput_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"ensemble/apitest/story"
	"ensemble/internal/testsite"
	"ensemble/live"
)

// comments is a query for a page of the thread of a commitment. The arguments may use the variable $v, a cursor, or $n,
// a number.
func comments(arguments string) string {
	query := `{ __typename commitment(reference: "roadmap-COMM-2026-03-1") { comments(` +
		arguments + `) { totalCount } } }`
	switch {
	case strings.Contains(arguments, "$v"):
		return "query($v: Cursor) " + query
	case strings.Contains(arguments, "$n"):
		return "query($n: Int) " + query
	}
	return query
}

var listMistakes = []mistake{
	{"first: -1", "", comments("first: -1"), "", badUserInput, "first"},
	{"first: 0", "", comments("first: 0"), "", badUserInput, "first"},
	{"first: 51", "", comments("first: 51"), "", badUserInput, "first"},
	{"first: 100000", "", comments("first: 100000"), "", badUserInput, "first"},
	{"first beyond 32 bits", "", comments("first: 4294967297"), "", invalid, ""},
	{"first beyond 64 bits", "", comments("first: 99999999999999999999"), "", invalid, ""},
	{"first in words", "", comments(`first: "ten"`), "", invalid, ""},
	{"first in words, as variable", "", comments("first: $n"), `{"n": "ten"}`, badUserInput, "first"},
	{"first as text", "", comments("first: $n"), `{"n": "10"}`, badUserInput, "first"},
	{"first as a fraction", "", comments("first: $n"), `{"n": 1.5}`, badUserInput, "first"},
	{"last: 0", "", comments("last: 0"), "", badUserInput, "last"},
	{"last: -1", "", comments("last: -1"), "", badUserInput, "last"},
	{"first and last", "", comments("first: 1, last: 1"), "", badUserInput, "last"},
	{"empty cursor", "", comments(`after: ""`), "", badUserInput, "after"},
	{"a number for a cursor", "", comments("after: 5"), "", invalid, ""},
	{"a huge number for a cursor", "", comments("after: 99999999999999999999"), "", invalid, ""},
	{"a huge fraction for a cursor", "", comments("after: 1e999"), "", invalid, ""},
	{"an object for a cursor", "", comments("after: {a: 1}"), "", invalid, ""},
	{"a number for a cursor, as variable", "", comments("after: $v"), `{"v": 5}`, badUserInput, "after"},
	{"an object for a cursor, as variable", "", comments("after: $v"), `{"v": {"a": 1}}`, badUserInput, "after"},
	{"NUL for a cursor", "", comments("after: $v"), `{"v": "\u0000"}`, badUserInput, "after"},
	{"no cursor", "", comments("after: $v"), `{"v": "zibeline"}`, badUserInput, "after"},
	{"half a cursor", "", comments("after: $v"), `{"v": "<half a cursor of oldest>"}`, badUserInput, "after"},
	{"cursor with a tail", "", comments("before: $v"), `{"v": "<cursor of oldest>AA"}`, badUserInput, "before"},
	{"cursor of another list", "", comments("after: $v"), `{"v": "<cursor of supports>"}`, badUserInput, "after"},
	{"cursor of another order", "", comments("before: $v"), `{"v": "<cursor of newest>"}`, badUserInput, "before"},
	{"cursor of the same list elsewhere", "", comments("after: $v"), `{"v": "<cursor of another thread>"}`,
		badUserInput, "after"},
	{"cursor of another filter", "", comments("after: $v"), `{"v": "<cursor of roots>"}`, badUserInput, "after"},
	{"cursor of no filter", "", comments("after: $v, filter: {rootsOnly: true}"), `{"v": "<cursor of oldest>"}`,
		badUserInput, "after"},
	{"forged cursor", "", comments("after: $v"), `{"v": "<cursor of a forger>"}`, badUserInput, "after"},
	{"cursor of a stream", "", comments("after: $v"), `{"v": "<event cursor>"}`, badUserInput, "after"},
	// base64url of ["comments:OLDEST","2026-03-10T09:03:00Z","a\u0000"], [… , null, null], [… , 5, "a"] and [… ]
	{"forged cursor with NUL", "", comments("after: $v"),
		`{"v": "WyJjb21tZW50czpPTERFU1QiLCIyMDI2LTAzLTEwVDA5OjAzOjAwWiIsImFcdTAwMDAiXQ"}`, badUserInput, "after"},
	{"forged cursor with nulls", "", comments("after: $v"), `{"v": "WyJjb21tZW50czpPTERFU1QiLG51bGwsbnVsbF0"}`,
		badUserInput, "after"},
	{"forged cursor with a number", "", comments("after: $v"), `{"v": "WyJjb21tZW50czpPTERFU1QiLDUsImEiXQ"}`,
		badUserInput, "after"},
	{"forged cursor too short", "", comments("after: $v"),
		`{"v": "WyJjb21tZW50czpPTERFU1QiXQ"}`, badUserInput, "after"},
	{"unknown order", "", comments("orderBy: LOUDEST"), "", invalid, ""},
	{"51 nodes", "", `query($ids: [ID!]!) { __typename nodes(ids: $ids) { id } }`,
		`{"ids": [` + strings.Repeat(`"x",`, 50) + `"x"]}`, badUserInput, "ids"},
	{"both names of a commitment", "", `{ __typename commitment(id: "a", reference: "b") { id } }`, "",
		badUserInput, "id"},
	{"no name of a commitment", "", `{ __typename commitment { id } }`, "", badUserInput, "id"},
	{"a name with NUL", "", `query($v: String) { __typename commitment(reference: $v) { id } }`, `{"v": "\u0000"}`,
		badUserInput, "reference"},
	{"a code of two territories", "", `{ __typename territory(code: "11") { id } }`, "", badUserInput, "kind"},
	{"a version beyond 32 bits", "",
		`{ __typename commitment(reference: "roadmap-COMM-2026-03-1") { version(number: 2147483648) { id } } }`, "",
		invalid, ""},
	{"a long search", "", `query($v: String) { __typename territories(filter: {text: $v}) { totalCount } }`,
		`{"v": "` + strings.Repeat("a ", 3000) + `"}`, badUserInput, "filter.text"},
	{"a long search of organizations", "",
		`query($v: String) { __typename organizations(filter: {text: $v}) { totalCount } }`,
		`{"v": "` + long(201) + `"}`, badUserInput, "filter.text"},
	{"a long search of commitments", "",
		`query($v: String) { __typename process(slug: "roadmap") { commitments(filter: {text: $v}) { totalCount } } }`,
		`{"v": "` + long(201) + `"}`, badUserInput, "filter.text"},
	{"a search with NUL", "",
		`query($v: String) { __typename process(slug: "roadmap") { commitments(filter: {text: $v}) { totalCount } } }`,
		`{"v": "\u0000"}`, badUserInput, "filter.text"},
	{"a search for nothing", "", `query($v: String!) { __typename search(query: $v) { totalCount } }`,
		`{"v": " \t\n\u00a0"}`, badUserInput, "query"},
	{"a search that is long", "", `query($v: String!) { __typename search(query: $v) { totalCount } }`,
		`{"v": "` + long(201) + `"}`, badUserInput, "query"},
	{"a search for NUL", "", `query($v: String!) { __typename search(query: $v) { totalCount } }`, `{"v": "\u0000"}`,
		badUserInput, "query"},
	{"a search in many axes", "",
		`query($v: [ID!]) { __typename search(query: "x", filter: {axes: $v}) { totalCount } }`,
		`{"v": [` + strings.Repeat(`"x",`, 200) + `"x"]}`, badUserInput, "filter.axes"},
	{"a search in many places", "",
		`query($v: [ID!]) { __typename search(query: "x", filter: {territories: $v}) { totalCount } }`,
		`{"v": [` + strings.Repeat(`"x",`, 200) + `"x"]}`, badUserInput, "filter.territories"},
	{"a search for many kinds", "",
		`query($v: [SearchKind!]) { __typename search(query: "x", filter: {kinds: $v}) { totalCount } }`,
		`{"v": [` + strings.Repeat(`"COMMENT",`, 200) + `"COMMENT"]}`, badUserInput, "filter.kinds"},
	{"a search on a page of another list", "",
		`query($v: Cursor) { __typename search(query: "x", after: $v) { nodes { itemId } } }`,
		`{"v": "<cursor of oldest>"}`, badUserInput, "after"},
	{"many axes", "",
		`query($v: [ID!]) {
			__typename process(slug: "roadmap") { commitments(filter: {axes: $v}) { totalCount } }
		}`,
		`{"v": [` + strings.Repeat(`"x",`, 200) + `"x"]}`, badUserInput, "filter.axes"},
	{"many places", "",
		`query($v: [ID!]) {
			__typename process(slug: "roadmap") { commitments(filter: {territories: $v}) { totalCount } }
		}`,
		`{"v": [` + strings.Repeat(`"x",`, 200) + `"x"]}`, badUserInput, "filter.territories"},
	{"many statuses", "",
		`query($v: [CommitmentStatus!]) {
			__typename process(slug: "roadmap") { commitments(filter: {statuses: $v}) { totalCount } }
		}`,
		`{"v": [` + strings.Repeat(`"OPEN",`, 200) + `"OPEN"]}`, badUserInput, "filter.statuses"},
	{"many states", "",
		`query($v: [AmendmentState!]) {
			__typename
			commitment(reference: "roadmap-COMM-2026-03-1") { amendments(filter: {states: $v}) { totalCount } }
		}`,
		`{"v": [` + strings.Repeat(`"ACCEPTED",`, 200) + `"ACCEPTED"]}`, badUserInput, "filter.states"},
	{"many states of cases", "",
		`query($v: [ModerationCaseState!]) {
			__typename process(slug: "roadmap") { viewerModerationQueue(filter: {states: $v}) { totalCount } }
		}`,
		`{"v": [` + strings.Repeat(`"OPEN",`, 200) + `"OPEN"]}`, badUserInput, "filter.states"},
	{"many reasons of cases", "",
		`query($v: [ReportReason!]) {
			__typename process(slug: "roadmap") { viewerModerationQueue(filter: {reasons: $v}) { totalCount } }
		}`,
		`{"v": [` + strings.Repeat(`"SPAM",`, 200) + `"SPAM"]}`, badUserInput, "filter.reasons"},
	{"many acts of moderation", "",
		`query($v: [ModerationAction!], $p: ID!) {
			__typename moderationLog(process: $p) { entries(filter: {actions: $v}) { totalCount } }
		}`,
		`{"p": "<process>", "v": [` + strings.Repeat(`"HIDE",`, 200) + `"HIDE"]}`, badUserInput, "filter.actions"},
	{"more statuses than any list has", "",
		`query($v: [CommitmentStatus!]) {
			__typename process(slug: "roadmap") { commitments(filter: {statuses: $v}) { totalCount } }
		}`,
		`{"v": [` + strings.Repeat(`"OPEN",`, 500) + `"OPEN"]}`, badUserInput, "filter.statuses"},
	{"a status in small letters", "",
		`query($v: [CommitmentStatus!]) {
			__typename process(slug: "roadmap") { commitments(filter: {statuses: $v}) { totalCount } }
		}`,
		`{"v": ["OPEN", "open"]}`, badUserInput, "filter.statuses.1"},
}

// Queries for events of the topic $v, from now on or after the cursor $a.
const (
	events      = `query($v: ID!) { events(topic: $v) { endCursor } }`
	eventsAfter = `query($v: ID!, $a: EventCursor) { events(topic: $v, after: $a) { endCursor } }`
)

var eventMistakes = []mistake{
	{"events of nothing", "", `{ events(topic: "commitment_0000000000000000000000000g") { endCursor } }`, "", notFound,
		"topic"},
	{"events of a person", "", events, `{"v": "<alice>"}`, notFound, "topic"},
	{"events of nonsense", "", events, `{"v": ""}`, notFound, "topic"},
	{"events of a draft", "steering", events, `{"v": "<draft commitment>"}`, notFound, "topic"},
	{"events of a draft process", "admin", events, `{"v": "<draft process>"}`, notFound, "topic"},
	{"events of an amendment", "", events, `{"v": "<mergeable amendment>"}`, notFound, "topic"},
	{"no events", "", `query($v: ID!) { events(topic: $v, first: 0) { endCursor } }`, `{"v": "<commitment>"}`,
		badUserInput, "first"},
	{"51 events", "", `query($v: ID!) { events(topic: $v, first: 51) { endCursor } }`, `{"v": "<commitment>"}`,
		badUserInput, "first"},
	{"events after no cursor", "", eventsAfter, `{"v": "<commitment>", "a": "x"}`, badUserInput, "after"},
	{"events after an empty cursor", "", eventsAfter, `{"v": "<commitment>", "a": ""}`, badUserInput, "after"},
	{"events after half a cursor", "", eventsAfter, `{"v": "<commitment>", "a": "<half an event cursor>"}`,
		badUserInput, "after"},
	{"events after another topic's", "", eventsAfter, `{"v": "<commitment>", "a": "<event cursor of the process>"}`,
		badUserInput, "after"},
	{"events after a page", "", eventsAfter, `{"v": "<commitment>", "a": "<cursor of oldest>"}`, badUserInput, "after"},
	{"events after a number", "", eventsAfter, `{"v": "<commitment>", "a": 5}`, badUserInput, "after"},
}

// A cursor that lies about the history of its topic is answered with a Reset, not believed.
func TestForgedEventCursor(t *testing.T) {
	story.Each(t, func(t *testing.T, st *story.Story) {
		callCursors(t, st)
		topic := st.Names["commitment"]
		head := testsite.Got(live.ParseCursor(st.Names["event cursor"]))(t)

		for _, forged := range []live.Cursor{
			{Topic: topic, Seq: 1, Nonce: 999},
			{Topic: topic, Seq: head.Seq, Nonce: head.Nonce + 1},
			{Topic: topic, Seq: head.Seq + 1, Nonce: head.Nonce},
			{Topic: topic, Seq: math.MaxInt64, Nonce: 1},
		} {
			a := st.Send(t, `query($t: ID!, $a: EventCursor) {
				events(topic: $t, after: $a) { nodes { __typename cursor } endCursor hasNextPage }
			}`, map[string]any{"t": topic, "a": forged.String()})

			want := fmt.Sprintf(
				`{"events":{"nodes":[{"__typename":"Reset","cursor":"%s"}],"endCursor":"%[1]s","hasNextPage":false}}`, head)
			if string(a.Data) != want {
				t.Errorf("%+v: %s, want %s", forged, a.Raw, want)
			}
		}
	})
}

var formMistakes = []mistake{
	{"nothing", "", "{", "", unparsable, ""},
	{"a word", "", "zib{eline", "", unparsable, ""},
	{"a query of 5001 tokens", "", "{" + strings.Repeat(" 1", 5_000), "", tooComplex, ""},
	{"a field again and again", "", "{" + strings.Repeat(" viewer", 1_000) + "}", "", tooComplex, ""},
	{"an unknown field", "", "{ zib }", "", invalid, ""},
	{"an unknown argument", "", `{ process(name: "x") { id } }`, "", invalid, ""},
	{"a field without a selection", "", "{ processes }", "", invalid, ""},
	{"two operations and no name", "", "query A { viewer { email } } query B { viewer { email } }", "", invalid, ""},
	{"a variable that is missing", "", "query($id: ID!) { node(id: $id) { id } }", "", badUserInput, "id"},
	{"a variable that is null", "", "query($id: ID!) { node(id: $id) { id } }", `{"id": null}`, badUserInput, "id"},
	{"a variable that nobody declared", "", "{ node(id: $id) { id } }", `{"id": "x"}`, invalid, ""},
	{"a list for a variable", "", "query($id: ID!) { node(id: $id) { id } }", `{"id": ["x"]}`, badUserInput, "id"},
	{"an object for a variable", "", "query($id: ID!) { node(id: $id) { id } }", `{"id": {"x": 1}}`, badUserInput, "id"},
	{"a text for an input", "alice",
		"mutation($input: AddSupportInput!) { addSupport(input: $input) { __typename } }", `{"input": "x"}`,
		badUserInput, "input"},
	{"a list for an input", "alice",
		"mutation($input: AddSupportInput!) { addSupport(input: $input) { __typename } }",
		`{"input": [{"commitment": "<commitment>"}]}`, badUserInput, "input"},
	{"pages in pages in pages", "",
		"{ processes { nodes { commitments { nodes { comments { nodes { replies { nodes { body } } } } } } } } }", "",
		tooComplex, ""},
	{"a commitment of itself", "",
		"{ node(id: \"<commitment>\") { ... on Commitment" +
			strings.Repeat(" { version { commitment", 6) + " { id }" + strings.Repeat(" } }", 6) + " } }",
		"", tooComplex, ""},
	{"fragments in a circle", "", "{ viewer { ...a } } fragment a on Viewer { ...a }", "", invalid, ""},
	{"deep introspection", "",
		"{ __schema { types { fields { type { fields { type { fields { type { fields { type { name } } } } } } } } } } }",
		"", invalid, ""},
}
