package clean

import (
	"fmt"
	"strings"
	"testing"
)

// BenchmarkWorst looks for as many words as a process may hold in what takes longest, each as long as a text may be.
func BenchmarkWorst(b *testing.B) {
	var held []string
	for n := range 500 {
		held = append(held, fmt.Sprintf("un mot %c%c", 'a'+n%26, 'a'+n/26))
	}

	for name, s := range map[string]string{
		"signs of sentences": strings.Repeat("ﷺ", 19_900), "signs apart": strings.Repeat("ﷺ ", 9_950),
		"signs of words": strings.Repeat("㌖", 19_900), "halves": strings.Repeat("½", 19_900),
		"words": strings.Repeat("un ", 6_600), "letters apart": strings.Repeat("u n m  ", 2_800),
		"letters": strings.Repeat("u n m o t ", 1_990), "accents": strings.Repeat("éa ", 6_600),
		"Cyrillic": strings.Repeat("ун мот ", 2_800), "digits": strings.Repeat("m0t ", 4_900), "a word": strings.Repeat("ж", 19_900),
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				w := NewWording(s, s)
				for _, word := range held {
					w.Says(word)
				}
			}
		})
	}
}
