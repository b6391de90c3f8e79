package texttest

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// Essay writes a text of about size bytes. As in a language, a few words are frequent and many are rare. About changed
// of ten words differ from one edition to another, the others are the same. A paragraph has as many words as words
// says.
func Essay(size, words, changed int, edition uint64) string {
	common := rand.New(rand.NewPCG(1, 1))    // #nosec G404 -- the text is the same each time
	own := rand.New(rand.NewPCG(2, edition)) // #nosec G404 -- the text is the same each time

	var s strings.Builder
	for n := 1; s.Len() < size; n++ {
		word := common.IntN(1 + common.IntN(1+common.IntN(5000)))
		if own.IntN(10) < changed {
			word = own.IntN(5000)
		}

		fmt.Fprintf(&s, "mot%x", word)
		switch {
		case n%words == 0:
			s.WriteString(".\n\n")
		case n%12 == 0:
			s.WriteString(", ")
		default:
			s.WriteByte(' ')
		}
	}
	return s.String()
}

// Benchmarks are texts of 100 kB, far more than an official text has, in the shapes that cost the most.
var Benchmarks = []struct {
	Name           string
	Words, Changed int
}{
	{"few changes", 80, 0},
	{"one word in ten", 80, 1},
	{"half the words", 80, 5},
	{"another text", 80, 10},
	{"items, half the words", 36, 5},
	{"one paragraph, few changes", 1 << 30, 0},
	{"one paragraph, half the words", 1 << 30, 5},
	{"one paragraph, another text", 1 << 30, 10},
}
