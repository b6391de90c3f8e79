package access_test

import (
	"testing"

	"ensemble/consultation/people"
	"ensemble/internal/testsite"
)

// Terms of use over HTTP: everybody reads them; who owes them is refused with a code of its own; accepting them lets
// people in, also on a socket that was open before; nobody signs up without them.
func TestTermsOfUse(t *testing.T) {
	const ask = `{ termsOfUse { version url } viewer { owesTerms termsAcceptance { version acceptedAt } } }`
	type asked struct {
		TermsOfUse struct{ Version, URL string }
		Viewer     struct {
			OwesTerms       bool
			TermsAcceptance *struct{ Version, At string }
		}
	}

	testsite.Each(t, func(t *testing.T, s *testsite.Site) {
		w := testsite.NewWorld(t, s)
		s.Terms = people.Terms{Version: "2026-03", URL: "https://example.org/terms"}
		c := w.Commitment(t, "Un", "Texte.")
		post := func() testsite.Answer {
			return s.Do(t, w.Bob.Token, `mutation($id: ID!) {
				postComment(input: {subject: $id, body: "Oui."}) { comment { id } }
			}`, map[string]any{"id": c.ID})
		}

		var before, after asked
		s.Must(t, w.Bob.Token, ask, nil, &before)
		if before.TermsOfUse.Version != "2026-03" || before.TermsOfUse.URL != "https://example.org/terms" ||
			!before.Viewer.OwesTerms || before.Viewer.TermsAcceptance != nil {
			t.Errorf("%+v", before)
		}
		if a := post(); a.Code() != "TERMS_NOT_ACCEPTED" {
			t.Errorf("%+v", a)
		}

		k := testsite.Dial(t, s, w.Bob.Token) // open all the while
		const accept = `mutation { acceptTerms(input: {version: "2026-03"}) { viewer { owesTerms } } }`
		s.Must(t, w.Bob.Token, accept, nil, nil)

		s.Must(t, w.Bob.Token, ask, nil, &after)
		accepted := after.Viewer.TermsAcceptance
		if after.Viewer.OwesTerms || accepted == nil || accepted.Version != "2026-03" {
			t.Errorf("%+v", after)
		}
		if a := post(); len(a.Errors) > 0 {
			t.Errorf("%+v", a)
		}
		k.Subscribe(t, "1", `mutation($id: ID!) {
			postComment(input: {subject: $id, body: "Encore."}) { comment { id } }
		}`, map[string]any{"id": c.ID})
		k.Expect(t, "next")

		const newcomer = `email: "n@example.org", name: "N", nickname: "nnn", password: "0123456789"`
		a := s.Do(t, "", `mutation { signUp(input: {`+newcomer+`}) { token } }`, nil)
		if a.Code() != "BAD_USER_INPUT" || a.Field() != "terms" {
			t.Errorf("%+v", a)
		}
		s.Must(t, "", `mutation { signUp(input: {`+newcomer+`, terms: "2026-03"}) { token } }`, nil, nil)
	})
}
