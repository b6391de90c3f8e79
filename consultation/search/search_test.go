package search_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"ensemble/consultation/roadmap"
	"ensemble/consultation/search"
	"ensemble/ent/amendment"
	"ensemble/ent/commitment"
	"ensemble/ent/searchentry"
	"ensemble/internal/testsite"
	"ensemble/internal/testsite/scene"
)

// comment posts a comment by Alice, a minute after what came before, and returns its id.
func comment(t *testing.T, w *scene.World, subject, language, body string) string {
	t.Helper()
	w.Clock.Advance(time.Minute)
	return testsite.Got(w.PostComment(scene.As(t, w.Alice), roadmap.PostCommentInput{
		Subject: subject, Body: body, Language: &language,
	}))(t).ID
}

// Words are found whatever their case, accents and endings, as far as the language of the text has rules for these.
func TestSearchFindsWords(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.Commitment(t, "Le numérique inclusif",
			"Des **ateliers** dans [chaque canton](https://example.org/secret).")
		french := comment(t, w, c.ID, "fr", "L’Œuvre d’un atelier : 100 % participatif, porte-à-porte !")
		english := comment(t, w, c.ID, "en-GB", "Workshops supported the elderly")
		breton := comment(t, w, c.ID, "br", "Ar skolioù niverel")

		for _, query := range []string{
			"numérique ", "numerique ", "NUMÉRIQUES", "numer", "inclusives ", "canton -paris",
			"EN numérique", c.Reference,
		} {
			w.Finds(t, query, scene.Anywhere, c.ID)
		}

		w.Finds(t, "atelier ", scene.Anywhere, c.ID, french)
		w.Finds(t, "ateliers ", scene.Anywhere, c.ID, french)
		w.Finds(t, "atelier -numerique ", scene.Anywhere, french)
		w.Finds(t, `atelier -"chaque canton"`, scene.Anywhere, french)
		w.Finds(t, "oeuvre 100% ", scene.Anywhere, french)
		w.Finds(t, `"porte a porte"`, scene.Anywhere, french)
		w.Finds(t, `"porte porte"`, scene.Anywhere)
		w.Finds(t, `«d'un ATELIER»`, scene.Anywhere, french)
		w.Finds(t, `"ateliers"`, scene.Anywhere, c.ID)

		w.Finds(t, "workshop supporting ", scene.Anywhere, english)
		w.Finds(t, "skol", scene.Anywhere, breton)
		w.Finds(t, "skol ", scene.Anywhere)

		testsite.Must(t, w.FillSearch(t.Context())) // the organization was made by hand
		w.Finds(t, "hub sud", scene.Anywhere, w.Organization.ID)
		w.Finds(t, "hubs du sud ", scene.Anywhere, w.Organization.ID)

		for _, query := range []string{
			"%", "_", "*", "de la", "l'", "the", `""`, "-canton", "secret", "https",
			"absent ", "atelier absent ", "\x00'; --",
		} {
			w.Finds(t, query, scene.Anywhere)
		}
	})
}

// A text is found by the characters that its references stand for, as pages show them, and not by their names.
func TestSearchFindsWhatIsShown(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.Commitment(t, "Un lieu", "Ouvert.")
		m := comment(t, w, c.ID, "fr", "Un caf&eacute; &agrave; l&#8217;&OElig;uvre&nbsp;: R&amp;D, &amp;egrave;")
		for _, query := range []string{"café ", "oeuvre ", `"un café à l'œuvre"`, `"R&D"`, "egrave "} {
			w.Finds(t, query, scene.Anywhere, m)
		}
		for _, query := range []string{"eacute ", "nbsp ", "oelig ", "amp "} {
			w.Finds(t, query, scene.Anywhere)
		}
	})
}

// Each filter leaves what it names, and an empty list of kinds leaves nothing.
func TestSearchFilters(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.Commitment(t, "Un guichet", "Ouvert.")
		a := w.Amendment(t, w.Bob, c, "Guichet ouvert à tous.")
		w.Clock.Advance(time.Minute)
		onC, onA := comment(t, w, c.ID, "fr", "Quel guichet ?"), comment(t, w, a.ID, "fr", "Ce guichet.")

		g := w.NewOrganization(t, "Guichet solidaire", true)
		herault, region := testsite.Got(w.TerritoryByCode(t.Context(), "34", nil))(t), "76"
		occitanie := testsite.Got(w.Read.Territory.Get(t.Context(), *herault.ParentID))(t)
		if occitanie.Code != region {
			t.Fatalf("the region is %s", occitanie.Code)
		}
		testsite.Must(t, w.Write.Organization.UpdateOne(g).SetTerritoryID(herault.ID).Exec(t.Context()))
		testsite.Must(t, w.Write.Commitment.UpdateOneID(c.ID).AddTerritoryIDs(herault.ID).Exec(t.Context()))
		testsite.Must(t, w.FillSearch(t.Context()))
		fr, en, br, none := "fr-FR", "en", "br", "process_0000000000000000000000000g"
		all := []string{g.ID, c.ID, a.ID, onA, onC}

		for _, f := range []struct {
			name string
			search.SearchFilter
			want []string
		}{
			{"nothing", scene.Anywhere, all},
			{"kinds", search.SearchFilter{
				Kinds: []searchentry.Kind{searchentry.KindCOMMENT, searchentry.KindORGANIZATION},
			}, []string{g.ID, onA, onC}},
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
			t.Run(f.name, func(t *testing.T) { w.Finds(t, "guichet", f.SearchFilter, f.want...) })
		}

		w.Finds(t, "ouvertes ", search.SearchFilter{Language: &fr}, c.ID, a.ID)
		w.Finds(t, "quel", search.SearchFilter{Language: &en})
	})
}

