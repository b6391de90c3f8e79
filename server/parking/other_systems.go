//go:build !linux

package parking

import (
	"log/slog"
	"net"
	"time"
)

// New returns the best Lot that there is here: a goroutine waits for each socket.
func New(*slog.Logger) Lot { return Goroutines{} }

// GiveUpAfter does nothing: only Linux has such an option.
func GiveUpAfter(*net.TCPConn, time.Duration) {}
