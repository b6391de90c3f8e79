//go:build !linux

package server

import (
	"log/slog"
	"time"
)

func newParking(*slog.Logger) parking { return inGoroutines{} }

func giveUpAfter(*socket, time.Duration) {}
