package server

import (
	"context"
	"crypto/subtle"
	"net/http"
	"time"

	"ensemble/auth"
	"ensemble/consultation/people"
	"ensemble/consultation/refusal"
	"ensemble/server/openid"
)

// A browser goes to a provider and comes back:
//
//	GET /auth/oidc/NAME/start?return=/path   to the provider; with link=1 to link it to the account that is signed in
//	GET /auth/oidc/NAME/callback             back, signed in, and on to /path
//	GET /auth/oidc/NAME/logout?return=/path  ends the session, here and there
//	GET /auth/oidc/NAME/signed-out           back from there, and on to /path

// openID adds the routes of signing in with a provider.
func (s *Server) openID(mux *http.ServeMux) {
	for page, answer := range map[string]func(*visit) error{
		"start": (*visit).start, "callback": (*visit).callback, "logout": (*visit).logout,
		"signed-out": (*visit).signedOut,
	} {
		handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.visit(w, r, answer) })
		mux.Handle("GET "+openid.Prefix+"{provider}/"+page, paying{uncached(s.addressed(handler))})
	}
}

// visit is one request of a browser on its way.
type visit struct {
	*Server
	w        http.ResponseWriter
	r        *http.Request
	ctx      context.Context
	provider *openid.Provider
}

// visit answers a request of a browser on its way, or shows the page that says what went wrong.
func (s *Server) visit(w http.ResponseWriter, r *http.Request, answer func(*visit) error) {
	w.Header().Set("Referrer-Policy", "no-referrer") // the address may contain a code
	v := &visit{Server: s, w: w, r: r, provider: s.OpenID.Named(r.PathValue("provider"))}
	v.ctx = auth.WithLanguages(r.Context(), preferred(r.Header.Get("Accept-Language")))
	err := errUnknownProvider
	if v.provider != nil {
		err = answer(v)
	}
	if err != nil {
		v.fail(err)
	}
}

// start sends the browser to the provider. Somebody who is to link an identity must have been on our pages, or a page
// of somebody else's could link an identity of its own; and have just signed in, or whoever has their session could.
func (v *visit) start() error {
	back, ok := returnTo(v.r.URL.Query().Get("return"), v.Origins)
	if !ok {
		return errReturn
	}

	if !v.sameOrigin(v.r) && !v.fromNamedPage(v.r) {
		return errCrossSite
	}

	request := v.provider.NewRequest()
	attempt := people.SignInAttempt{
		Provider: v.provider.Name, Nonce: request.Nonce, Verifier: request.Verifier, ReturnTo: back,
	}

	if v.r.URL.Query().Get("link") != "" {
		if !fromOurPages(v.r) && !v.fromNamedPage(v.r) {
			return errCrossSite
		}
		viewer, err := v.signedIn()
		if err != nil {
			return err
		}
		attempt.UserID, v.ctx = viewer.UserID, auth.WithViewer(v.ctx, viewer)
	}

	if _, err := v.provider.URL(request, ""); err != nil {
		return err // before anything is written
	}

	secret, state, err := v.Consultation.BeginSignIn(v.ctx, attempt)
	if err != nil {
		return err
	}

	to, err := v.provider.URL(request, state)
	if err != nil {
		return err
	}

	v.remember(attemptCookie, state, secret)
	return v.redirect(to)
}

// callback takes back who comes from the provider. The attempt ends whatever it brings, so that nothing can be tried
// twice.
func (v *visit) callback() error {
	q := v.r.URL.Query()
	secret := v.remembered(attemptCookie, q.Get("state"))
	if subtle.ConstantTimeCompare([]byte(people.StateOf(secret)), []byte(q.Get("state"))) != 1 {
		return people.ErrAttempt
	}

	v.forget(attemptCookie, q.Get("state"))

	attempt, err := v.Consultation.EndSignIn(v.ctx, v.provider.Name, secret)
	if err != nil {
		return err
	}

	switch refused := q.Get("error"); {
	case refused == "access_denied":
		return errDenied
	case refused != "":
		return errProvider
	}

	request := openid.Request{Nonce: attempt.Nonce, Verifier: attempt.Verifier}
	claims, idToken, err := v.provider.Redeem(v.ctx, request, q.Get("code"), q.Get("iss"))
	if err != nil {
		return err
	}

	if attempt.UserID != "" {
		err = v.link(attempt.UserID, claims)
	} else {
		err = v.signIn(claims, idToken)
	}

	if err != nil {
		return err
	}

	return v.redirect(attempt.ReturnTo)
}

// signIn gives the browser the session of the person whom the provider names. Errors: those of SignInWith.
func (v *visit) signIn(claims people.Claims, idToken string) error {
	session, err := v.Consultation.SignInWith(v.ctx, claims, idToken)
	if err == nil {
		sawViewer(v.ctx, session.Viewer.UserID)
		v.setCookie(v.w, session.Token, session.ExpiresAt)
	}
	return err
}

// link adds the identity that the provider names to the account of by, who must be signed in still. Errors:
// errSignedOut; those of LinkIdentity.
func (v *visit) link(by string, claims people.Claims) error {
	viewer, err := v.signedIn()
	if err != nil {
		return err
	}
	return v.Consultation.LinkIdentity(auth.WithViewer(v.ctx, viewer), by, claims)
}

// logout ends the session, then sends the browser to end the provider's. Pages of others cannot ask for it.
func (v *visit) logout() error {
	back, ok := returnTo(v.r.URL.Query().Get("return"), v.Origins)
	if !ok {
		return errReturn
	}

	if !fromOurPages(v.r) && !v.fromNamedPage(v.r) {
		return errCrossSite
	}

	idToken, err := v.Consultation.SignOutWith(v.ctx, v.token(), v.provider.Name)
	if err != nil {
		return err
	}

	v.setCookie(v.w, "", time.Time{})
	state := people.RandomHex()

	to, ok := v.provider.SignOutURL(idToken, state)
	if !ok {
		return v.redirect(back)
	}

	v.remember(returnCookie, state, back)
	return v.redirect(to)
}

// signedOut goes on to where the person wanted to be. There is nothing else to do, and nothing to gain by a wrong
// state.
func (v *visit) signedOut() error {
	state := v.r.URL.Query().Get("state")
	back, ok := returnTo(v.remembered(returnCookie, state), v.Origins)
	if !ok {
		return errReturn
	}
	if len(state) >= stateInName {
		v.forget(returnCookie, state)
	}
	return v.redirect(back)
}

// token returns the token of the session cookie, wherever the browser comes from: from the provider, for one.
func (v *visit) token() string { return v.sessionToken(v.r) }

// signedIn returns whose session the cookie has, or a visitor if it has anything else.
func (v *visit) signedIn() (auth.Viewer, error) {
	viewer, err := v.Consultation.Viewer(v.ctx, v.token())
	if refusal.CodeOf(err) == refusal.Unauthenticated || err == nil && viewer.SessionID == "" {
		return auth.Viewer{}, errSignedOut
	}
	sawViewer(v.ctx, viewer.UserID)
	return viewer, err
}

// redirect sends the browser on with a GET. It returns nil, so that callers can end with it.
func (v *visit) redirect(to string) error {
	http.Redirect(v.w, v.r, to, http.StatusSeeOther)
	return nil
}
