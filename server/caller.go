package server

import (
	"context"
	"net/http"

	"ensemble/auth"
	"ensemble/consultation/people"
	"ensemble/consultation/refusal"
)

// identified puts the viewer and the languages of a request in its context. A bad token in the Authorization header
// is answered with 401; a bad cookie counts as none, so that pages still open.
func (s *Server) identified(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx := auth.WithLanguages(r.Context(), preferred(r.Header.Get("Accept-Language")))
		ctx = auth.WithDevice(ctx, deviceOf(r.UserAgent()))

		viewer, err := s.viewer(ctx, r)
		if err != nil {
			s.refuse(ctx, w, err)
			return
		}

		sawViewer(ctx, viewer.UserID)
		next.ServeHTTP(w, r.WithContext(auth.WithViewer(ctx, viewer)))
	})
}

// viewer returns who sends a request. A bearer token that is not valid is refused; a cookie that is not valid any more
// makes its sender a visitor, since browsers send it without being asked. A header that is no bearer token is refused, too,
// with a cookie beside it or not. Errors: UNAUTHENTICATED for a bearer token;
// those of the database.
func (s *Server) viewer(ctx context.Context, r *http.Request) (auth.Viewer, error) {
	if header := r.Header.Values("Authorization"); len(header) > 0 {
		return s.bearer(ctx, header[0])
	}

	token := s.cookieToken(r)
	if token == "" {
		return auth.Viewer{}, nil
	}

	viewer, err := s.Consultation.Viewer(ctx, token)
	if refusal.CodeOf(err) == refusal.Unauthenticated {
		return auth.Viewer{}, nil
	}

	return viewer, err
}

// tokenOf returns the token of a request, without asking whether it is valid.
func (s *Server) tokenOf(r *http.Request) string {
	if token, ok := auth.BearerToken(r.Header.Get("Authorization")); ok {
		return token
	}
	return s.cookieToken(r)
}

// bearer returns whose token is in an Authorization header, or in the field of connection_init that corresponds to it.
func (s *Server) bearer(ctx context.Context, header string) (auth.Viewer, error) {
	token, ok := auth.BearerToken(header)
	if !ok {
		return auth.Viewer{}, people.ErrToken
	}
	return s.Consultation.Viewer(ctx, token)
}
