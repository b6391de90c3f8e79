package server

import (
	"errors"
	"log/slog"
	"net/http"
	"slices"

	"github.com/vektah/gqlparser/v2/gqlerror"

	"ensemble/auth"
	"ensemble/consultation/message"
	"ensemble/consultation/people"
	"ensemble/consultation/refusal"
	"ensemble/server/openid"
)

// What is refused on the way.
var (
	errUnknownProvider = errors.New("there is no such provider")
	errReturn          = errors.New("the path to return to is none of this site")
	errCrossSite       = errors.New("another site led here")
	errSignedOut       = errors.New("nobody is signed in")
	errDenied          = errors.New("the person did not agree, or the provider did not")
	errProvider        = errors.New("the provider reports an error")
)

// setback is what a page says of an error.
type setback struct {
	err     error
	code    string // for whoever asks for help
	status  int
	message string // in English; its French is in the catalogue
}

// setbacks are all that can go wrong on the way; rules speak for themselves.
var setbacks = []setback{
	{err: errUnknownProvider, code: "unknown_provider", status: http.StatusNotFound,
		message: "There is no such way to sign in."},
	{err: errReturn, code: "return", status: http.StatusBadRequest,
		message: "The address to return to is not one of this site."},
	{err: errCrossSite, code: "cross_site", status: http.StatusForbidden,
		message: "Another site led you here. Begin on this one."},
	{err: errSignedOut, code: "signed_out", status: http.StatusUnauthorized, message: "Sign in first."},
	{err: errDenied, code: "denied", status: http.StatusForbidden,
		message: "You, or your provider, did not agree to sign in here."},
	{err: errProvider, code: "provider", status: http.StatusBadGateway,
		message: "Your provider reports an error. Try again later."},
	{err: openid.ErrUnavailable, code: "unavailable", status: http.StatusServiceUnavailable,
		message: "Your provider does not answer. Try again later."},
	{err: openid.ErrExchange, code: "exchange", status: http.StatusBadGateway,
		message: "Your provider reports an error. Try again later."},
	{err: openid.ErrToken, code: "token", status: http.StatusBadGateway,
		message: "What your provider says does not hold. Try again."},
	{err: openid.ErrUserInfo, code: "userinfo", status: http.StatusBadGateway,
		message: "Your provider does not say who you are."},
	{err: people.ErrAttempt, code: "attempt", status: http.StatusBadRequest},
	{err: people.ErrAddressTaken, code: "address_taken", status: http.StatusConflict},
	{err: people.ErrIdentityTaken, code: "identity_taken", status: http.StatusConflict},
	{err: people.ErrOtherPerson, code: "other_person", status: http.StatusConflict},
	{err: people.ErrStale, code: "sign_in_again", status: http.StatusForbidden},
	{err: people.ErrTooManyIdentities, code: "too_many", status: http.StatusConflict},
	{err: people.ErrClaims, code: "claims", status: http.StatusForbidden},
}

// asBefore are the codes after which people have to sign in as before, not with the provider.
var asBefore = []string{"other_person", "signed_out", "sign_in_again"}

// fail answers with a page. The provider's words go nowhere; ours, which name nobody, go to the log.
func (v *visit) fail(err error) {
	shown := setback{
		code: "internal", status: http.StatusInternalServerError,
		message: "Something went wrong on our side. Try again later.",
	}

	level := slog.LevelError
	if refusal.CodeOf(err) == refusal.RateLimited {
		refused := v.errors().Present(v.ctx, err)
		retryAfter(v.w.Header(), gqlerror.List{refused})
		shown, level = setback{err: err, code: limitOf(refused), status: http.StatusTooManyRequests}, slog.LevelInfo
	}
	for _, known := range setbacks {
		if errors.Is(err, known.err) {
			shown, level = known, slog.LevelInfo
			if shown.status >= http.StatusInternalServerError {
				level = slog.LevelWarn
			}
			break
		}
	}

	reader := auth.LanguagesFrom(v.ctx)
	said := message.Say(reader, shown.message)
	if refusal, ok := errors.AsType[*refusal.Error](err); ok && shown.message == "" {
		said = refusal.In(reader)
	}

	sawError(v.ctx, shown.code)
	v.Logger.Log(v.ctx, level, "sign-in with a provider failed", slog.String("code", shown.code),
		slog.String("provider", v.r.PathValue("provider")), slog.Any("error", err))

	p := page{
		Site: v.Pages.Named(), Home: v.homeLink(message.SpokenTo(reader)), Title: message.Say(reader, "This did not work"), Message: said, Code: shown.code, RequestID: RequestID(v.ctx),
	}
	if v.provider != nil && !slices.Contains(asBefore, shown.code) {
		p.Again, p.AgainLabel = v.provider.Path("start"), message.Say(reader, "Sign in with %s", v.provider.Label)
	}

	p.write(v.w, reader, shown.status)
}
