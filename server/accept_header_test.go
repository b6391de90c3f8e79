package server

import (
	"net/http"
	"strings"
	"testing"
)

// Of two media types the client is given the one it prefers, and where it has no preference plain JSON.
func TestAcceptedOf(t *testing.T) {
	for accept, want := range map[string]string{
		"": plainJSON, "*/*": plainJSON, "text/html, */*;q=0.1": plainJSON, "application/json": plainJSON,
		"application/graphql-response+json":                         graphQLJSON,
		"application/graphql-response+json, application/json;q=0.9": graphQLJSON,
		"application/json, application/graphql-response+json":       plainJSON,
		"; ;": plainJSON,
		"application/json;q=0.5, application/graphql-response+json;q=0.6":            graphQLJSON,
		"application/json; q=0.2, */*;q=0.9":                                         graphQLJSON,
		"application/graphql-response+json;q=0, */*":                                 plainJSON,
		"application/*, text/html;q=0.3":                                             plainJSON,
		"application/graphql-response+json; charset=utf-8, application/json":         graphQLJSON,
		"text/html, application/xhtml+xml, application/xml;q=0.9, */*;q=0.8":         plainJSON,
		"APPLICATION/GraphQL-Response+JSON":                                          graphQLJSON,
		"application/json;q=nonsense, application/graphql-response+json;q=0.1":       graphQLJSON,
		"application/json;q=2, application/graphql-response+json;q=NaN, nonsense, ,": plainJSON,
		"text/html": "", "*/*;q=0": "", "application/xml, text/*": "",
	} {
		r := &http.Request{Header: http.Header{}}
		if accept != "" {
			r.Header.Set("Accept", accept)
		}

		if got := acceptedOf(r, plainJSON, graphQLJSON); got != want {
			t.Errorf("Accept %q: %q, want %q", accept, got, want)
		}
	}
}

// Languages are read in the client's order, up to a length and a number.
func TestPreferred(t *testing.T) {
	for header, want := range map[string]int{
		"": 0, "fr": 1, "fr, en": 2, "nonsense!!": 0, strings.Repeat("x", 501): 0,
		strings.Repeat("fr,", 20) + "en": maxLanguages,
	} {
		if got := preferred(header); len(got) != want {
			t.Errorf("%.20q: %v", header, got)
		}
	}
}
