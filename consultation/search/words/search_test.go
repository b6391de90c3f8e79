package words

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"ensemble/consultation/text/clean"
)

// marked returns the text with brackets around what matches.
func marked(spans []Span) string {
	var b strings.Builder
	for _, s := range spans {
		if s.IsMatch {
			b.WriteString("[" + s.Text + "]")
		} else {
			b.WriteString(s.Text)
		}
	}
	return b.String()
}

// Mark marks the words that a search finds, in the spelling of the text.
func TestMark(t *testing.T) {
	for _, c := range []struct{ language, query, text, want string }{
		// Words, whatever their accents, case and endings. The last may be unfinished.
		{"fr", "numerique ", "Le Numérique inclusif", "Le [Numérique] inclusif"},
		{"fr", "NUMÉRIQUES ", "Le numérique inclusif", "Le [numérique] inclusif"},
		{"fr", "ateliers ", "Un atelier, des ateliers.", "Un [atelier], des [ateliers]."},
		{"fr", "former ", "La formation des formateurs", "La formation des formateurs"},
		{"fr", "participer ", "La participation, participée, participé : ils participaient",
			"La [participation], [participée], [participé] : ils [participaient]"},
		{"en", "workshops ", "A workshop’s end", "A [workshop]’s end"},
		{"en", "supporting ", "It supported us", "It [supported] us"},

		// What is not looked for: too short, or said everywhere.
		{"fr", "numér", "Le numérique, et la numération", "Le [numérique], et la [numération]"},
		{"fr", "n", "Le numérique", "Le numérique"},
		{"fr", "la de l'", "La fin de l’année", "La fin de l’année"},

		// Phrases, ligatures, signs, and a language whose endings are not known.
		{"fr", `"fin de l'année"`, "À la fin de l’année ; de l’année", "À la [fin] [de] [l]’[année] ; de l’année"},
		{"fr", "œuvre ", "L’ŒUVRE et l'oeuvre", "L’[ŒUVRE] et l'[oeuvre]"},
		{"br", "skol", "Ar skolioù", "Ar [skolioù]"},
		{"br", "skol ", "Ar skolioù", "Ar skolioù"},
		{"fr", "accueil -canton", "L’accueil du canton", "L’[accueil] du canton"},
		{"fr", "½ ", "½ heure", "[½] heure"},
		{"fr", "<b>gras</b> ", "du <b>gras</b>", "du <b>[gras]</b>"},
		{"fr", `"un guichet" "un guichet unique" "un guichet"`, "un guichet, un guichet unique",
			"[un] [guichet], [un] [guichet] [unique]"},
		{"fr", "ateliers atelier atel", "ATELIERS ateliériste", "[ATELIERS] [ateliériste]"},
		{"ar", "ﷺ ", "محمد ﷺ صلعم", "محمد [ﷺ] [صلعم]"},
	} {

		if got := marked(Parse(c.query, "").Mark(c.language, c.text)); got != c.want {
			t.Errorf("%q in %q: %q, want %q", c.query, c.text, got, c.want)
		}
	}
}

// A query has so many words, whatever its signs mean. The others are not looked for, in texts as in the database.
func TestManyWords(t *testing.T) {
	var asked strings.Builder
	for n := range maxWords + 2 {
		fmt.Fprintf(&asked, "w%03d ", n)
	}
	text := asked.String()
	for name, query := range map[string]string{
		"words": text, "a phrase": `"` + text + `"`, "phrases": `"` + strings.ReplaceAll(text, " ", `" "`),
	} {
		q := Parse(query, "fr")
		if n := strings.Count(marked(q.Mark("fr", text)), "["); n != maxWords {
			t.Errorf("%s: %d words are marked", name, n)
		}
		if c := q.TSQuery(); !strings.Contains(c.Words, "w063") || strings.Contains(c.Words, "w064") {
			t.Errorf("%s: %s", name, c.Words)
		}
	}

	for name, query := range worstQueries {
		q := Parse(query, "")
		if n := len(q.soughtIn("fr").seen); q.words > maxWords || n > q.words {
			t.Errorf("%s: %d words, of which %d are looked for", name, q.words, n)
		}
	}
}

// Found counts places, and says whether each term is in one of the texts.
func TestFound(t *testing.T) {
	for _, c := range []struct {
		query, title, body string
		count              int
		all                bool
	}{
		{"guichet unique", "Un guichet", "Il est unique, un guichet.", 3, true},
		{"guichet guichet ", "Un guichet", "", 1, true},
		{"guichet absent ", "Un guichet", "", 1, false},
		{"le guichet ", "Un guichet", "", 1, true},
		{`"un guichet" "le guichet"`, "Un guichet", "", 1, false},
	} {
		count, all := Parse(c.query, "").Found("fr", c.title, c.body)
		if count != c.count || all != c.all {
			t.Errorf("%q: %d, %t", c.query, count, all)
		}
	}
}

