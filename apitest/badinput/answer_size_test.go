package badinput_test

import (
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"testing"

	"ensemble/apitest/story"
	"ensemble/internal/testsite"
	"ensemble/server"
)

// repeated returns n aliases of a field.
func repeated(n int, field string) string {
	var fields strings.Builder
	for i := range n {
		fmt.Fprintf(&fields, " a%d: %s", i, field)
	}
	return fields.String()
}

// longNames returns n fields with long names.
func longNames(n int) string {
	var fields strings.Builder
	for i := range n {
		fmt.Fprintf(&fields, " %s%02d: __typename", strings.Repeat("x", 80), i)
	}
	return fields.String()
}

// wantTooLarge asks that an answer is refused for its size, without data.
func wantTooLarge(t *testing.T, name string, a testsite.Answer, limit int) {
	t.Helper()
	if a.Code() != "TOO_COMPLEX" || len(a.Errors) != 1 || string(a.Data) != "" && string(a.Data) != "null" {
		t.Errorf("%s: %d, %s, %.200s", name, len(a.Errors), a.Code(), a.Data)
		return
	}
	if got := a.Errors[0].Extensions; got["limit"] != float64(limit) || got["answerSize"] != float64(limit+1) {
		t.Errorf("%s: the error says %v", name, got)
	}
}

// An answer has so many bytes at most, whatever it is made of; one that is just as large is given.
func TestAnswersHaveASize(t *testing.T) {
	const limit = 2_500
	story.Each(t, func(t *testing.T, st *story.Story) {
		small, _ := st.Beside(t, func(api *server.Server) { api.MaxAnswer = limit })

		id := st.Names["mergeable amendment"]
		amendment := func(n int, field string) string {
			return fmt.Sprintf(`node(id: "%s") { ... on Amendment {%s} }`, id, repeated(n, field))
		}
		page := `commitments(first: 4) { nodes { title reference process { title slug } } }`

		for name, selection := range map[string]string{
			"a text under many names": amendment(100, "body"),
			"its HTML":                amendment(25, "bodyHtml") + " " + strings.Replace(amendment(100, "title"), "node", "n: node", 1),
			"one node many times": fmt.Sprintf(`nodes(ids: ["%s"]) { ... on Amendment { body rationale title } }`,
				strings.Repeat(id+`", "`, 40)+id),
			"long names":              longNames(60),
			"types of parts":          amendment(2, "diff { body { spans {"+repeated(20, "__typename")+" } } }"),
			"errors":                  amendment(30, "comments(first: 0) { totalCount }"),
			"differences":             amendment(5, "diff { body { k: kind kind spans { kind t: text u: text text } } }"),
			"merges":                  amendment(9, "merge { body title c: title d: body e: body f: body g: body }"),
			"introspection":           `__schema { types { name description fields { name description } } }`,
			"a list under many names": `processes(first: 4) { nodes {` + repeated(12, page) + `} }`,
		} {
			wantTooLarge(t, name, small.Do(t, "", "{ "+selection+" }", nil), limit)
		}

		// As large as allowed, to the byte.
		each := len(`,"":"Query"`) + 82
		fits := "{" + longNames(26) + " " + strings.Repeat("y", limit-26*each-len(`{"":"Query"}`)) + ": __typename"
		small.Must(t, "", fits+" }", nil, nil)
		wantTooLarge(t, "a byte more", small.Do(t, "", strings.Replace(fits, " x", " xx", 1)+" }", nil), limit)
	})
}

// A mutation whose answer is too large is done, and says so.
func TestMutationsWithTooLargeAnswers(t *testing.T) {
	story.Each(t, func(t *testing.T, st *story.Story) {
		small, _ := st.Beside(t, func(api *server.Server) { api.MaxAnswer = 1_000 })
		a := small.Do(t, st.Cast["alice"].Token, fmt.Sprintf(`mutation { updateAccount(input: {name: "Alice la Grande"}) {
			viewer { user {%s} } } }`, repeated(100, "name")), nil)
		wantTooLarge(t, "a name", a, 1_000)
		if a.Status != http.StatusOK && a.Status != http.StatusBadRequest || !strings.HasPrefix(a.Errors[0].Message, "It is done") {
			t.Errorf("status %d: %s", a.Status, a.Errors[0].Message)
		}

		var now struct {
			Viewer struct{ User struct{ Name string } }
		}
		small.Must(t, st.Cast["alice"].Token, `{ viewer { user { name } } }`, nil, &now)
		if now.Viewer.User.Name != "Alice la Grande" {
			t.Errorf("the name is %q", now.Viewer.User.Name)
		}
	})
}

