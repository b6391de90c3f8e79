// Package badinput_test sends what is wrong (values, forms, cursors, credentials) and asks that it is refused with its
// code and field, that nothing of our inside shows, and that nothing has changed.
package badinput_test

import (
	"testing"

	"ensemble/internal/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }
