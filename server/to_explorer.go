package server

import (
	"net/http"

	"github.com/gorilla/websocket"
)

// toExplorer leads a browser whose address line has the API's address to the explorer. What asks for anything, or rather
// has JSON than a page, goes on to the API.
func (s *Server) toExplorer(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !s.Pages.NoExplorer && r.Method == http.MethodGet && r.URL.RawQuery == "" && !websocket.IsWebSocketUpgrade(r) &&
			acceptedOf(r, plainJSON, graphQLJSON, "text/html") == "text/html" {
			http.Redirect(w, r, "/explorer", http.StatusSeeOther)
			return
		}
		next.ServeHTTP(w, r)
	})
}
