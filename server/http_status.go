package server

import (
	"net/http"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/errcode"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"ensemble/consultation/refusal"
	"ensemble/graph"
)

// outcome is what came of a request, as far as the HTTP status says it.
type outcome int

const (
	answered    outcome = iota // with data, maybe null
	partial                    // with data and errors
	unreadable                 // no JSON
	malformed                  // JSON, but not that of a GraphQL request
	unparsed                   // its document is no GraphQL
	invalid                    // there is no such operation in our schema, or it is too large, or not with these variables
	unknownHash                // of a persisted query: the client will send the query itself
	unstreamed                 // a subscription, of which one answer would be none
	unaccepted                 // unparsed or invalid, where the answers would have come on a stream
	failed                     // an operation that could not begin, by a fault of ours
	badMethod
	badMediaType
	unacceptable
	tooLarge
	tooSlow
	busy // too many sockets, or a budget is spent
	stopping
	notFound
	conflict
	otherHTTP // than 1
)

// status is one line of the table below.
type status struct {
	plain, modern int // by the media type of the answer: application/json or application/graphql-response+json
	draft         int // of either, by the newer draft
}

// statuses has three readings of one specification, GraphQL over HTTP. The first two columns are what clients know, and
// what graphql-http's audit wants; the last is what the draft says since 2026. Elsewhere HTTP leaves no choice.
var statuses = [...]status{
	answered:     {200, 200, 200},
	partial:      {200, 200, 294},
	unreadable:   {400, 400, 400},
	malformed:    {400, 400, 422},
	unparsed:     {200, 400, 400},
	invalid:      {200, 400, 422},
	unknownHash:  {200, 400, 422},
	unstreamed:   {400, 400, 422},
	unaccepted:   {400, 400, 422},
	failed:       {200, 500, 500},
	badMethod:    same(http.StatusMethodNotAllowed),
	badMediaType: same(http.StatusUnsupportedMediaType),
	unacceptable: same(http.StatusNotAcceptable),
	tooLarge:     same(http.StatusRequestEntityTooLarge),
	tooSlow:      same(http.StatusRequestTimeout),
	busy:         same(http.StatusTooManyRequests),
	stopping:     same(http.StatusServiceUnavailable),
	notFound:     same(http.StatusNotFound),
	conflict:     same(http.StatusConflict),
	otherHTTP:    same(http.StatusHTTPVersionNotSupported),
}

// same returns the line of an outcome for which all readings have one status.
func same(code int) status { return status{code, code, code} }

// of returns the HTTP status of an answer of this media type.
func (o outcome) of(media string, draft bool) int {
	switch s := statuses[o]; {
	case draft:
		return s.draft
	case media == graphQLJSON:
		return s.modern
	default:
		return s.plain
	}
}

// outcomeOf a response.
func outcomeOf(response *graphql.Response) outcome {
	switch {
	case response.Data == nil:
		return outcomeOfErrors(response.Errors)
	case len(response.Errors) > 0 && string(response.Data) != "null":
		return partial
	}
	return answered
}

// outcomeOfErrors returns the outcome of an operation that has errors and no data.
func outcomeOfErrors(errs gqlerror.List) outcome {
	for _, e := range errs {
		if refusal.CodeOf(e) == refusal.RateLimited {
			return busy
		}

		switch e.Extensions["code"] {
		case errcode.ParseFailed:
			return unparsed
		case "PERSISTED_QUERY_NOT_FOUND":
			return unknownHash
		case graph.InternalError:
			return failed
		}
	}

	return invalid
}
