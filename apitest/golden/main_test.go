// Package golden_test asks the operations of testdata in the middle of a story and compares the answers with those
// beside them: every root field of queries and mutations, over HTTP, on both databases.
// go test ./apitest/golden -update writes the answers anew.
package golden_test

import (
	"testing"

	"ensemble/internal/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }
