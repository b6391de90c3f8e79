// Package differential_test asks generated operations of the server and of an oracle, graphql-js with naive resolvers
// over the same rows (web/test/oracle.mjs), and compares the answers.
//
// It is frozen to the lists, orders, cursors and visibility of the nouns that it knows. A new noun is not added to it:
// golden files and apitest/lists test those.
package differential_test

import (
	"testing"

	"ensemble/internal/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }
