package words

import (
	"fmt"
	"strings"
	"testing"
)

// worstTexts and worstQueries are what takes longest: texts as long as they may be, queries likewise.
var (
	worstTexts = map[string]string{
		"signs of sentences": strings.Repeat("ﷺ", 19_900), "signs apart": strings.Repeat("ﷺ ", 9_950),
		"signs of words": strings.Repeat("㌖ ", 9_950), "halves": strings.Repeat("½", 19_900),
		"words": strings.Repeat("ab ", 6_600), "letters": strings.Repeat("a ", 9_950),
		"accents": strings.Repeat("éa ", 6_600), "different words": differentWords(19_900),
	}
	worstQueries = map[string]string{
		"signs of sentences": strings.Repeat("ﷺ", 200), "words": differentWords(200),
		"phrases": strings.Repeat(`"ab"`, 50), "a phrase": `"` + strings.Repeat("a ", 98) + `b"`,
		"halves": `"` + strings.Repeat("½", 198) + `"`, "one word": "ab",
	}
)

// differentWords returns words of three letters, up to a length.
func differentWords(length int) string {
	var b strings.Builder
	for n := 0; b.Len()+4 <= length; n++ {
		fmt.Fprintf(&b, "%c%c%c ", 'a'+n%26, 'a'+n/26%26, 'a'+n/676%26)
	}
	return b.String()
}

// BenchmarkWorst makes excerpts of what takes longest.
func BenchmarkWorst(b *testing.B) {
	for query, asked := range worstQueries {
		for text, s := range worstTexts {
			b.Run(query+" in "+text, func(b *testing.B) {
				for b.Loop() {
					Parse(asked, "").Excerpt("fr", s)
				}
			})
		}
	}
}
