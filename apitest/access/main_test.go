// Package access_test asks who may do, read and watch what: each mutation, each field and each subscription as each
// kind of caller, compared with the tables in testdata and with the table of permissions; and that what is not public
// looks absent.
package access_test

import (
	"testing"

	"ensemble/internal/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }
