package server_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"ensemble/apitest/story"
	"ensemble/consultation/input"
	"ensemble/consultation/processes"
	"ensemble/consultation/roadmap"
	"ensemble/internal/testsite"
	"ensemble/server"
)

// read is what the tests read of a comment: the title of its commitment, and the message of an error.
type read struct{ title, message string }

const (
	reading = `{ subject { ... on Commitment { title } } }`
	refused = `{ edits(first: -1) { totalCount } }`
)

// readIn asks for the comment over HTTP, where the whole list of languages counts.
func readIn(t testing.TB, s *testsite.Site, comment, languages string) read {
	t.Helper()
	query := `{ node(id: "` + comment + `") { ... on Comment ` + reading + ` }
		wrong: node(id: "` + comment + `") { ... on Comment ` + refused + ` } }`
	body := string(testsite.Got(json.Marshal(map[string]any{"query": query}))(t))
	r := testsite.Got(http.NewRequestWithContext(t.Context(), "POST", s.URL+"/graphql", strings.NewReader(body)))(t)
	r.Header.Set("Content-Type", "application/json")
	if languages != "" {
		r.Header.Set("Accept-Language", languages)
	}

	response := testsite.Got(http.DefaultClient.Do(r))(t)
	defer func() { _ = response.Body.Close() }()

	var answer struct {
		Data struct {
			Node struct{ Subject struct{ Title string } }
		}
		Errors []testsite.Error
	}
	testsite.Must(t, json.NewDecoder(response.Body).Decode(&answer))
	if len(answer.Errors) != 1 {
		t.Fatalf("%+v", answer)
	}

	return read{answer.Data.Node.Subject.Title, answer.Errors[0].Message}
}

// readsNext reads the next event of a socket, which must be about this comment.
func readsNext(t testing.TB, k *rawSocket, comment string) read {
	t.Helper()
	var next struct {
		Payload struct {
			Data struct {
				CommentEvents struct {
					NodeID  string
					Comment struct{ Subject struct{ Title string } }
				}
			}
			Errors []testsite.Error
		}
	}

	m := k.message(t)
	testsite.Must(t, json.Unmarshal([]byte(m), &next))
	if next.Payload.Data.CommentEvents.NodeID != comment || len(next.Payload.Errors) != 1 {
		t.Fatalf("%s came, want %s", m, comment)
	}

	return read{next.Payload.Data.CommentEvents.Comment.Subject.Title, next.Payload.Errors[0].Message}
}

// languageGroups lists headers that ask in different words for the same languages.
var languageGroups = [][]string{
	{"fr", "fr-FR,fr;q=0.9", "fr-FR,fr;q=0.9,en;q=0.8", "fr,en-US;q=0.7", "de,fr", "fr,*;q=0.1", "fr,mul;q=0.1"},
	{"en", "en-GB,en;q=0.9,fr;q=0.8", "de,en;q=0.5", "en,*;q=0.5"},
	{"", "*", "mul", "de", "de-CH,it"},
}

// joinInAllLanguages opens a socket of own for each header of languageGroups, which reads the comments on a subject.
// Those of one group are one group on the site.
func joinInAllLanguages(t *testing.T, s, own *testsite.Site, subject string) (sockets []*rawSocket, headers []string) {
	t.Helper()
	query := `subscription($id: ID!) { commentEvents(subject: $id) { ... on CommentPosted {
		nodeId comment ` + reading + ` wrong: comment ` + refused + ` } } }`

	for i, group := range languageGroups {
		for _, header := range group {
			a := asking{query: query, variables: map[string]any{"id": subject}, language: header}
			sockets = append(sockets, a.join(t, own, "1"))
			headers = append(headers, header)
			watchedBy(t, s, len(sockets), i+1)
		}
	}
	return sockets, headers
}

// People ask the same in many languages. Those who read the same share the answers, and everybody reads what they would
// read if they asked alone; also once there are texts in another language.
func TestLanguagesShare(t *testing.T) {
	testsite.Each(t, func(t *testing.T, s *testsite.Site) {
		w := testsite.NewWorld(t, s)
		c := w.Commitment(t, "Un", "Texte.")
		own, _ := beside(t, s, server.SocketSettings{})

		sockets, languages := joinInAllLanguages(t, s, own, c.ID)
		round := func(what string, titles ...string) {
			t.Helper()
			m := w.Comment(t, w.Bob, c.ID, what)
			var came []string
			for i, k := range sockets {
				got, alone := readsNext(t, k, m.ID), readIn(t, own, m.ID, languages[i])
				if got != alone {
					t.Errorf("%s: %q reads %+v, alone %+v", what, languages[i], got, alone)
				}
				came = append(came, got.title)
			}
			slices.Sort(came)
			if came = slices.Compact(came); !slices.Equal(came, titles) {
				t.Errorf("%s: %q came", what, came)
			}
			t.Logf("%s: %d groups", what, s.Hub.Groups())
		}

		before := s.Hub.Metrics.Rendered.Load()
		round("Deux langues", "EN Un", "Un")
		n, groups := s.Hub.Metrics.Rendered.Load()-before, len(languageGroups)
		if n != int64(groups) || s.Hub.Groups() != groups {
			t.Errorf("%d executions, %d groups", n, s.Hub.Groups())
		}

		more := processes.UpdateProcessInput{Process: w.Process.ID, Languages: []string{"fr", "en", "de"}}
		testsite.Got(s.UpdateProcess(w.Admin.Ctx(t.Context()), more))(t)
		round("Une langue de plus, sans texte", "EN Un", "Un")

		testsite.Got(s.ReviseCommitment(w.Steering.Ctx(t.Context()), roadmap.ReviseCommitmentInput{
			Commitment: c.ID, Base: *testsite.CurrentVersion(t, w, c),
			Title: []*input.TextInput{{Language: "de", Text: "Eins"}},
		}))(t)
		round("Un texte en allemand", "EN Un", "Eins", "Un")
		round("Encore", "EN Un", "Eins", "Un")

		// fr, fr en, de fr, en, en fr, de en, de, and none of them: other languages of readers make no difference.
		watchedBy(t, s, len(sockets), 8)

		testsite.Got(s.Store.Write.ExecContext(t.Context(), `UPDATE versions SET title = '{"en": "Alone"}'`))(t)
		round("Un texte en anglais seulement", "Alone")

		for _, k := range sockets {
			testsite.Must(t, k.conn.Close())
		}
		watchedBy(t, s, 0, 0)
	})
}

// A message is in the first language that the request names and we have.
func TestMessageLanguages(t *testing.T) {
	story.Each(t, func(t *testing.T, st *story.Story) {
		const english, french = "Sign in first.", "Connectez-vous d’abord."
		for header, want := range map[string]string{
			"": english, "en": english, "fr": french, "fr-CA": french, "FR": french, "de": english,
			"br, fr;q=0.8, en;q=0.5": french, "fr;q=0.1, en": english, "*": english, "nonsense!": english,
			"en-GB,en-US;q=0.9,en;q=0.8":       english,
			"fr" + strings.Repeat(", de", 300): english, // longer than we read
		} {
			support := map[string]any{"input": map[string]any{"commitment": st.Names["commitment"]}}
			a := st.Send(t, story.Mutation("addSupport"), support, "Accept-Language", header)
			if len(a.Errors) != 1 || a.Errors[0].Message != want {
				t.Errorf("%q: %s", header, a.Raw)
			}
		}
	})
}

// An official text is in the language of the argument, else in that of the request, else in the process's first.
func TestTextLanguages(t *testing.T) {
	story.Each(t, func(t *testing.T, st *story.Story) {
		for _, c := range []struct{ argument, header, want string }{
			{"", "", "Feuille de route"}, {"", "en", "Roadmap"}, {"", "en-GB", "Roadmap"},
			{"", "de, en;q=0.1", "Roadmap"}, {"", "de", "Feuille de route"},
			{`(language: "en")`, "fr", "Roadmap"}, {`(language: "EN-us")`, "fr", "Roadmap"},
			{`(language: "fr")`, "en", "Feuille de route"}, {`(language: "br")`, "en", "Roadmap"},
			{`(language: "br")`, "de", "Feuille de route"}, {`(language: "!")`, "en", "Roadmap"},
			{`(language: "")`, "", "Feuille de route"},
		} {
			a := st.Send(t, `{ process(slug: "roadmap") { title`+c.argument+` } }`, nil, "Accept-Language", c.header)
			if string(a.Data) != `{"process":{"title":"`+c.want+`"}}` {
				t.Errorf("%s, %q: %s, want %s", c.argument, c.header, a.Raw, c.want)
			}
		}
	})
}

// A comment is in the language of the request, unless its author says otherwise. So is an account.
func TestCommentLanguages(t *testing.T) {
	story.Each(t, func(t *testing.T, st *story.Story) {
		for header, want := range map[string]string{"": "fr", "*": "fr", "br, fr": "br", "pt-br": "pt-BR"} {
			a := st.Send(t, `mutation($input: PostCommentInput!) { postComment(input: $input) { comment { language } } }`,
				map[string]any{"input": map[string]any{
					"subject": st.Names["commitment"], "body": testsite.Secret + header,
				}}, append(st.Bearer("bob"), "Accept-Language", header)...)
			if !strings.Contains(a.Raw, `"language":"`+want+`"`) {
				t.Errorf("%q: %s, want %s", header, a.Raw, want)
			}
		}

		account := map[string]any{
			"email": "dora@example.org", "name": "Dora", "nickname": "dora", "password": testsite.Password,
		}
		a := st.Send(t, `mutation($input: SignUpInput!) { signUp(input: $input) { viewer { language } } }`,
			map[string]any{"input": account}, "Accept-Language", "*")
		if !strings.Contains(a.Raw, `"language":"fr"`) {
			t.Errorf("an account of anybody: %s", a.Raw)
		}
	})
}
