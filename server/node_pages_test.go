package server_test

import (
	"fmt"
	"html"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"ensemble/apitest/story"
	"ensemble/internal/testsite"
	"ensemble/server"
	"ensemble/web"
)

// location opens an address and returns where it leads, "" when it leads nowhere.
func location(t *testing.T, s *testsite.Logged, path string, header ...string) string {
	t.Helper()
	a := s.Request(t, "GET", path, "", header...)
	if a.Status != http.StatusFound {
		if a.Status != http.StatusNotFound || !strings.Contains(a.Raw, "<h1>") {
			t.Errorf("%s: %d %.200s", path, a.Status, a.Raw)
		}
		return ""
	}
	return a.Header.Get("Location")
}

// Links of mails lead to where the site shows what they are about, in the language of the link or else of the reader.
func TestLinksLeadToNodes(t *testing.T) {
	testsite.EachLogged(t, func(t *testing.T, s *testsite.Logged) {
		w := testsite.NewWorld(t, s.Site)
		c := w.Commitment(t, "Un", "Texte.")
		a := w.Amendment(t, w.Bob, c, "Texte nouveau.")
		draft := w.Draft(t, "Brouillon", "Pas encore.")
		comment, hidden := w.Comment(t, w.Alice, a.ID, "Oui."), w.Comment(t, w.Alice, c.ID, "Non.")
		s.SQL(t, "UPDATE comments SET hidden_at = created_at WHERE id = $1", hidden.ID)
		page := "/en/processes/roadmap/commitments/1"

		for id, want := range map[string]string{
			w.Process.ID: "/en/processes/roadmap",
			c.ID:         page,
			c.VersionID:  page + "/versions/1",
			a.ID:         page + "/amendments/" + a.ID,
			comment.ID:   page + "/amendments/" + a.ID + "#" + comment.ID,
			w.Alice.ID:   "/en/people/" + w.Alice.ID,
			draft.ID:     "", hidden.ID: "", "nothing": "", "commitment_x": "",
		} {
			if got := location(t, s, "/en/n/"+id); got != want {
				t.Errorf("%s leads to %q", id, got)
			}
			french := strings.Replace(want, "/en/", "/fr/", 1)
			if got := location(t, s, "/n/"+id, "Accept-Language", "fr-CA, en;q=0.5"); got != french {
				t.Errorf("in French %s leads to %q", id, got)
			}
		}
	})
}

// An operator says where an app shows things; what the app does not show is shown here.
func TestLinksOfOthers(t *testing.T) {
	links, wrong := server.LinksOf([]string{
		"commitment=https://app.example.org/{language}/{slug}/c/{number}?id={id}", "process=/p/{slug}",
	})
	if wrong != "" {
		t.Fatal(wrong)
	}

	testsite.EachLogged(t, func(t *testing.T, s *testsite.Logged) {
		w := testsite.NewWorld(t, s.Site)
		c := w.Commitment(t, "Un", "Texte.")
		other, _ := s.Beside(t, func(api *server.Server) { api.Links = links })
		s.URL = other.URL

		for id, want := range map[string]string{
			w.Process.ID: "/p/roadmap",
			c.ID:         "https://app.example.org/fr/roadmap/c/1?id=" + c.ID,
			c.VersionID:  "/fr/processes/roadmap/commitments/1/versions/1",
		} {
			if got := location(t, s, "/fr/n/"+id); got != want {
				t.Errorf("%s leads to %q", id, got)
			}
		}
	})

	for _, entry := range []string{
		"", "commitment", "comment=/c/{id}", "process={slug}", "process=//evil.example/{slug}", "process=javascript:{id}",
		"process=/p/{number}", "commitment=/c/{version}", "organization=/o/{slug}", "process=/p/{}",
	} {
		if _, wrong := server.LinksOf([]string{entry}); entry != "" && wrong != entry {
			t.Errorf("%q is taken", entry)
		}
	}
}

// Whatever is public has a plain page, in both languages, that says its title and text; all else is not there.
func TestPlainPages(t *testing.T) {
	testsite.EachLogged(t, func(t *testing.T, s *testsite.Logged) {
		w := testsite.NewWorld(t, s.Site)
		c := w.Commitment(t, "Un <b>titre</b>", "Un *texte*.")
		a := w.Amendment(t, w.Bob, c, "Texte nouveau.")
		w.Draft(t, "Brouillon", "Pas encore.")
		page := "/fr/processes/roadmap/commitments/1"

		for path, want := range map[string][]string{
			"/fr/processes/roadmap":               {`<html lang="fr">`, "<h1>Feuille de route</h1>", `href="` + page + `"`, "Un &lt;b&gt;titre"},
			"/en/processes/roadmap":               {`<html lang="en">`, "<h1>Roadmap</h1>"},
			page:                                  {"<h1>Un &lt;b&gt;titre", "<em>texte</em>", "Engagement 1, version 1"},
			page + "/versions/1":                  {"<em>texte</em>"},
			page + "/versions/1...1":              {"<em>texte</em>"},
			page + "/amendments/" + a.ID:          {"Texte nouveau.", "Amendement proposé par bob"},
			"/en/people/" + w.Bob.ID:              {"<h1>bob</h1>"},
			"/fr/processes/nothing":               nil,
			"/fr/processes/roadmap/commitments/2": nil,
			"/fr/processes/roadmap/commitments/x": nil,
			"/fr/processes/roadmap/commitments/99999999999999999999": nil,
			page + "/versions/2":     nil,
			page + "/versions/x":     nil,
			page + "/amendments/x":   nil,
			"/en/people/" + c.ID:     nil,
			"/en/organizations/none": nil,
			"/en/nothing":            nil,
			"/de/processes/roadmap":  nil,
		} {
			got := s.Request(t, "GET", path, "", "Accept-Language", "fr")
			status := http.StatusOK
			if want == nil {
				status, want = http.StatusNotFound, []string{"<h1>", "NOT_FOUND"}
			}
			if got.Status != status || got.Header.Get("Content-Type") != "text/html; charset=utf-8" {
				t.Errorf("%s: %d %v", path, got.Status, got.Header)
			}
			for _, part := range want {
				if !strings.Contains(got.Raw, part) {
					t.Errorf("%s does not say %q: %s", path, part, got.Raw)
				}
			}
		}

		if got := location(t, s, "/processes/roadmap/commitments/1", "Accept-Language", "fr"); got != page {
			t.Errorf("without a language: %q", got)
		}
	})
}

// A page in a language that a text does not have says which it is in. Long lists go on.
func TestPlainPagesSayWhatTheyShow(t *testing.T) {
	testsite.EachLogged(t, func(t *testing.T, s *testsite.Logged) {
		w := testsite.NewWorld(t, s.Site)
		for n := range 51 {
			w.Commitment(t, fmt.Sprint("Engagement ", n), "Texte.")
		}
		s.SQL(t, `UPDATE processes SET languages = '["fr"]'`)
		onlyFrench := `{"fr": "Texte."}`
		s.SQL(t, "UPDATE versions SET title = $1, body = $1", onlyFrench)

		page := s.Request(t, "GET", "/en/processes/roadmap/commitments/1", "")
		if !strings.Contains(page.Raw, `<html lang="en">`) || !strings.Contains(page.Raw, `<h1 lang="fr">`) ||
			!strings.Contains(page.Raw, `<div class="text" lang="fr">`) {
			t.Error(page.Raw)
		}

		first := s.Request(t, "GET", "/fr/processes/roadmap", "")
		next := regexp.MustCompile(`href="(/fr/processes/roadmap\?after=[^"]+)">D’autres engagements`).FindStringSubmatch(first.Raw)
		if next == nil {
			t.Fatal(first.Raw)
		}
		second := s.Request(t, "GET", html.UnescapeString(next[1]), "")
		if n := strings.Count(second.Raw, "/commitments/51\""); n != 1 || strings.Contains(second.Raw, "after=") {
			t.Errorf("%d %s", n, second.Raw)
		}
	})
}

// What a browser says of the page that it asks for, such as that it would rather have a socket, is not asked of the API.
func TestPlainPagesAreNoSockets(t *testing.T) {
	s := testsite.KeepLog(t, onSQLite(t))
	testsite.NewWorld(t, s.Site)
	a := s.Request(t, "GET", "/fr/processes/roadmap", "", "Connection", "Upgrade", "Upgrade", "websocket",
		"Sec-WebSocket-Version", "13", "Sec-WebSocket-Key", "MDEyMzQ1Njc4OWFiY2RlZg==")
	if a.Status != 200 || !strings.Contains(a.Raw, "<h1>Feuille de route</h1>") {
		t.Errorf("%d %s", a.Status, a.Raw)
	}
}

// Plain pages ask their own questions also where nobody else may ask any but the operator's, and cost what these cost.
func TestPlainPagesAskForThemselves(t *testing.T) {
	documents, err := server.ReadDocuments(strings.NewReader(`{"a": "{ __typename }"}`))
	testsite.Must(t, err)

	story.Each(t, func(t *testing.T, st *story.Story) {
		site, _ := st.Beside(t, func(api *server.Server) {
			api.Documents, api.Pages = documents, web.Settings{Name: "Numérique & nous", NoHome: true, NoExplorer: true}
		})
		st.URL = site.URL
		if a := st.Request(t, "GET", "/fr/processes/roadmap", ""); a.Status != 200 ||
			!strings.Contains(a.Raw, "Numérique &amp; nous</title>") {
			t.Errorf("%d %s", a.Status, a.Raw)
		}
		if a := st.Send(t, "{ processes { totalCount } }", nil); a.Code() != "PERSISTED_QUERY_NOT_IN_LIST" {
			t.Error(a.Raw)
		}
		for _, path := range []string{"/", "/fr", "/explorer"} {
			if a := st.Request(t, "GET", path, "", "Accept-Language", "fr"); a.Status != 404 ||
				!strings.Contains(a.Raw, "Cette page n’existe pas") || strings.Contains(a.Raw, `href="/`) {
				t.Errorf("%s: %d %s", path, a.Status, a.Raw)
			}
		}
		if a := st.Request(t, "GET", "/graphql", "", "Accept", "text/html"); a.Status == http.StatusSeeOther {
			t.Error("it leads to an explorer that is not there")
		}
	})
}
