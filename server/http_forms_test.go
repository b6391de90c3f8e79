package server_test

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"testing"

	"ensemble/apitest/story"
	"ensemble/internal/testsite"
)

// asked returns the address of a GET with these parameters, given as names and values in turn.
func asked(parameters ...string) string {
	q := url.Values{}
	for i := 0; i < len(parameters); i += 2 {
		q.Set(parameters[i], parameters[i+1])
	}
	return "/graphql?" + q.Encode()
}

// jsonOf returns v as JSON.
func jsonOf(t *testing.T, v any) string {
	t.Helper()
	return string(testsite.Got(json.Marshal(v))(t))
}

// requestCase is a request by hand, and the status and the code of its answer.
type requestCase struct {
	name, method, path, body string
	header                   []string
	status                   int
	code                     string // "" when the operation is carried out
}

// good is a request that is carried out.
const good = `{"query": "{ __typename }"}`

// requestCases lists requests that are right, broken, too large, or of the wrong kind.
func requestCases(t *testing.T, st *story.Story) []requestCase {
	return slices.Concat(headCases(), bodyCases(), operationCases(t, st), addressCases())
}

// headCases lists methods and media types.
func headCases() []requestCase {
	return []requestCase{
		{"post", "POST", "/graphql", good, asJSON, 200, ""},
		{"post with a charset", "POST", "/graphql", good,
			[]string{"Content-Type", "Application/JSON; charset=utf-8"}, 200, ""},
		{"post as text", "POST", "/graphql", good, []string{"Content-Type", "text/plain"}, 415, "BAD_REQUEST"},
		{"post as form", "POST", "/graphql", "query=%7B__typename%7D",
			[]string{"Content-Type", "application/x-www-form-urlencoded"}, 415, "BAD_REQUEST"},
		{"post as file", "POST", "/graphql", good,
			[]string{"Content-Type", "multipart/form-data; boundary=x"}, 415, "BAD_REQUEST"},
		{"post as nothing", "POST", "/graphql", good, nil, 415, "BAD_REQUEST"},
		{"post as nonsense", "POST", "/graphql", good, []string{"Content-Type", "; ;"}, 415, "BAD_REQUEST"},
		{"post by a client that would rather speak HTTP/2", "POST", "/graphql", good,
			append(asJSON, "Connection", "Upgrade, HTTP2-Settings", "Upgrade", "h2c"), 200, ""},
		{"put", "PUT", "/graphql", good, asJSON, 405, "BAD_REQUEST"},
		{"delete", "DELETE", "/graphql", "", nil, 405, "BAD_REQUEST"},
	}
}

// bodyCases lists bodies that are no operation, and large ones.
func bodyCases() []requestCase {
	return []requestCase{
		{"no body", "POST", "/graphql", "", asJSON, 400, "BAD_REQUEST"},
		{"half a body", "POST", "/graphql", `{"query": "` + testsite.Secret, asJSON, 400, "BAD_REQUEST"},
		{"two bodies", "POST", "/graphql", good + good, asJSON, 400, "BAD_REQUEST"},
		{"a list", "POST", "/graphql", "[" + good + "]", asJSON, 400, "BAD_REQUEST"},
		{"a text", "POST", "/graphql", `"` + testsite.Secret + `"`, asJSON, 400, "BAD_REQUEST"},
		{"a number for a query", "POST", "/graphql", `{"query": 5}`, asJSON, 400, "BAD_REQUEST"},
		{"a list for variables", "POST", "/graphql", `{"query": "{ __typename }", "variables": []}`,
			asJSON, 400, "BAD_REQUEST"},
		{"a text for variables", "POST", "/graphql",
			`{"query": "{ __typename }", "variables": "` + testsite.Secret + `"}`, asJSON, 400, "BAD_REQUEST"},
		{"no UTF-8", "POST", "/graphql", "{\"query\": \"{ __typename }\", \"operationName\": \"\xff\"}",
			asJSON, 400, "BAD_REQUEST"},
		{"no UTF-8 in a variable", "POST", "/graphql",
			"{\"query\": \"query($v: String!) { process(slug: $v) { id } }\", " +
				"\"variables\": {\"v\": \"" + testsite.Secret + "\xc3\x28\"}}", asJSON, 400, "BAD_REQUEST"},
		{"too deep", "POST", "/graphql", good[:len(good)-1] + `,"variables":{"x":` + strings.Repeat("[", 100) +
			strings.Repeat("]", 100) + "}}", asJSON, 400, "BAD_REQUEST"},
		{"null", "POST", "/graphql", "null", asJSON, 400, "BAD_REQUEST"},
		{"nothing asked", "POST", "/graphql", "{}", asJSON, 400, "BAD_REQUEST"},
		{"nothing asked, for a modern client", "POST", "/graphql", "{}",
			append(asJSON, "Accept", "application/graphql-response+json"), 400, "BAD_REQUEST"},

		{"a megabyte", "POST", "/graphql", good + strings.Repeat(" ", 1<<20-len(good)), asJSON, 200, ""},
		{"more than a megabyte", "POST", "/graphql", good + strings.Repeat(" ", 1<<20-len(good)+1),
			asJSON, 413, "BAD_REQUEST"},
		{"much more than a megabyte", "POST", "/graphql", strings.Repeat(testsite.Secret, 1<<19),
			asJSON, 413, "BAD_REQUEST"},
	}
}

