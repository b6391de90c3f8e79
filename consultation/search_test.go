package consultation_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"

	"ensemble/consultation/roadmap"
	"ensemble/consultation/search"
	"ensemble/consultation/search/words"
	"ensemble/ent/amendment"
	"ensemble/ent/commitment"
	"ensemble/ent/searchentry"
)

// finds compares what a query finds, the best first.
func (w *world) finds(t *testing.T, query string, f search.SearchFilter, want ...string) {
	t.Helper()
	language := ""
	if f.Language != nil {
		language = *f.Language
	}
	found := got(w.Search(words.Parse(query, language), f).Order(func(s *sql.Selector) {
		s.OrderBy(sql.Desc(s.C(search.SearchRank)), sql.Desc(s.C(searchentry.FieldPublishedAt)), sql.Desc(s.C("id")))
	}).All(t.Context()))(t)
	ids := []string{}
	for _, e := range found {
		ids = append(ids, e.ID)
	}
	if !slices.Equal(ids, want) {
		t.Errorf("%q finds %v, want %v", query, ids, want)
	}
}

var anywhere search.SearchFilter

func (w *world) comment(t *testing.T, subject, language, body string) string {
	t.Helper()
	w.Clock.Advance(time.Minute)
	return got(w.PostComment(as(t, w.Alice), roadmap.PostCommentInput{Subject: subject, Body: body, Language: &language}))(t).ID
}

func TestSearchFindsWords(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.Commitment(t, "Le numérique inclusif", "Des **ateliers** dans [chaque canton](https://example.org/secret).")
		french := w.comment(t, c.ID, "fr", "L’Œuvre d’un atelier : 100 % participatif, porte-à-porte !")
		english := w.comment(t, c.ID, "en-GB", "Workshops supported the elderly")
		breton := w.comment(t, c.ID, "br", "Ar skolioù niverel")
		for _, query := range []string{"numérique ", "numerique ", "NUMÉRIQUES", "numer", "inclusives ", "canton -paris", "EN numérique", c.Reference} {
			w.finds(t, query, anywhere, c.ID)
		}
		w.finds(t, "atelier ", anywhere, c.ID, french)
		w.finds(t, "ateliers ", anywhere, c.ID, french)
		w.finds(t, "atelier -numerique ", anywhere, french)
		w.finds(t, `atelier -"chaque canton"`, anywhere, french)
		w.finds(t, "oeuvre 100% ", anywhere, french)
		w.finds(t, `"porte a porte"`, anywhere, french)
		w.finds(t, `"porte porte"`, anywhere)
		w.finds(t, `«d'un ATELIER»`, anywhere, french)
		w.finds(t, `"ateliers"`, anywhere, c.ID)
		w.finds(t, "workshop supporting ", anywhere, english)
		w.finds(t, "skol", anywhere, breton)
		w.finds(t, "skol ", anywhere)
		must(t, w.FillSearch(t.Context())) // the organization was made by hand
		w.finds(t, "hub sud", anywhere, w.Organization.ID)
		w.finds(t, "hubs du sud ", anywhere, w.Organization.ID)
		for _, query := range []string{"%", "_", "*", "de la", "l'", "the", `""`, "-canton", "secret", "https", "absent ", "atelier absent ", "\x00'; --"} {
			w.finds(t, query, anywhere)
		}
	})
}

