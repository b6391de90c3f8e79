// Package lists_test reads every list of the API in pages, forward and backward, in each of its orders, while rows come
// and go; and counts the statements that pages make the database execute.
package lists_test

import (
	"testing"

	"ensemble/internal/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }
