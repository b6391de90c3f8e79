package server

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/language"

	"ensemble/consultation/message"
	"ensemble/consultation/outbox"
)

// Mails and notifications link to a node by its id, /n/ID, since such a link stays good: when a process gets another
// slug, and when the site's app moves. It leads to where this site shows the node.

// Links says where each kind of node is shown, by the name of its kind: a template of an address, absolute or a path of
// this site, with {id}, {slug}, {number}, {version} and {language} in it.
type Links map[string]string

// usualLinks are those of the site's own pages.
var usualLinks = Links{
	"process":      "/{language}/processes/{slug}",
	"commitment":   "/{language}/processes/{slug}/commitments/{number}",
	"version":      "/{language}/processes/{slug}/commitments/{number}/versions/{version}",
	"amendment":    "/{language}/processes/{slug}/commitments/{number}/amendments/{id}",
	"organization": "/{language}/organizations/{id}",
	"user":         "/{language}/people/{id}",
}

// linkFields is what a template may have of each kind of node, besides {language}.
var linkFields = map[string][]string{
	"process":      {"id", "slug"},
	"commitment":   {"id", "slug", "number"},
	"version":      {"id", "slug", "number", "version"},
	"amendment":    {"id", "slug", "number"},
	"organization": {"id"},
	"user":         {"id"},
}

var linkField = regexp.MustCompile(`\{([^{}]*)\}`)

// LinksOf reads entries such as commitment=https://app.example.org/{language}/{slug}/{number}. It returns the entry that
// is wrong, "" for none.
func LinksOf(entries []string) (links Links, wrong string) {
	links = Links{}
	for _, entry := range entries {
		kind, template, _ := strings.Cut(entry, "=")
		fields, known := linkFields[kind]
		u, err := url.Parse(linkField.ReplaceAllString(template, "x"))
		isPath := strings.HasPrefix(template, "/") && !strings.HasPrefix(template, "//")
		if !known || err != nil || !isPath && (u.Host == "" || u.Scheme != "https" && u.Scheme != "http") {
			return nil, entry
		}
		for _, field := range linkField.FindAllStringSubmatch(template, -1) {
			if field[1] != "language" && !slices.Contains(fields, field[1]) {
				return nil, entry
			}
		}
		links[kind] = template
	}
	return links, ""
}

// to returns the address at which a node is shown to a reader of a language.
func (l Links) to(kind string, lang language.Tag, about map[string]string) string {
	template, own := l[kind]
	if !own {
		template = usualLinks[kind]
	}
	return linkField.ReplaceAllStringFunc(template, func(field string) string {
		name := field[1 : len(field)-1]
		if name == "language" {
			return lang.String()
		}
		return url.PathEscape(about[name])
	})
}

// placeQuery asks where a node belongs.
const placeQuery = `query Place($id: ID!) { node(id: $id) { ...Place
	... on Comment { subject { ...Place } } } }
fragment Place on Node { __typename id
	... on Process { slug }
	... on Commitment { ...C }
	... on Version { version: number commitment { ...C } }
	... on Amendment { commitment { ...C } } }
fragment C on Commitment { number process { slug } }`

// place is a node, and what it belongs to.
type place struct {
	Kind    string `json:"__typename"`
	ID      string
	Slug    string
	Number  int
	Version int
	Process *struct{ Slug string }

	Commitment *struct {
		Number  int
		Process struct{ Slug string }
	}
	Subject *place
}

// about returns the kind of a node as Links have it, and what a template may say of it.
func (p *place) about() (kind string, about map[string]string) {
	about = map[string]string{"id": p.ID, "slug": p.Slug, "version": strconv.Itoa(p.Version)}
	number := p.Number
	if p.Process != nil {
		about["slug"] = p.Process.Slug
	}
	if p.Commitment != nil {
		number, about["slug"] = p.Commitment.Number, p.Commitment.Process.Slug
	}
	about["number"] = strconv.Itoa(number)
	return strings.ToLower(p.Kind), about
}

// nodeLinks adds the routes that lead to nodes, in the reader's language or in the one that the link names.
func (s *Server) nodeLinks(mux *http.ServeMux, api http.Handler) {
	lead := func(w http.ResponseWriter, r *http.Request, lang language.Tag) {
		var found struct{ Node *place }
		id := map[string]any{"id": r.PathValue("id")}
		status := s.askItself(api, w, r, lang, placeQuery, id, &found)

		if status != http.StatusOK || found.Node == nil {
			s.noPage(w, r, lang, status)
			return
		}
		http.Redirect(w, r, s.addressOfNode(found.Node, lang), http.StatusFound)
	}
	s.inLanguages(mux, outbox.NodePath+"{id}", lead)
}

// addressOfNode returns where a node is shown. A comment is shown beside its subject.
func (s *Server) addressOfNode(p *place, lang language.Tag) string {
	anchor := ""
	if p.Subject != nil {
		anchor, p = "#"+p.ID, p.Subject
	}
	kind, about := p.about()
	if _, shown := usualLinks[kind]; !shown {
		return s.homeOf(lang)
	}
	return s.Links.to(kind, lang, about) + anchor
}

// inLanguages adds a route for each language of pages, and one without any that answers in the reader's.
func (s *Server) inLanguages(mux *http.ServeMux, path string,
	answer func(w http.ResponseWriter, r *http.Request, lang language.Tag),
) {
	route := func(prefix string, langOf func(r *http.Request) language.Tag) {
		handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { answer(w, r, langOf(r)) })
		mux.Handle("GET "+prefix+path, paying{uncached(handler)})
	}

	route("", func(r *http.Request) language.Tag { return message.SpokenTo(languagesOf(r)) })
	for _, lang := range message.Known {
		route("/"+lang.String(), func(*http.Request) language.Tag { return lang })
	}
}
