package testenv

import (
	"sync"
	"testing"
)

// parallels has the tests that called Parallel and have not ended.
var parallels sync.Map

// Parallel lets t run beside other tests, as t.Parallel does, but may be called again in the same test. A test that
// changes the environment or a package's variables must not call it.
func Parallel(t *testing.T) {
	t.Helper()
	if _, again := parallels.LoadOrStore(t, true); again {
		return
	}
	t.Cleanup(func() { parallels.Delete(t) })
	t.Parallel()
}