func TestSearchFilters(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.Commitment(t, "Un guichet", "Ouvert.")
		a := w.Amendment(t, w.Bob, c, "Guichet ouvert à tous.")
		w.Clock.Advance(time.Minute)
		onC, onA := w.comment(t, c.ID, "fr", "Quel guichet ?"), w.comment(t, a.ID, "fr", "Ce guichet.")
		g := w.NewOrganization(t, "Guichet solidaire", true)
		herault, region := got(w.TerritoryByCode(t.Context(), "34", nil))(t), "76"
		occitanie := got(w.Read.Territory.Get(t.Context(), *herault.ParentID))(t)
		if occitanie.Code != region {
			t.Fatalf("the region is %s", occitanie.Code)
		}
		must(t, w.Write.Organization.UpdateOne(g).SetTerritoryID(herault.ID).Exec(t.Context()))
		must(t, w.Write.Commitment.UpdateOneID(c.ID).AddTerritoryIDs(herault.ID).Exec(t.Context()))
		must(t, w.FillSearch(t.Context()))
		fr, en, br, none := "fr-FR", "en", "br", "process_0000000000000000000000000g"
		all := []string{g.ID, c.ID, a.ID, onA, onC}
		for _, f := range []struct {
			name string
			search.SearchFilter
			want []string
		}{
			{"nothing", anywhere, all},
			{"kinds", search.SearchFilter{Kinds: []searchentry.Kind{searchentry.KindCOMMENT, searchentry.KindORGANIZATION}}, []string{g.ID, onA, onC}},
			{"no kinds", search.SearchFilter{Kinds: []searchentry.Kind{}}, nil},
			{"process", search.SearchFilter{Process: &w.Process.ID}, all[1:]},
			{"another process", search.SearchFilter{Process: &none}, nil},
			{"axis", search.SearchFilter{Axes: []string{w.Axis.ID, "x"}}, all[1:]},
			{"another axis", search.SearchFilter{Axes: []string{"x"}}, nil},
			{"territory", search.SearchFilter{Territories: []string{herault.ID}}, all},
			{"territory above", search.SearchFilter{Territories: []string{occitanie.ID}}, all},
			{"no territory", search.SearchFilter{Territories: []string{"%", w.Process.ID}}, nil},
			{"French", search.SearchFilter{Language: &fr}, all[1:]},
			{"English", search.SearchFilter{Language: &en}, []string{c.ID}}, // "EN Un guichet"
			{"Breton", search.SearchFilter{Language: &br}, nil},
			{"wild language", search.SearchFilter{Language: new("%")}, nil},
		} {
			t.Run(f.name, func(t *testing.T) { w.finds(t, "guichet", f.SearchFilter, f.want...) })
		}
		w.finds(t, "ouvertes ", search.SearchFilter{Language: &fr}, c.ID, a.ID)
		w.finds(t, "quel", search.SearchFilter{Language: &en})
	})
}

func TestSearchRanks(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		body := w.Commitment(t, "Autre chose", "Un lieu, plus loin l’accueil.")
		side := w.comment(t, body.ID, "fr", "Un lieu accueil")
		apart := w.comment(t, body.ID, "fr", "Un accueil dans un lieu")
		newer := w.comment(t, body.ID, "fr", "Un lieu, un accueil")
		w.Clock.Advance(time.Minute)
		title := w.Commitment(t, "L’accueil en un lieu", "Rien.")
		w.finds(t, "lieu accueil", anywhere, title.ID, side, body.ID, newer, apart)
	})
}

// What is not public is not found, nor is it once it was; what is below it follows.
func TestSearchHides(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		draft := w.Draft(t, "Brouillon licorne", "Licorne.")
		c := w.Commitment(t, "Public", "Une licorne.")
		proposed := "Une licorne à rayures."
		unsent := got(w.DraftAmendment(as(t, w.Bob), roadmap.DraftAmendmentInput{Commitment: c.ID, Body: &proposed}))(t)
		m := w.comment(t, c.ID, "fr", "La licorne.")
		w.finds(t, "licorne", anywhere, c.ID, m)

		must(t, only(w.SubmitAmendment(as(t, w.Bob), roadmap.SubmitAmendmentInput{Amendment: unsent.ID})))
		w.finds(t, "rayures", anywhere, unsent.ID)
		below := w.comment(t, unsent.ID, "fr", "Rayures de licorne.")
		w.finds(t, "rayures", anywhere, unsent.ID, below)
		must(t, only(w.EditComment(as(t, w.Alice), roadmap.EditCommentInput{Comment: below, Body: "Des taches."})))
		w.finds(t, "rayures", anywhere, unsent.ID)
		w.finds(t, "taches", anywhere, below)
		must(t, only(w.DeleteComment(as(t, w.Alice), roadmap.DeleteCommentInput{Comment: m})))
		w.finds(t, "licorne", anywhere, c.ID, unsent.ID)
		w.revise(t, c, "licorne", "girafe")
		w.finds(t, "girafe", anywhere, c.ID)
		w.finds(t, "licorne", search.SearchFilter{Language: new("fr")}, unsent.ID) // it stays in the English text
		must(t, only(w.PublishCommitment(as(t, w.Steering), roadmap.PublishCommitmentInput{Commitment: draft.ID})))
		w.finds(t, "brouillon", anywhere, draft.ID)

		// Rows that were changed without a word to the index are hidden all the same.
		must(t, w.Write.Comment.UpdateOneID(below).SetHiddenAt(w.Now()).Exec(t.Context()))
		w.finds(t, "taches", anywhere)
		must(t, w.Write.Comment.UpdateOneID(below).ClearHiddenAt().Exec(t.Context()))
		must(t, w.Write.Amendment.UpdateOneID(unsent.ID).SetState(amendment.StateDRAFT).Exec(t.Context()))
		w.finds(t, "rayures", anywhere)
		w.finds(t, "taches", anywhere)
		must(t, w.Write.Amendment.UpdateOneID(unsent.ID).SetState(amendment.StateEVALUATING).Exec(t.Context()))
		must(t, w.Write.Commitment.UpdateOneID(c.ID).SetStatus(commitment.StatusDRAFT).Exec(t.Context()))
		for _, word := range []string{"taches", "rayures", "girafe"} {
			w.finds(t, word, anywhere)
		}
		must(t, w.Write.Commitment.UpdateOneID(c.ID).SetStatus(commitment.StatusOPEN).Exec(t.Context()))
		w.finds(t, "taches", anywhere, below)
	})
}

