package graph

import (
	"strings"

	"ensemble/ent"
	"ensemble/graph/model"
)

// scopesOf returns the scopes of a token as the schema writes them, in capital letters. Tables and rules write them in
// small letters.
func scopesOf(t *ent.AccessToken) []model.AccessTokenScope {
	var scopes []model.AccessTokenScope
	for scope := range strings.SplitSeq(t.Scopes, ",") {
		scopes = append(scopes, model.AccessTokenScope(strings.ToUpper(scope)))
	}
	return scopes
}

// scopesNamed returns scopes as tables and rules write them, in small letters.
func scopesNamed(scopes []model.AccessTokenScope) []string {
	var names []string
	for _, scope := range scopes {
		names = append(names, strings.ToLower(string(scope)))
	}
	return names
}

// unlessEmpty returns s, or nil when it is empty.
func unlessEmpty(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
