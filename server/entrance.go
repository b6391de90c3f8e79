package server

import (
	"net/http"

	"github.com/vektah/gqlparser/v2/gqlerror"

	"ensemble/auth"
	"ensemble/consultation/message"
	"ensemble/limit"
	"ensemble/web"
)

// No request comes to the program without being taken from a budget of its address. Routes that have a budget of their
// own say so; all else is a page: files, redirects, and whatever paths and methods lead nowhere.

// paying marks a route whose handler takes each request from a budget itself.
type paying struct{ http.Handler }

// entrance leads to the routes of mux; whatever is not for one that is paying is paid as a page before mux sees it.
func (s *Server) entrance(mux *http.ServeMux, pages web.Site) http.Handler {
	paged := s.paged(mux, limit.AddressPages, pagesOf(pages))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if route, _ := mux.Handler(r); isPaying(route) { // of a redirect, that is not the route to which it leads
			mux.ServeHTTP(w, r)
			return
		}
		paged.ServeHTTP(w, r)
	})
}

func isPaying(route http.Handler) bool {
	_, is := route.(paying)
	return is
}

// fieldSize is how many bytes a field of the headers counts as besides its name and value: reading an empty one is
// work, too.
const fieldSize = 64

// weight returns how many requests one counts as before its body comes: one, and one more for each portion of what it
// asks for and of its headers.
func weight(r *http.Request) int {
	size := len(r.RequestURI)
	for name, values := range r.Header {
		for _, value := range values {
			size += fieldSize + len(name) + len(value)
		}
	}
	return 1 + portions(size)
}

// unpackedPages is how many pages one counts as that has to be unpacked: they are stored compressed.
const unpackedPages = 20

// pagesOf returns how many pages a request to the site counts as.
func pagesOf(site web.Site) func(*http.Request) int {
	return func(r *http.Request) int {
		if site.Unpacks(r) {
			return max(unpackedPages, weight(r))
		}
		return weight(r)
	}
}

// paged takes what is no GraphQL from this budget of the address that asks for it, as many times as weight says.
func (s *Server) paged(next http.Handler, budget string, weight func(*http.Request) int) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		address := s.addressOf(r)
		if err := s.take(r.Context(), budget, address, weight(r), false); err != nil {
			s.countRefusal(w, r, address)
			s.tooManyPages(w, r, err)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// tooManyPages answers with a page that says which limit is met and when to come back.
func (s *Server) tooManyPages(w http.ResponseWriter, r *http.Request, err error) {
	ctx := auth.WithLanguages(r.Context(), preferred(r.Header.Get("Accept-Language")))
	shown := s.errors().Present(ctx, err)
	retryAfter(w.Header(), gqlerror.List{shown})
	w.Header().Set("Cache-Control", "no-store")

	reader := auth.LanguagesFrom(ctx)
	p := page{
		Home: s.homeLink(message.SpokenTo(reader)), Site: s.Pages.Named(),
		Title: message.Say(reader, "This did not work"), Message: shown.Message,
		Code: limitOf(shown), RequestID: RequestID(ctx),
	}
	p.write(w, reader, http.StatusTooManyRequests)
}

// limitOf returns the name of the limit that an error as it is shown is about; "" when it is about none.
func limitOf(shown *gqlerror.Error) string {
	name, _ := shown.Extensions["limit"].(string)
	return name
}
