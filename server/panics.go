package server

import (
	"log/slog"
	"net/http"
)

// recovered answers a panic outside of GraphQL with a neutral 500 or, when half an answer is out, cuts the connection.
func recovered(logger *slog.Logger, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			cause := recover()
			if cause != nil && cause != http.ErrAbortHandler {
				logger.ErrorContext(r.Context(), "panic", slog.Any("panic", cause))
			}

			switch seen, _ := w.(*statusWriter); {
			case cause == nil:
			case cause == http.ErrAbortHandler, seen != nil && seen.status != 0:
				panic(http.ErrAbortHandler)
			default:
				http.Error(w, "internal server error, request "+RequestID(r.Context()), http.StatusInternalServerError)
			}
		}()

		next.ServeHTTP(w, r)
	})
}