// Words in a title come before the same words in a text, words side by side before words apart, and newer texts first.
func TestSearchRanks(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		body := w.Commitment(t, "Autre chose", "Un lieu, plus loin l’accueil.")
		side := comment(t, w, body.ID, "fr", "Un lieu accueil")
		apart := comment(t, w, body.ID, "fr", "Un accueil dans un lieu")
		newer := comment(t, w, body.ID, "fr", "Un lieu, un accueil")
		w.Clock.Advance(time.Minute)
		title := w.Commitment(t, "L’accueil en un lieu", "Rien.")

		w.Finds(t, "lieu accueil", scene.Anywhere, title.ID, side, body.ID, newer, apart)
	})
}

// What is not public is not found, also when it was public once. What is below it is hidden with it.
func TestSearchHides(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		draft := w.Draft(t, "Brouillon licorne", "Licorne.")
		c := w.Commitment(t, "Public", "Une licorne.")
		proposed := "Une licorne à rayures."
		unsent := testsite.Got(w.DraftAmendment(scene.As(t, w.Bob), roadmap.DraftAmendmentInput{
			Commitment: c.ID, Body: &proposed,
		}))(t)
		m := comment(t, w, c.ID, "fr", "La licorne.")
		w.Finds(t, "licorne", scene.Anywhere, c.ID, m)

		testsite.Must(t, scene.Only(w.SubmitAmendment(scene.As(t, w.Bob), roadmap.SubmitAmendmentInput{
			Amendment: unsent.ID,
		})))
		w.Finds(t, "rayures", scene.Anywhere, unsent.ID)
		below := comment(t, w, unsent.ID, "fr", "Rayures de licorne.")
		w.Finds(t, "rayures", scene.Anywhere, unsent.ID, below)

		testsite.Must(t, scene.Only(w.EditComment(scene.As(t, w.Alice), roadmap.EditCommentInput{
			Comment: below, Body: "Des taches.",
		})))
		w.Finds(t, "rayures", scene.Anywhere, unsent.ID)
		w.Finds(t, "taches", scene.Anywhere, below)

		testsite.Must(t, scene.Only(w.DeleteComment(scene.As(t, w.Alice), roadmap.DeleteCommentInput{Comment: m})))
		w.Finds(t, "licorne", scene.Anywhere, c.ID, unsent.ID)

		w.Revise(t, c, "licorne", "girafe")
		w.Finds(t, "girafe", scene.Anywhere, c.ID)
		w.Finds(t, "licorne", search.SearchFilter{Language: new("fr")}, unsent.ID) // it stays in the English text

		testsite.Must(t, scene.Only(w.PublishCommitment(scene.As(t, w.Steering), roadmap.PublishCommitmentInput{
			Commitment: draft.ID,
		})))
		w.Finds(t, "brouillon", scene.Anywhere, draft.ID)

		// Rows that were changed without telling the index are hidden all the same.
		testsite.Must(t, w.Write.Comment.UpdateOneID(below).SetHiddenAt(w.Now()).Exec(t.Context()))
		w.Finds(t, "taches", scene.Anywhere)
		testsite.Must(t, w.Write.Comment.UpdateOneID(below).ClearHiddenAt().Exec(t.Context()))
		testsite.Must(t, w.Write.Amendment.UpdateOneID(unsent.ID).SetState(amendment.StateDRAFT).Exec(t.Context()))
		w.Finds(t, "rayures", scene.Anywhere)
		w.Finds(t, "taches", scene.Anywhere)
		testsite.Must(t, w.Write.Amendment.UpdateOneID(unsent.ID).SetState(amendment.StateEVALUATING).Exec(t.Context()))
		testsite.Must(t, w.Write.Commitment.UpdateOneID(c.ID).SetStatus(commitment.StatusDRAFT).Exec(t.Context()))
		for _, word := range []string{"taches", "rayures", "girafe"} {
			w.Finds(t, word, scene.Anywhere)
		}
		testsite.Must(t, w.Write.Commitment.UpdateOneID(c.ID).SetStatus(commitment.StatusOPEN).Exec(t.Context()))
		w.Finds(t, "taches", scene.Anywhere, below)
	})
}

// FillSearch adds what is missing, removes what is not public, and leaves the rest as it is.
func TestFillSearch(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.Commitment(t, "Un guichet", "Ouvert.")
		w.Amendment(t, w.Bob, c, "Guichet ouvert à tous.")
		for range 3 {
			comment(t, w, c.ID, "fr", "Quel guichet ?")
		}

		testsite.Must(t, w.FillSearch(t.Context()))
		want := w.IndexRows(t)
		if len(want) != 6 { // with the organization
			t.Errorf("the index is %v", want)
		}

		w.ForgetIndex(t)
		testsite.Must(t, w.FillSearch(t.Context()))
		if again := w.IndexRows(t); !slices.Equal(again, want) {
			t.Errorf("the index became\n%s\nfrom\n%s", strings.Join(again, "\n"), strings.Join(want, "\n"))
		}

		hidden := comment(t, w, c.ID, "fr", "Caché.")
		testsite.Must(t, w.Write.Comment.UpdateOneID(hidden).SetHiddenAt(w.Now()).Exec(t.Context()))
		testsite.Must(t, w.FillSearch(t.Context()))
		if again := w.IndexRows(t); !slices.Equal(again, want) {
			t.Errorf("a hidden comment stays in %v", again)
		}

		testsite.Must(t, w.Write.Comment.UpdateOneID(hidden).ClearHiddenAt().Exec(t.Context()))
		testsite.Must(t, w.FillSearch(t.Context()))
		w.Finds(t, "cache ", scene.Anywhere, hidden)
	})
}