// The walk puts in what is missing, takes out what is not public, and leaves the rest alone.
func TestFillSearch(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.Commitment(t, "Un guichet", "Ouvert.")
		w.Amendment(t, w.Bob, c, "Guichet ouvert à tous.")
		for range 3 {
			w.comment(t, c.ID, "fr", "Quel guichet ?")
		}
		must(t, w.FillSearch(t.Context()))
		want := w.index(t)
		if len(want) != 6 { // with the organization
			t.Errorf("the index is %v", want)
		}
		w.forgetIndex(t)
		must(t, w.FillSearch(t.Context()))
		if again := w.index(t); !slices.Equal(again, want) {
			t.Errorf("the index became\n%s\nfrom\n%s", strings.Join(again, "\n"), strings.Join(want, "\n"))
		}
		hidden := w.comment(t, c.ID, "fr", "Caché.")
		must(t, w.Write.Comment.UpdateOneID(hidden).SetHiddenAt(w.Now()).Exec(t.Context()))
		must(t, w.FillSearch(t.Context()))
		if again := w.index(t); !slices.Equal(again, want) {
			t.Errorf("a hidden comment stays in %v", again)
		}
		must(t, w.Write.Comment.UpdateOneID(hidden).ClearHiddenAt().Exec(t.Context()))
		must(t, w.FillSearch(t.Context()))
		w.finds(t, "cache ", anywhere, hidden)
	})
}

// index is all that the index holds, sorted.
func (w *world) index(t testing.TB) []string {
	t.Helper()
	query := `SELECT concat_ws(' | ', e.id, e.kind, e.languages, e.commitment_id, e.amendment_id, e.published_at, w.title, w.body)
FROM search_entries e LEFT JOIN search_words w ON w.rowid = e.number UNION ALL SELECT 'words of nothing' FROM search_words WHERE rowid NOT IN (SELECT number FROM search_entries)`
	if w.Store.Dialect == dialect.Postgres {
		query = `SELECT concat_ws(' | ', id, kind, languages, commitment_id, amendment_id, published_at, title, words) FROM search_entries`
	}
	rows := got(w.Store.Read.QueryContext(t.Context(), query))(t)
	defer func() { _ = rows.Close() }()
	var all []string
	for rows.Next() {
		var row string
		must(t, rows.Scan(&row))
		all = append(all, row)
	}
	must(t, rows.Err())
	slices.Sort(all)
	return all
}

func (w *world) forgetIndex(t testing.TB) {
	t.Helper()
	if w.Store.Dialect == dialect.SQLite {
		got(w.Store.Write.ExecContext(t.Context(), "DELETE FROM search_words"))(t)
	}
	got(w.Store.Write.ExecContext(t.Context(), "DELETE FROM search_entries"))(t)
}

// checkSearch asks that the index holds what it would if it was made from the rows now: that no mutation forgot it.
// Organizations have no mutations.
func (w *world) checkSearch(t testing.TB) {
	t.Helper()
	before := w.index(t)
	w.forgetIndex(t)
	must(t, w.FillSearch(t.Context()))
	after := slices.DeleteFunc(w.index(t), func(row string) bool { return strings.HasPrefix(row, "organization_") })
	before = slices.DeleteFunc(before, func(row string) bool { return strings.HasPrefix(row, "organization_") })
	if !slices.Equal(before, after) {
		t.Errorf("the index holds\n%s\nbut should hold\n%s", strings.Join(before, "\n"), strings.Join(after, "\n"))
	}
}