// An excerpt has the most matches that one can have, the first such.
func TestWindowHasMost(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		some := rapid.SampledFrom([]string{"œuvre", "é", "guichet", "guichet", "aaaaaaaaaaaa"})
		s := strings.Join(rapid.SliceOfN(some, 100, 300).Draw(t, "words"), " ")
		found := Parse("guichet œuvre ", "").matches("fr", s)

		most, best := 0, 0
		for _, place := range found {
			n := len(within(found, place[0], forward(s, place[0], excerptLength*3/4)))
			if n > most {
				most, best = n, place[0]
			}
		}
		from, to := window(s, found)
		if clean.Length(s) > excerptLength && (best < from || best > to || len(within(found, from, to)) < most) {
			t.Fatalf("from %d to %d are %d, not the %d from %d on", from, to, len(within(found, from, to)), most, best)
		}
	})
}

// A query becomes a condition in the language of each database.
func TestConditions(t *testing.T) {
	for query, want := range map[string]Condition{
		"ateliers ": {
			Words: `(("fr.ateli") OR ("en.ateli") OR ("und=ateliers"))`,
			Title: `{title} : (("fr.ateli") OR ("en.ateli") OR ("und=ateliers"))`,
		},
		`"de la" -x`: {
			Words: `(("fr=de fr=la") OR ("en=de en=la") OR ("und=de und=la")) NOT ("fr=x" OR "en=x" OR "und=x")`,
			Title: `{title} : (("fr=de fr=la") OR ("en=de en=la") OR ("und=de und=la"))`,
		},
	} {
		if got := Parse(query, "").FTS5(); got != want {
			t.Errorf("%q is %+v", query, got)
		}
	}

	got := Parse("le numér", "fr-CA").TSQuery()
	if got.Words != `(((('fr.num') | ('fr=numer':*))))` || got.Together != `(('fr=le' <-> 'fr=numer':*))` {
		t.Errorf("%+v", got)
	}
}

// A query is empty when there is nothing in it to look for: signs, single letters, or words that must not be there.
func TestEmpty(t *testing.T) {
	for query, want := range map[string]bool{
		"%": true, "_": true, `"`: true, "-": true, "a": true, "l'": true, "-accueil": true, `""`: true, "👍": true,
		"x y": true, "accueil": false, "3": false, `"de"`: false, "中": false,
	} {
		if got := Parse(query, "").IsEmpty(); got != want {
			t.Errorf("%q: %v", query, got)
		}
	}
}

// An excerpt is what is around the matches, or the beginning of the text when there are none.
func TestExcerpt(t *testing.T) {
	long := strings.Repeat("avant ", 100) + "le guichet\nunique " + strings.Repeat("après ", 100)

	got := marked(Parse("guichet unique", "").Excerpt("fr", long))
	if !strings.HasPrefix(got, "…avant ") || !strings.HasSuffix(got, " après…") ||
		!strings.Contains(got, "le [guichet] [unique] après") {
		t.Errorf("%q", got)
	}

	far := strings.Repeat("œ ", maxLooked/2) + "guichet"
	if got := marked(Parse("guichet", "").Excerpt("fr", far)); strings.Contains(got, "[") || !strings.HasSuffix(got, "…") {
		t.Errorf("far away is %q", got)
	}
	far = strings.Repeat("œ ", maxLooked/2-10) + "guichet"
	if got := marked(Parse("guichet", "").Excerpt("fr", far)); !strings.HasSuffix(got, "[guichet]") {
		t.Errorf("not so far is %q", got)
	}

	if got := marked(Parse("absent", "").Excerpt("fr", "court")); got != "court" {
		t.Errorf("%q", got)
	}
	got = marked(Parse("absent", "").Excerpt("fr", long))
	if !strings.HasPrefix(got, "avant avant") || !strings.HasSuffix(got, "…") {
		t.Errorf("%q", got)
	}
}

// Marks change nothing in the text, whatever the query, and an excerpt is short.
func TestMarksKeepTheText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, query := rapid.String().Draw(t, "text"), rapid.String().Draw(t, "query")
		q := Parse(query+" "+s, "")

		whole := strings.NewReplacer("[", "", "]", "").Replace
		if got := whole(marked(q.Mark("fr", s))); got != whole(s) {
			t.Fatalf("%q became %q", s, got)
		}
		if n := utf8.RuneCountInString(marked(q.Excerpt("fr", strings.Repeat(s, 20)))); n > 4*excerptLength {
			t.Fatalf("an excerpt of %d", n)
		}
	})
}
