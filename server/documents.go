package server

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"ensemble/consultation/refusal"
)

// Documents are the only ones that run on a site that trusts no others. Clients name one by its id, or send its text.
type Documents struct{ byID map[string]string }

// UntrustedDocument is the code of whatever is not among them. Apollo's servers have the same.
const UntrustedDocument = refusal.Code("PERSISTED_QUERY_NOT_IN_LIST")

// apolloManifest is what @apollo/generate-persisted-query-manifest writes. Relay's compiler writes a map from ids to
// texts.
type apolloManifest struct {
	Format     string `json:"format"`
	Version    int    `json:"version"`
	Operations []struct {
		ID   string `json:"id"`
		Body string `json:"body"`
	} `json:"operations"`
}

const apolloFormat = "apollo-persisted-query-manifest"

// ReadDocuments reads a manifest of either kind. Each document also goes by the SHA-256 of its text.
func ReadDocuments(r io.Reader) (*Documents, error) {
	raw, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}

	d := &Documents{byID: map[string]string{}}
	var apollo apolloManifest
	var relay map[string]string

	switch {
	case json.Unmarshal(raw, &apollo) == nil && apollo.Format != "":
		if apollo.Format != apolloFormat || apollo.Version != 1 {
			return nil, fmt.Errorf("want version 1 of the format %s", apolloFormat)
		}
		for _, o := range apollo.Operations {
			d.add(o.ID, o.Body)
		}
	case json.Unmarshal(raw, &relay) == nil:
		for id, text := range relay {
			d.add(id, text)
		}
	default:
		return nil, errors.New("want a manifest of Apollo, or a JSON object from ids to documents as Relay writes it")
	}

	if len(d.byID) == 0 {
		return nil, errors.New("the manifest has no documents: nothing would run")
	}

	return d, nil
}

// add lets a document run, by its id and by the hash of its text. It leaves out entries without an id or a text.
func (d *Documents) add(id, text string) {
	if id != "" && text != "" {
		d.byID[id], d.byID[hashOf(text)] = text, text
	}
}

// hashOf returns the SHA-256 of a text in hexadecimal digits, as clients of persisted queries send it.
func hashOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// find returns the document that a request means; "sha256:" before an id is as the draft of GraphQL over HTTP writes
// it.
func (d *Documents) find(params *graphql.RawParams) (text string, known bool) {
	if id := documentID(params); id != "" {
		text, known = d.byID[strings.TrimPrefix(id, "sha256:")]
		return text, known && (params.Query == "" || params.Query == text)
	}
	text, known = d.byID[hashOf(params.Query)]
	return text, known
}

// documentID returns how a request names its document: documentId, or what Apollo's clients say of a persisted query.
func documentID(params *graphql.RawParams) string {
	if id, ok := params.Extensions[documentIDName].(string); ok {
		return id
	}
	return persistedHash(params.Extensions)
}

// documentIDName is where readers of requests put the parameter documentId.
const documentIDName = "documentId"

// withDocumentID notes the parameter.
func withDocumentID(params *graphql.RawParams, id string) {
	if id == "" {
		return
	}
	if params.Extensions == nil {
		params.Extensions = map[string]any{}
	}
	params.Extensions[documentIDName] = id
}

// trust puts the document in the place of its id. Errors: PERSISTED_QUERY_NOT_IN_LIST.
func (d *Documents) trust(params *graphql.RawParams) *gqlerror.Error {
	text, known := d.find(params)
	if !known {
		return gqlerror.Wrap(&refusal.Error{
			Code: UntrustedDocument, Message: "Only documents that this site knows run here.",
		})
	}
	params.Query = text
	return nil
}