// An event whose answer is too large comes with the error, and with its cursor; the next one comes.
func TestEventsWithTooLargeAnswers(t *testing.T) {
	story.Each(t, func(t *testing.T, st *story.Story) {
		small, _ := st.Beside(t, func(api *server.Server) { api.MaxAnswer = 2_000 }) // of the same hub
		k := testsite.Dial(t, small, "")
		k.Subscribe(t, "1", fmt.Sprintf(`subscription($c: ID!, $after: EventCursor) {
			commitmentEvents(commitment: $c, after: $after) {
			... on CommentPosted { comment {%s} } } }`, repeated(20, "body")), map[string]any{
			"c": st.Names["commitment"], "after": testsite.StreamCursor(t, st.Site, st.Names["commitment"]),
		})

		for _, length := range []int{900, 3} {
			st.Must(t, st.Cast["bob"].Token, `mutation($c: ID!, $b: String!) {
				postComment(input: {subject: $c, body: $b}) { comment { id } } }`,
				map[string]any{"c": st.Names["commitment"], "b": strings.Repeat("a", length)}, nil)
			st.Pass()

			payload := string(k.Expect(t, "next").Payload)
			if isTooLarge := strings.Contains(payload, `"TOO_COMPLEX"`); isTooLarge != (length == 900) ||
				!strings.Contains(payload, `"cursor":"`) || isTooLarge != strings.Contains(payload, `"data":null`) {
				t.Errorf("%d letters came as %.300s", length, payload)
			}
		}
	})
}

// The work on an answer that becomes too large ends at once: what is asked for under thousands of names is not made,
// and fields that are left out keep no errors. Each of these would take half a gigabyte.
func TestTooLargeAnswersAreNotMade(t *testing.T) {
	const most = 100 << 20 // bytes: several times what the largest answer takes

	api := testsite.SQLite(t)
	everyField := func(selection string) string {
		return "{ __schema { types { fields { type { ofType { fields {" + selection + "} } } } } } }"
	}
	for name, document := range map[string]string{
		"names of types": everyField(longNames(490)),
		"names":          everyField(repeated(490, "name")),
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		a := api.Do(t, "", document, nil)
		runtime.ReadMemStats(&after)

		if a.Code() != "TOO_COMPLEX" || len(a.Errors) != 1 {
			t.Errorf("%s: %d errors, %s, %.200v", name, len(a.Errors), a.Code(), a.Errors)
		}
		if took := after.TotalAlloc - before.TotalAlloc; took > most {
			t.Errorf("%s: took %d MB", name, took>>20)
		}
	}
}

// An event comes with the bytes that were counted: signs that some encoders of JSON write as six are as they are.
func TestEventsAreAsLargeAsCounted(t *testing.T) {
	story.Each(t, func(t *testing.T, st *story.Story) {
		k := testsite.Dial(t, st.Site, "")
		k.Subscribe(t, "1", fmt.Sprintf(`subscription($c: ID!, $after: EventCursor) {
			commitmentEvents(commitment: $c, after: $after) {
			... on CommentPosted { comment {%s} } } }`, repeated(200, "body")), map[string]any{
			"c": st.Names["commitment"], "after": testsite.StreamCursor(t, st.Site, st.Names["commitment"]),
		})

		body := strings.Repeat("< > &", 200)
		st.Must(t, st.Cast["bob"].Token, `mutation($c: ID!, $b: String!) {
			postComment(input: {subject: $c, body: $b}) { comment { id } } }`,
			map[string]any{"c": st.Names["commitment"], "b": body}, nil)
		st.Pass()

		payload := string(k.Expect(t, "next").Payload)
		if n := strings.Count(payload, body); n != 200 || len(payload) > 200*len(body)+10_000 {
			t.Errorf("%d bytes, %d times the text: %.300s", len(payload), n, payload)
		}
	})
}
