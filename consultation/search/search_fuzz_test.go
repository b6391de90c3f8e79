package search_test

import (
	"testing"

	"ensemble/consultation/refusal"
	"ensemble/consultation/roadmap"
	"ensemble/consultation/search/words"
	"ensemble/internal/testsite"
	"ensemble/internal/testsite/scene"
)

// No query and no text makes a database fail, and both databases find equally many.
func FuzzSearch(f *testing.F) {
	for _, query := range []string{
		"numérique", "ateliers -atelier", `"porte à porte`, "AND OR NOT NEAR(a b)", "title:x {body}:y", "a* ^b",
		"'a' & !b | c:*", `\' " ; --`, "-", `-"`, `""""`, "( ) { } [ ] + ^ * : = .", "x=y fr.num und=de",
		"½ ﬁn ② œuvre", "हिन्दी 한국어 中文", "a\x00b", "\xff\xfe", "-\"de la\" -le l'un",
		"word word word word word word word word word word word word word word word word word word word word",
	} {
		f.Add(query, "Des ateliers : porte à porte, "+query)
	}

	sites := []*testsite.World{
		testsite.NewWorld(f, testsite.SQLite(f)), testsite.NewWorld(f, testsite.Postgres(f)),
	}
	var subjects []string
	for _, w := range sites {
		subjects = append(subjects, w.Commitment(f, "Le numérique", "Pour tous.").ID)
	}

	f.Fuzz(func(t *testing.T, query, body string) {
		if len(query) > 4*200 || len(body) > 1000 {
			return
		}

		var found []int
		for i, w := range sites {
			_, err := w.PostComment(w.Alice.Ctx(t.Context()),
				roadmap.PostCommentInput{Subject: subjects[i], Body: body})
			if err != nil && refusal.CodeOf(err) != refusal.BadUserInput {
				t.Fatalf("post %q: %v", body, err)
			}
			rows, err := w.Search(words.Parse(query, ""), scene.Anywhere).All(t.Context())
			if err != nil {
				t.Fatalf("search for %q: %v", query, err)
			}
			found = append(found, len(rows))
		}

		if found[0] != found[1] {
			t.Errorf("%q finds %d on SQLite and %d on PostgreSQL", query, found[0], found[1])
		}
	})
}
