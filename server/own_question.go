package server

import (
	"bytes"
	"encoding/json"
	"net/http"

	"golang.org/x/text/language"
)

// Pages that show nodes ask the API itself, as whoever opens them: what they show, what it costs and what is refused are
// the same as for any client.

// sendersHeaders say who sends a request, and from where. Others, such as Upgrade, are about the page.
var sendersHeaders = []string{
	"Authorization", "Cookie", "Origin", "Sec-Fetch-Site", "User-Agent", "X-Forwarded-For",
}

// askItself asks the API, for the sender of a request and in a language, and reads the data of the answer into into. It
// returns the status of the answer, and notes in the page's header when to come back where that is said.
func (s *Server) askItself(api http.Handler, w http.ResponseWriter, r *http.Request, lang language.Tag, query string,
	variables map[string]any, into any,
) (status int) {
	body := toJSON(map[string]any{"query": query, "variables": variables})
	asked, err := http.NewRequestWithContext(r.Context(), http.MethodPost, "/graphql", bytes.NewReader(body))
	if err != nil {
		return http.StatusInternalServerError
	}

	asked.Host, asked.RemoteAddr = r.Host, r.RemoteAddr
	for _, name := range sendersHeaders {
		asked.Header[name] = r.Header[name]
	}
	asked.Header.Set("Content-Type", plainJSON)
	asked.Header.Set("Accept", graphQLJSON)
	asked.Header.Set("Accept-Language", lang.String())

	answer := &kept{header: http.Header{}, status: http.StatusOK}
	api.ServeHTTP(answer, asked)

	var given struct {
		Data json.RawMessage `json:"data"`
	}
	if answer.status != http.StatusOK {
		if after := answer.header.Get("Retry-After"); after != "" {
			w.Header().Set("Retry-After", after)
		}
		return answer.status
	}
	if json.Unmarshal(answer.body.Bytes(), &given) != nil || json.Unmarshal(given.Data, into) != nil {
		return http.StatusInternalServerError
	}
	return http.StatusOK
}

// kept keeps an answer in memory. It implements http.ResponseWriter.
type kept struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// Header implements http.ResponseWriter.
func (k *kept) Header() http.Header { return k.header }

// WriteHeader implements http.ResponseWriter.
func (k *kept) WriteHeader(status int) { k.status = status }

// Write implements http.ResponseWriter.
func (k *kept) Write(b []byte) (int, error) { return k.body.Write(b) }
