package lists_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"ensemble/ent/commitment"
	"ensemble/internal/testsite"
)

// searchIDs reads a page of two items that a search finds.
const searchIDs = `query($q: String!, $after: Cursor) {
	search(query: $q, first: 2, after: $after) {
		totalCount counts { count } pageInfo { hasNextPage endCursor } nodes { id: itemId item { id } }
	}
}`

// searchPage is the answer to searchIDs.
type searchPage struct {
	Search struct {
		TotalCount int
		Counts     []struct{ Count int }
		PageInfo   struct {
			HasNextPage bool
			EndCursor   *string
		}
		Nodes []struct {
			ID   string
			Item struct{ ID string }
		}
	}
}

// searchAll returns the ids of all that a search finds, page by page. It asks that the counts are right.
func searchAll(t *testing.T, s *testsite.Logged, query string) []string {
	t.Helper()
	ids := []string{}
	var page searchPage

	for {
		s.Must(t, "", searchIDs, map[string]any{"q": query, "after": page.Search.PageInfo.EndCursor}, &page)
		counted := 0
		for _, c := range page.Search.Counts {
			counted += c.Count
		}

		for _, n := range page.Search.Nodes {
			if n.Item.ID != n.ID {
				t.Errorf("%s stands for %q", n.ID, n.Item.ID)
			}
			ids = append(ids, n.ID)
		}

		if !page.Search.PageInfo.HasNextPage {
			if page.Search.TotalCount != len(ids) || counted != len(ids) {
				t.Errorf("%q: %d in all, %d counted, %d found", query, page.Search.TotalCount, counted, len(ids))
			}
			return ids
		}
	}
}

// Neither pages nor counts nor excerpts reveal what is not public.
func TestSearchTellsNothing(t *testing.T) {
	testsite.EachLogged(t, func(t *testing.T, s *testsite.Logged) {
		w := testsite.NewWorld(t, s.Site)
		w.Draft(t, "Licorne", "Une licorne en projet.")
		c := w.Commitment(t, "Un guichet", "Une licorne.")
		var comments []string
		for i := range 5 {
			s.Clock.Advance(time.Minute)
			comments = append([]string{w.Comment(t, w.Alice, c.ID, fmt.Sprintf("Licorne %d", i)).ID}, comments...)
		}

		want := append([]string{c.ID}, comments...)
		if got := searchAll(t, s, "licorne"); !slices.Equal(got, want) {
			t.Errorf("found %v, want %v", got, want)
		}

		testsite.Must(t, w.Write.Comment.UpdateOneID(comments[1]).SetHiddenAt(s.Now()).Exec(t.Context()))
		if got, want := searchAll(t, s, "licorne"), slices.Delete(slices.Clone(want), 2, 3); !slices.Equal(got, want) {
			t.Errorf("found %v, want %v", got, want)
		}

		testsite.Must(t, w.Write.Commitment.UpdateOneID(c.ID).SetStatus(commitment.StatusDRAFT).Exec(t.Context()))

		for _, who := range []*testsite.Person{w.Alice, w.Steering, w.Moderator, w.Admin} {
			var page searchPage
			s.Must(t, who.Token, searchIDs, map[string]any{"q": "licorne"}, &page)
			if page.Search.TotalCount != 0 || len(page.Search.Nodes) != 0 {
				t.Errorf("found %+v", page)
			}
		}
	})
}

// A list that is narrowed by a text takes no longer than a search; the same list without the text is no search.
func TestTextFiltersInTime(t *testing.T) {
	testsite.EachLogged(t, func(t *testing.T, s *testsite.Logged) {
		testsite.NewWorld(t, s.Site)
		s.SearchTime = 1
		for _, list := range []string{
			"organizations%s { nodes { id } totalCount }", "territories%s { nodes { id } totalCount }",
			"processes { nodes { commitments%s { nodes { id } } } }", "processes { nodes { commitments%s { totalCount } } }",
			"processes { nodes { commitments%s { counts { byStatus { count } } } } }",
		} {
			if a := s.Do(t, "", fmt.Sprintf("{ "+list+" }", `(filter: {text: "hub"})`), nil); a.Code() != "TOO_COMPLEX" {
				t.Errorf("%s: %+v", list, a)
			}
			if a := s.Do(t, "", fmt.Sprintf("{ "+list+" }", ""), nil); a.Code() != "" {
				t.Errorf("%s without a text: %+v", list, a)
			}
		}
	})
}

// A search that takes longer than it may is refused, whatever it was asked for.
func TestSearchInTime(t *testing.T) {
	testsite.EachLogged(t, func(t *testing.T, s *testsite.Logged) {
		testsite.NewWorld(t, s.Site)
		s.SearchTime = 1
		for _, selection := range []string{
			"nodes { itemId }", "totalCount", "counts { count }", "pageInfo { hasNextPage }",
		} {
			a := s.Do(t, "", `{ search(query: "hub") { `+selection+` } }`, nil)
			if a.Code() != "TOO_COMPLEX" {
				t.Errorf("%s: %+v", selection, a)
			}
		}
	})
}
