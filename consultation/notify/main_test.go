package notify_test

import (
	"testing"

	"ensemble/internal/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }
