package server

import (
	_ "embed"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/language"

	"ensemble/consultation/message"
	"ensemble/consultation/refusal"
	"ensemble/web"
)

// Plain pages of what is public: a title, a text and where to go on, for whoever follows a link. They need no script.

// nodePage is what a plain page shows.
type nodePage struct {
	Title    string
	Language string // of the page
	TextLang string // of the title and the text, "" for the same
	Above    *nodeLink
	Facts    []string
	Text     template.HTML // trusted: the API has made it of Markdown
	Heading  string        // over the links
	Links    []nodeLink

	Site, Home, TextHeading, Skip, Other, OtherLabel, OtherLang string // filled by writeNode
}

// nodeLink is a link of a page.
type nodeLink struct{ Address, Label string }

var (
	//go:embed node_page.html
	nodePageSource string

	nodePageTemplate = template.Must(template.New("node").Parse(strings.Replace(nodePageSource, "STYLE", pageStyle, 1)))
)

// The questions that plain pages ask.
const (
	processPageQuery = `query ProcessPage($slug: String!, $after: Cursor) { process(slug: $slug) { slug title descriptionHtml languages
	commitments(first: 50, after: $after) { nodes { number title } pageInfo { hasNextPage endCursor } } } }`

	commitmentPageQuery = `query CommitmentPage($slug: String!, $number: Int!, $version: Int) { process(slug: $slug) {
	slug title languages commitment(number: $number) { number
		version(number: $version) { number title bodyHtml languages }
		versions(first: 50) { nodes { number } } } } }`

	amendmentPageQuery = `query AmendmentPage($id: ID!) { node(id: $id) { ... on Amendment {
	id title bodyHtml language author { name } commitment { number title process { slug } } } } }`

	actorPageQuery = `query ActorPage($id: ID!) { node(id: $id) { ... on Actor { name } } }`
)

// ownQueries are those that pages ask, which run also where only some documents do.
var ownQueries = []string{placeQuery, processPageQuery, commitmentPageQuery, amendmentPageQuery, actorPageQuery}

// nodePages adds the plain pages. Without a language in its path a page is in the reader's.
func (s *Server) nodePages(mux *http.ServeMux, api http.Handler) {
	for path, read := range map[string]func(pageRequest) (*nodePage, int){
		"/processes/{slug}":                                         pageRequest.process,
		"/processes/{slug}/commitments/{number}":                    pageRequest.commitment,
		"/processes/{slug}/commitments/{number}/versions/{version}": pageRequest.commitment,
		"/processes/{slug}/commitments/{number}/amendments/{id}":    pageRequest.amendment,
		"/organizations/{id}":                                       pageRequest.actor,
		"/people/{id}":                                              pageRequest.actor,
	} {
		s.inLanguages(mux, path, func(w http.ResponseWriter, r *http.Request, lang language.Tag) {
			if !strings.HasPrefix(r.URL.Path, "/"+lang.String()+"/") {
				http.Redirect(w, r, "/"+lang.String()+r.URL.EscapedPath(), http.StatusFound)
				return
			}

			page, status := read(pageRequest{s, api, w, r, lang})
			if page == nil {
				s.noPage(w, r, lang, status)
				return
			}
			s.writeNode(w, r, lang, page)
		})
	}
}

// pageRequest is a request for a plain page in a language.
type pageRequest struct {
	*Server
	api  http.Handler
	w    http.ResponseWriter
	r    *http.Request
	lang language.Tag
}

// ask asks the API; see askItself.
func (p pageRequest) ask(query string, variables map[string]any, into any) int {
	return p.askItself(p.api, p.w, p.r, p.lang, query, variables, into)
}

// at returns an address below this language's pages.
func (p pageRequest) at(path string) string { return "/" + p.lang.String() + path }

