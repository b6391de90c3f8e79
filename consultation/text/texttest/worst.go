package texttest

import (
	"math/rand/v2"
	"strings"
)

// Worst has pairs of unlike texts of 20,000 signs, as long as official texts may be, that take longest to compare: by
// what they are made of.
var Worst = []struct {
	Name                     string
	Letters, Long, Paragraph int // different letters; of a word; words of a paragraph
}{
	{"paragraphs of short words", 26, 1, 20},
	{"paragraphs of few words", 5, 2, 13},
	{"paragraphs of two letters", 2, 3, 10},
	{"one paragraph", 2, 1, 1 << 30},
	{"a word each", 26, 2, 1},
}

// Noise writes a text of size signs of those letters, another one for each edition.
func Noise(size, letters, long, paragraph int, edition uint64) string {
	random := rand.New(rand.NewPCG(3, edition)) // #nosec G404 -- the text is the same each time

	var s strings.Builder
	for n := 1; s.Len() < size; n++ {
		for range long {
			s.WriteByte(byte('a' + random.IntN(letters)))
		}
		if n%paragraph == 0 {
			s.WriteString("\n\n")
		} else {
			s.WriteByte(' ')
		}
	}
	return s.String()[:size]
}
