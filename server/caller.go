package server

import (
	"context"
	"maps"
	"net/http"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"golang.org/x/text/language"

	"ensemble/auth"
	"ensemble/consultation/message"
	"ensemble/consultation/people"
	"ensemble/consultation/refusal"
)

// identified puts the viewer and the languages of a request in its context. A header that is no token is answered with
// 401; a token that is not valid any more makes its sender a visitor, who is told so: what everybody may see is
// answered.
func (s *Server) identified(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx := auth.WithLanguages(r.Context(), languagesOf(r))
		ctx = auth.WithDevice(ctx, deviceOf(r.UserAgent()))

		viewer, unused, err := s.viewer(ctx, r)
		if err != nil {
			s.refuse(ctx, w, err)
			return
		}

		sawViewer(ctx, viewer.UserID)
		ctx = context.WithValue(auth.WithViewer(ctx, viewer), unusedKey{}, unused)
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

// unused says why credentials that came with a request, or with connection_init, do not count. Then whoever sent them
// is answered as a visitor, and told the code and a message in the answer's extensions.
type unused string

const (
	sessionEnded  unused = "SESSION_ENDED"  // the token is not valid any more, or never was
	cookieIgnored unused = "COOKIE_IGNORED" // the cookie comes from a page of another origin
)

type unusedKey struct{}

// explained returns what clients are told, nil when the credentials count or there are none.
func (u unused) explained(reader []language.Tag) map[string]any {
	why := ""
	switch u {
	case sessionEnded:
		why = message.Say(reader, "The session has ended. Sign in again.")
	case cookieIgnored:
		why = message.Say(reader, "The cookie does not count: the page has another origin than the site. "+
			"Name it in ENSEMBLE_ORIGINS, or send a token.")
	default:
		return nil
	}
	return map[string]any{"credentials": map[string]any{"code": string(u), "message": why}}
}

// explainUnused adds to answers why the caller's credentials do not count.
func explainUnused(ctx context.Context, next graphql.OperationHandler) graphql.ResponseHandler {
	u, _ := ctx.Value(unusedKey{}).(unused)
	if u == "" || graphql.GetOperationContext(ctx).Operation.Operation == ast.Subscription {
		return next(ctx)
	}
	return explaining(next(ctx), u)
}

func explaining(next graphql.ResponseHandler, u unused) graphql.ResponseHandler {
	return func(ctx context.Context) *graphql.Response {
		response := next(ctx)
		if response != nil {
			extensions := u.explained(auth.LanguagesFrom(ctx))
			maps.Copy(extensions, response.Extensions)
			response.Extensions = extensions
		}
		return response
	}
}

// viewer returns who sends a request, and why the credentials in it do not count, if they do not. A header that cannot
// be a token is refused, with a cookie beside it or not. Errors: UNAUTHENTICATED; those of the database.
func (s *Server) viewer(ctx context.Context, r *http.Request) (auth.Viewer, unused, error) {
	if header := r.Header.Values("Authorization"); len(header) > 0 {
		return s.bearer(ctx, header[0])
	}

	token := s.cookieToken(r)
	if token == "" {
		return auth.Viewer{}, s.whyNoCookie(r), nil
	}
	return s.viewerOf(ctx, token)
}

// viewerOf returns whose token it is: nobody's, and why, when it is not valid any more.
func (s *Server) viewerOf(ctx context.Context, token string) (auth.Viewer, unused, error) {
	viewer, err := s.Consultation.Viewer(ctx, token)
	if refusal.CodeOf(err) == refusal.Unauthenticated {
		return auth.Viewer{}, sessionEnded, nil
	}
	return viewer, "", err
}

// tokenOf returns the token of a request, without asking whether it is valid.
func (s *Server) tokenOf(r *http.Request) string {
	if token, ok := auth.BearerToken(r.Header.Get("Authorization")); ok {
		return token
	}
	return s.cookieToken(r)
}

// bearer returns whose token is in an Authorization header, or in the field of connection_init that corresponds to it.
func (s *Server) bearer(ctx context.Context, header string) (auth.Viewer, unused, error) {
	token, ok := auth.BearerToken(header)
	if !ok || !auth.IsToken(token) {
		return auth.Viewer{}, "", people.ErrToken
	}
	return s.viewerOf(ctx, token)
}