// operationCases lists operations that are not to be chosen, or not without a stream.
func operationCases(t *testing.T, st *story.Story) []requestCase {
	return []requestCase{
		{"unknown operation", "POST", "/graphql", `{"query": "query A { __typename }", "operationName": "B"}`,
			asJSON, 200, "GRAPHQL_VALIDATION_FAILED"},
		{"one of two operations", "POST", "/graphql",
			`{"query": "query A { __typename } query B { zib: __typename }", "operationName": "B"}`, asJSON, 200, ""},
		{"subscription without a socket", "POST", "/graphql", jsonOf(t, map[string]any{
			"query": `subscription { commitmentEvents(commitment: "` + st.Names["commitment"] + `") { id } }`,
		}), asJSON, 400, "BAD_REQUEST"},
	}
}

// addressCases lists operations in the address of a GET.
func addressCases() []requestCase {
	return []requestCase{
		{"get", "GET", asked("query", "{ __typename }"), "", nil, 200, ""},
		{"get with variables", "GET",
			asked("query", "query($id: ID!) { node(id: $id) { id } }", "variables", `{"id": "x"}`), "", nil, 200, ""},
		{"get one of two operations", "GET",
			asked("query", "query A { __typename } query B { __typename }", "operationName", "A"), "", nil, 200, ""},
		{"get nothing", "GET", "/graphql", "", nil, 400, "BAD_REQUEST"},
		{"get with half variables", "GET", asked("query", "{ __typename }", "variables", "{"),
			"", nil, 400, "BAD_REQUEST"},
		{"get with a list for variables", "GET", asked("query", "{ __typename }", "variables", "[]"),
			"", nil, 400, "BAD_REQUEST"},
		{"get with deep variables", "GET", asked("query", "{ __typename }", "variables", strings.Repeat("[", 101)),
			"", nil, 400, "BAD_REQUEST"},
		{"get with half extensions", "GET", asked("query", "{ __typename }", "extensions", "{"),
			"", nil, 400, "BAD_REQUEST"},
		{"get with a bad escape", "GET", "/graphql?query=%zz", "", nil, 400, "BAD_REQUEST"},
		{"get without UTF-8", "GET", "/graphql?query=%7B+process(slug:+%22%ff%22)+%7B+id+%7D+%7D",
			"", nil, 400, "BAD_REQUEST"},
		{"get with variables that are no UTF-8", "GET",
			"/graphql?query=%7B+__typename+%7D&variables=%7B%22x%22:%22%ff%22%7D", "", nil, 400, "BAD_REQUEST"},

		// What is not asked by GET.
		{"subscription by GET", "GET",
			asked("query", `subscription { commitmentEvents(commitment: "x") { id } }`), "", nil, 400, "BAD_REQUEST"},
		{"mutation by GET", "GET", asked("query", "mutation { signOut { endedSessions } }"),
			"", nil, 405, "BAD_REQUEST"},
	}
}

// A request that cannot be carried out is answered as GraphQL answers: with a code, a status that fits, and nothing of
// what was sent. No request of these changes anything.
func TestRequests(t *testing.T) {
	story.Each(t, func(t *testing.T, st *story.Story) {
		for _, c := range requestCases(t, st) {
			t.Run(c.name, func(t *testing.T) {
				before := st.State(t)
				a := st.Request(t, c.method, c.path, c.body, c.header...)
				if a.Status != c.status || a.Code() != c.code {
					t.Errorf("status %d, code %q: %.300s", a.Status, a.Code(), a.Raw)
				}

				testsite.WantSoundErrors(t, a)
				if strings.Contains(a.Raw, testsite.Secret) {
					t.Errorf("it echoes: %.300s", a.Raw)
				}
				if media := a.Header.Get("Content-Type"); !strings.HasSuffix(media, "json; charset=utf-8") {
					t.Errorf("media type %q", media)
				}
				if allow := a.Header.Get("Allow"); (allow == "") != (a.Status != 405) {
					t.Errorf("allows %q", allow)
				}

				if st.State(t) != before {
					t.Error("something changed")
				}
			})
		}
	})
}

// An answer is of the media type that was asked for. TestAcceptedOf has more of what clients may write.
func TestMediaTypes(t *testing.T) {
	s := serve(t, nil)
	for accept, want := range map[string]string{
		"":                                  "application/json",
		"application/json":                  "application/json",
		"application/graphql-response+json": "application/graphql-response+json",
	} {
		a := s.request(t, "POST", "/graphql", `{"query": "{ __typename }"}`, append(asJSON, "Accept", accept)...)

		if got := a.Header.Get("Content-Type"); got != want+"; charset=utf-8" || a.StatusCode != 200 {
			t.Errorf("Accept %q: %d %q", accept, a.StatusCode, got)
		}
	}
}

// A client that takes no media type of ours is refused.
func TestHTTPNotAcceptable(t *testing.T) {
	s := serve(t, nil)
	for accept, want := range map[string]int{
		"text/html":               406,
		"application/json;q=0":    406,
		"*/*;q=0":                 406,
		"application/xml, text/*": 406,
		"text/event-stream":       406,
		"application/json;q=0, application/*;q=0.1": 200,
	} {
		got := s.status(t, "POST", "/graphql", `{"query": "{ __typename }"}`, append(asJSON, "Accept", accept)...)
		if got != want {
			t.Errorf("Accept %q: %d", accept, got)
		}
	}
}
