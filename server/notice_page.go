package server

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"net/http"
	"strings"

	"golang.org/x/text/language"

	"ensemble/consultation/message"
)

// page is what a person sees who does not come by one of the pages of package web: a few sentences, and where to go on.
type page struct {
	Site       string // the name of the site
	Home       string // the address of the home page in the reader's language; "" for none
	Title      string // also the heading
	Message    string
	Code       string // for whoever asks for help
	RequestID  string
	Again      string // an address of ours to try again; "" for none
	AgainLabel string

	Language, HomeLabel, Skip, CodeLabel string // filled by write
}

var (
	//go:embed notice_page.html
	pageSource string
	//go:embed notice_page.css
	pageStyle string

	pageTemplate = template.Must(template.New("page").Parse(strings.Replace(pageSource, "STYLE", pageStyle, 1)))
)

// pagePolicy allows the page's style, by its hash, and nothing else.
var pagePolicy = "default-src 'none'; img-src 'self'; style-src '" + styleHash(pageStyle) +
	"'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// styleHash returns the source by which a Content-Security-Policy allows this style, and no other.
func styleHash(style string) string {
	sum := sha256.Sum256([]byte(style))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

// write answers with the page, in French or English. What it says was translated before.
func (p page) write(w http.ResponseWriter, reader []language.Tag, status int) {
	p.Language = message.Spoken(reader)
	p.HomeLabel, p.CodeLabel = message.Say(reader, "Home page"),
		message.Say(reader, "If you ask for help, quote this code:")
	p.Skip = message.Say(reader, "Skip to content")

	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Language", p.Language)
	h.Set("Content-Security-Policy", pagePolicy)

	w.WriteHeader(status)
	_ = pageTemplate.Execute(w, p) // the client may be gone
}
