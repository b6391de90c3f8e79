package server

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"os"
	"strings"
	"unicode/utf8"

	"github.com/99designs/gqlgen/graphql"
)

// paramsOf reads the operation that a request asks for, by POST or GET, or returns why it cannot be read. What is large
// is paid for before it is decoded.
func (s *Server) paramsOf(r *http.Request) (*graphql.RawParams, *rejection) {
	start := graphql.Now()

	var params *graphql.RawParams
	var no *rejection

	switch r.Method {
	case http.MethodPost:
		params, no = s.readBody(r)
	case http.MethodGet:
		params, no = readURL(r.URL)
	default:
		no = &rejection{outcome: badMethod, message: "Use POST or GET.", allow: "GET, POST"}
	}

	if no != nil {
		return nil, no
	}

	if params.Query == "" && params.Extensions["persistedQuery"] == nil && params.Extensions[documentIDName] == nil {
		return nil, &rejection{outcome: malformed, message: "The query is missing."}
	}

	params.Headers = r.Header
	params.ReadTime = graphql.TraceTiming{Start: start, End: graphql.Now()}
	return params, nil
}

// readBody reads the operation in the body of a POST, or returns why it cannot be read.
func (s *Server) readBody(r *http.Request) (*graphql.RawParams, *rejection) {
	given := r.Header.Get("Content-Type")
	media, _, err := mime.ParseMediaType(given[:min(len(given), maxAccept)])
	if err != nil || media != plainJSON || len(given) > maxAccept {
		return nil, &rejection{outcome: badMediaType, message: "The Content-Type must be application/json."}
	}

	body, no := s.readPaid(r)
	if no != nil {
		return nil, no
	}
	if !utf8.Valid(body) {
		return nil, &rejection{outcome: unreadable, message: "The body is not valid UTF-8."}
	}

	done, err := s.turnForBytes(r.Context(), len(body))
	if err != nil {
		return nil, &rejection{outcome: busy, refused: err}
	}
	defer done()

	return readParams(body)
}

// atOnce is how many bytes of a body are read, and stay in memory, before they are paid for.
const atOnce = 8 * portion

// chunkedWeight is how many bytes one counts as of a body that does not announce its length: it comes in chunks, maybe
// of one byte each, which are sent as six and take longer to read.
const chunkedWeight = 4

// readPaid reads the body of a request, and takes what it costs from budgets as it comes: of somebody who sends slowly no
// more is kept than they have paid for.
func (s *Server) readPaid(r *http.Request) ([]byte, *rejection) {
	each := 1
	if r.ContentLength < 0 {
		each = chunkedWeight
	}

	var body bytes.Buffer
	for paid := 0; ; paid = body.Len() {
		_, err := io.CopyN(&body, r.Body, atOnce)
		if _, large := errors.AsType[*http.MaxBytesError](err); large {
			return nil, tooLargeBody(r.ContentLength)
		}
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return nil, &rejection{outcome: tooSlow, message: "The request took too long to arrive."}
		}
		if err != nil && err != io.EOF {
			return nil, &rejection{outcome: unreadable, message: "The body is not valid UTF-8."}
		}

		if no := s.payPortions(r, portions(each*body.Len())-portions(each*paid)); no != nil {
			return nil, no
		}
		if err == io.EOF {
			return body.Bytes(), nil
		}
	}
}

// tooLargeBody rejects a body of so many bytes; of more than it may have when the number is not known.
func tooLargeBody(bytes int64) *rejection {
	if bytes > maxBody {
		return &rejection{outcome: tooLarge, refused: beyond("bodySize", maxBody,
			"The request has %d bytes; %d are allowed.", bytes, maxBody)}
	}
	return &rejection{outcome: tooLarge, refused: beyond("bodySize", maxBody,
		"The request has more than %d bytes.", maxBody)}
}

// tooDeep rejects JSON that is too deep to be decoded.
func tooDeep() *rejection {
	return &rejection{outcome: malformed, refused: beyond("levels", maxLevels, "JSON may be %d levels deep.", maxLevels)}
}

// tooMany rejects JSON that has too many values to be decoded.
func tooMany() *rejection {
	return &rejection{
		outcome: malformed, refused: beyond("values", maxValues, "JSON may have %d values.", maxValues),
	}
}

// readURL reads the operation in the address of a GET, or returns why it cannot be read.
func readURL(u *url.URL) (*graphql.RawParams, *rejection) {
	q, err := url.ParseQuery(u.RawQuery)
	params := &graphql.RawParams{Query: q.Get("query"), OperationName: q.Get("operationName")}

	if err != nil || !isText(q) || !isOnce(q) {
		return nil, &rejection{outcome: unreadable, message: "The address is not that of a GraphQL request."}
	}

	for name, into := range map[string]*map[string]any{
		"variables": &params.Variables, "extensions": &params.Extensions,
	} {
		if given := q.Get(name); given != "" {
			if no := decode(given, into); no != nil {
				return nil, no
			}
		}
	}

	withDocumentID(params, q.Get(documentIDName))
	return params, nil
}

// isText reports whether what an address says is UTF-8.
func isText(q url.Values) bool {
	for name, values := range q {
		if !utf8.ValidString(name) || !utf8.ValidString(strings.Join(values, "")) {
			return false
		}
	}
	return true
}

// isOnce reports whether an address gives each parameter once.
func isOnce(q url.Values) bool {
	for _, values := range q {
		if len(values) > 1 {
			return false
		}
	}
	return true
}

// readParams reads the JSON of a GraphQL request, or returns why it cannot be read.
func readParams(request []byte) (*graphql.RawParams, *rejection) {
	var given struct {
		Query         *string        `json:"query"`
		OperationName string         `json:"operationName"`
		Variables     map[string]any `json:"variables"`
		Extensions    map[string]any `json:"extensions"`
		DocumentID    string         `json:"documentId"`
	}

	no := decode(request, &given)
	switch {
	case no != nil && no.outcome == malformed && strings.HasPrefix(strings.TrimLeft(string(request), " \t\r\n"), "["):
		return nil, &rejection{outcome: malformed, message: "Operations are sent one by one, not as a list."}
	case no != nil:
		return nil, no
	case given.Query == nil && given.Extensions == nil && given.DocumentID == "":
		return nil, &rejection{outcome: malformed, message: "The query is missing."}
	}

	params := &graphql.RawParams{
		OperationName: given.OperationName, Variables: given.Variables, Extensions: given.Extensions,
	}
	if given.Query != nil {
		params.Query = *given.Query
	}

	withDocumentID(params, given.DocumentID)
	params.ReadTime.Start = graphql.Now()
	params.ReadTime.End = params.ReadTime.Start
	return params, nil
}