// process makes the page of a process.
func (p pageRequest) process() (*nodePage, int) {
	var found struct {
		Process *struct {
			Slug, Title     string
			DescriptionHTML template.HTML `json:"descriptionHtml"`
			Languages       []string
			Commitments     struct {
				Nodes []struct {
					Number int
					Title  string
				}
				PageInfo struct {
					HasNextPage bool
					EndCursor   string
				}
			}
		}
	}
	variables := map[string]any{"slug": p.r.PathValue("slug")}
	if after := p.r.URL.Query().Get("after"); after != "" {
		variables["after"] = after
	}
	status := p.ask(processPageQuery, variables, &found)
	if status != http.StatusOK || found.Process == nil {
		return nil, status
	}

	page := &nodePage{
		Title: found.Process.Title, Text: found.Process.DescriptionHTML,
		TextLang: p.served(found.Process.Languages, found.Process.Languages),
		Heading:  message.Say([]language.Tag{p.lang}, "Commitments"),
	}
	for _, c := range found.Process.Commitments.Nodes {
		page.Links = append(page.Links, nodeLink{p.commitmentPath(found.Process.Slug, c.Number), c.Title})
	}
	if more := found.Process.Commitments.PageInfo; more.HasNextPage {
		page.Links = append(page.Links, nodeLink{
			p.at("/processes/"+found.Process.Slug) + "?after=" + url.QueryEscape(more.EndCursor),
			message.Say([]language.Tag{p.lang}, "More commitments"),
		})
	}
	return page, status
}

// served returns the language of a text that exists in some of the languages of its process: the page's, or else the
// first. Screen readers need it.
func (p pageRequest) served(exists, ofProcess []string) string {
	for _, lang := range append([]string{p.lang.String()}, ofProcess...) {
		if slices.Contains(exists, lang) {
			return lang
		}
	}
	return ""
}

// commitment makes the page of a commitment, as it is or was in a version: the one behind the dots of A...B.
func (p pageRequest) commitment() (*nodePage, int) {
	number, err := strconv.Atoi(p.r.PathValue("number"))
	if err != nil {
		return nil, http.StatusNotFound
	}
	variables := map[string]any{"slug": p.r.PathValue("slug"), "number": number}
	if named := p.r.PathValue("version"); named != "" {
		if _, last, isRange := strings.Cut(named, "..."); isRange {
			named = last
		}
		if variables["version"], err = strconv.Atoi(named); err != nil {
			return nil, http.StatusNotFound
		}
	}

	var found struct {
		Process *struct {
			Slug, Title string
			Languages   []string
			Commitment  *struct {
				Number  int
				Version *struct {
					Number   int
					Title    string
					BodyHTML template.HTML `json:"bodyHtml"`

					Languages []string
				}
				Versions struct{ Nodes []struct{ Number int } }
			}
		}
	}
	status := p.ask(commitmentPageQuery, variables, &found)
	if status != http.StatusOK || found.Process == nil || found.Process.Commitment == nil ||
		found.Process.Commitment.Version == nil {
		return nil, status
	}

	c, reader := found.Process.Commitment, []language.Tag{p.lang}
	page := &nodePage{
		Title: c.Version.Title, Text: c.Version.BodyHTML,
		TextLang: p.served(c.Version.Languages, found.Process.Languages),
		Above:    &nodeLink{p.at("/processes/" + found.Process.Slug), found.Process.Title},
		Facts:    []string{message.Say(reader, "Commitment %d, version %d", c.Number, c.Version.Number)},
		Heading:  message.Say(reader, "Versions"),
	}
	for _, v := range c.Versions.Nodes {
		page.Links = append(page.Links, nodeLink{
			p.commitmentPath(found.Process.Slug, c.Number) + "/versions/" + strconv.Itoa(v.Number),
			message.Say(reader, "Version %d", v.Number),
		})
	}
	return page, status
}

// amendment makes the page of an amendment.
func (p pageRequest) amendment() (*nodePage, int) {
	var found struct {
		Node *struct {
			ID, Title  string
			BodyHTML   template.HTML `json:"bodyHtml"`
			Language   string
			Author     struct{ Name string }
			Commitment struct {
				Number  int
				Title   string
				Process struct{ Slug string }
			}
		}
	}
	status := p.ask(amendmentPageQuery, map[string]any{"id": p.r.PathValue("id")}, &found)
	if status != http.StatusOK || found.Node == nil || found.Node.ID == "" {
		return nil, status
	}

	a, reader := found.Node, []language.Tag{p.lang}
	return &nodePage{
		Title: a.Title, Text: a.BodyHTML, TextLang: a.Language,
		Above: &nodeLink{p.commitmentPath(a.Commitment.Process.Slug, a.Commitment.Number), a.Commitment.Title},
		Facts: []string{message.Say(reader, "Amendment proposed by %s", a.Author.Name)},
	}, status
}

