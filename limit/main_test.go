package limit

import (
	"os"
	"testing"

	"ensemble/internal/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }

// write writes text to a file that only we may read.
func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
