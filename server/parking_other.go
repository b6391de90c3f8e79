//go:build !linux

package server

import "log/slog"

func newParking(*slog.Logger) parking { return inGoroutines{} }
