// Package live_test subscribes: what comes, to whom, in which order, and what is found after coming back, on one server
// and on several. Frames and connections are tested in package server, the hub in package live.
package live_test

import (
	"testing"

	"ensemble/internal/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }
