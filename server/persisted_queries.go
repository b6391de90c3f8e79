package server

import (
	"context"
	"encoding/json"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/errcode"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"ensemble/bounded"
)

// persistedBytes bounds the documents that are known by their hash.
const persistedBytes = 8 << 20

// persisted are documents that go by their hash: a client that has sent one with it sends the hash alone afterwards. A
// document is known once it was valid and within the limits. Source:
// https://www.apollographql.com/docs/apollo-server/performance/apq
type persisted struct{ texts *bounded.Cache[string] }

// find puts the document in the place of its hash. Errors: PERSISTED_QUERY_NOT_FOUND; BAD_REQUEST when the hash is that
// of something else.
func (p persisted) find(params *graphql.RawParams) *gqlerror.Error {
	extension := params.Extensions["persistedQuery"]
	if extension == nil {
		return nil
	}

	said, ok := extension.(map[string]any)
	if !ok {
		return gqlerror.Errorf("invalid APQ extension data")
	}
	if version, _ := said["version"].(json.Number); version != "1" {
		return gqlerror.Errorf("unsupported APQ version")
	}

	hash := persistedHash(params.Extensions)
	if params.Query != "" {
		if hashOf(params.Query) != hash {
			return gqlerror.Errorf("provided APQ hash does not match query")
		}
		return nil
	}

	text, known := p.texts.Get(hash)
	if !known {
		err := gqlerror.Errorf("PersistedQueryNotFound")
		errcode.Set(err, "PERSISTED_QUERY_NOT_FOUND")
		return err
	}
	params.Query = text
	return nil
}

// rememberPersisted is a handler extension that remembers documents which came with their hash; find has compared the
// two.
type rememberPersisted struct{ persisted }

// ExtensionName implements graphql.HandlerExtension.
func (rememberPersisted) ExtensionName() string { return "AutomaticPersistedQuery" }

// Validate implements graphql.HandlerExtension.
func (rememberPersisted) Validate(graphql.ExecutableSchema) error { return nil }

// MutateOperationContext implements graphql.OperationContextMutator; it changes nothing.
func (p rememberPersisted) MutateOperationContext(_ context.Context, op *graphql.OperationContext) *gqlerror.Error {
	if hash := persistedHash(op.Extensions); hash != "" {
		p.texts.Add(hash, op.RawQuery, len(op.RawQuery))
	}
	return nil
}

// persistedHash returns the hash that a request gives for its document; "" when it gives none.
func persistedHash(extensions map[string]any) string {
	said, _ := extensions["persistedQuery"].(map[string]any)
	hash, _ := said["sha256Hash"].(string)
	return hash
}