// actor makes the page of a person or an organization.
func (p pageRequest) actor() (*nodePage, int) {
	var found struct{ Node *struct{ Name string } }
	status := p.ask(actorPageQuery, map[string]any{"id": p.r.PathValue("id")}, &found)
	if status != http.StatusOK || found.Node == nil || found.Node.Name == "" {
		return nil, status
	}
	return &nodePage{Title: found.Node.Name}, status
}

// commitmentPath returns where a commitment is shown.
func (p pageRequest) commitmentPath(slug string, number int) string {
	return p.at("/processes/" + slug + "/commitments/" + strconv.Itoa(number))
}

// writeNode answers with a plain page. Its languages are linked to each other.
func (s *Server) writeNode(w http.ResponseWriter, r *http.Request, lang language.Tag, page *nodePage) {
	reader := []language.Tag{lang}
	page.Site, page.Language = s.Pages.Named(), lang.String()
	page.Home, page.TextHeading = s.homeLink(lang), message.Say(reader, "Text")
	page.Skip = message.Say(reader, "Skip to content")

	for _, other := range message.Known {
		if other != lang {
			page.Other = "/" + other.String() + strings.TrimPrefix(r.URL.EscapedPath(), "/"+lang.String())
			page.OtherLang, page.OtherLabel = other.String(), languageNames[other]
		}
	}
	if page.TextLang == page.Language {
		page.TextLang = ""
	}

	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Language", page.Language)
	h.Set("Content-Security-Policy", pagePolicy)
	h.Set("Referrer-Policy", "same-origin")
	_ = nodePageTemplate.Execute(w, page) // the client may be gone
}

// languageNames are what languages call themselves.
var languageNames = map[language.Tag]string{language.English: "English", language.French: "Français"}

// homeOf returns the address of the home page in a language.
func (s *Server) homeOf(lang language.Tag) string {
	if lang == language.English {
		return "/"
	}
	return "/" + lang.String()
}

// homeLink returns the address of the home page where there is one, "" otherwise.
func (s *Server) homeLink(lang language.Tag) string {
	if s.Pages.NoHome {
		return ""
	}
	return s.homeOf(lang)
}

// orNoPage answers what is on no page of the site with a page that says so, in the reader's language.
func (s *Server) orNoPage(site web.Site) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, is := site[r.URL.Path]; !is {
			s.noPage(w, r, message.SpokenTo(languagesOf(r)), http.StatusNotFound)
			return
		}
		site.ServeHTTP(w, r)
	})
}

// noPage answers that there is nothing at an address, or, by the status of the API's answer, that it cannot be had now.
func (s *Server) noPage(w http.ResponseWriter, r *http.Request, lang language.Tag, status int) {
	reader := []language.Tag{lang}
	p := page{
		Site: s.Pages.Named(), Home: s.homeLink(lang), Title: message.Say(reader, "There is no such page"), Code: string(refusal.NotFound),
		Message: message.Say(reader, "The address is wrong, or what was here is no longer public."),
	}
	switch {
	case status == http.StatusTooManyRequests:
		p.Title, p.Code = message.Say(reader, "This did not work"), string(refusal.RateLimited)
		p.Message = message.Say(reader, "Too many requests come from your network. Try again in a minute.")
	case status >= http.StatusInternalServerError:
		p.Title, p.Code = message.Say(reader, "This did not work"), "INTERNAL"
		p.Message = message.Say(reader, "Something went wrong. Try again in a minute.")
	default:
		status = http.StatusNotFound
	}
	p.RequestID = RequestID(r.Context())
	p.write(w, reader, status)
}
