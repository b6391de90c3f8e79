package server

import (
	"bytes"
	"embed"
	"html/template"
	"log/slog"
	"net/http"

	"ensemble/auth"
	"ensemble/consultation/message"
	"ensemble/consultation/notify"
	"ensemble/consultation/refusal"
)

// unsubscribePages has the only page that links in mails open. A mail program that stops mails by itself posts to the
// link (RFC 8058), without cookies: the token alone says whose mails they are. A visit changes nothing, since programs
// that look for viruses follow links, too.
//
//go:embed unsubscribe.html
var unsubscribePages embed.FS

var unsubscribePage = template.Must(template.ParseFS(unsubscribePages, "unsubscribe.html"))

// maxForm is how many bytes the form of a link may have: a token and what RFC 8058 adds. It is read without being paid
// for by its size.
const maxForm = 4 << 10

const unsubscribePolicy = "default-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// unsubscribeView is what the page says.
type unsubscribeView struct {
	Language, Title, Message, Button, Action string
	Token                                    string // "" where nothing is left to do
	Done                                     bool
}

// unsubscribe answers with a page that asks whether to stop mails, or stops them. The link in the mail says whose and
// which.
func (s *Server) unsubscribe(w http.ResponseWriter, r *http.Request) {
	languages := preferred(r.Header.Get("Accept-Language"))
	ctx := auth.WithLanguages(r.Context(), languages)
	view := unsubscribeView{
		Language: message.Spoken(languages), Title: message.Say(languages, "Mails you no longer want"),
		Button: message.Say(languages, "Stop these mails"), Action: notify.UnsubscribePath,
		Message: message.Say(languages, "Do you want no more of these mails?"), Token: r.FormValue("token"),
	}

	var err error
	if r.Method == http.MethodPost {
		err = s.Consultation.Unsubscribe(ctx, view.Token)
		view.Message, view.Token, view.Done = message.Say(languages, "Done: you get no more of these mails."), "", true
	} else {
		err = s.Consultation.CanUnsubscribe(ctx, view.Token)
	}

	status := http.StatusOK
	switch {
	case refusal.CodeOf(err) == refusal.NotFound:
		status = http.StatusNotFound
		view.Message, view.Token = message.Say(languages, "This link is too old, or not whole: see your settings."), ""
	case err != nil:
		status = http.StatusServiceUnavailable
		view.Message = message.Say(languages, "This did not work. Try again later.")
		s.Logger.ErrorContext(ctx, "unsubscribe", slog.Any("error", err))
	}

	writeUnsubscribe(w, status, view)
}

// writeUnsubscribe writes the page, which runs no script and tells its address, with the token in it, to nobody.
func writeUnsubscribe(w http.ResponseWriter, status int, view unsubscribeView) {
	var page bytes.Buffer
	if err := unsubscribePage.Execute(&page, view); err != nil {
		panic("server: the page cannot be made: " + err.Error())
	}

	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Language", view.Language)
	h.Set("Vary", "Accept-Language")
	h.Set("Content-Security-Policy", unsubscribePolicy)
	h.Set("Referrer-Policy", "no-referrer") // the address contains the token

	w.WriteHeader(status)
	_, _ = page.WriteTo(w)
}
