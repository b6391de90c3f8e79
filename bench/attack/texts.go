package main

import (
	"fmt"
	"strings"

	"ensemble/consultation/text/texttest"
)

const (
	textLength   = 20_000 // of an official text, at most
	remarkLength = 5_000  // of a comment, where a process allows the most
)

// kind is what texts are made of.
type kind struct {
	name  string
	write func(size, edition int) string
}

// text returns a text as long as official texts may be, another one for each edition.
func (k kind) text(edition int) string { return k.write(textLength, edition) }

// short returns one of another length.
func (k kind) short(edition, size int) string { return k.write(size, edition) }

// kinds are texts that take long to render, then those that take long to compare.
var kinds = makeKinds()

func makeKinds() (all []kind) {
	for _, signs := range []string{">", "- ", "[a](", "[", "_a*b", "*_", "`a``b"} {
		all = append(all, kind{"all " + strings.TrimSpace(signs), repeated(signs)})
	}
	for _, w := range texttest.Worst {
		all = append(all, kind{w.Name, func(size, edition int) string {
			return strings.TrimSpace(texttest.Noise(size, w.Letters, w.Long, w.Paragraph, uint64(edition)))
		}})
	}
	return all
}

// repeated writes the same signs again and again, with the edition before them.
func repeated(signs string) func(size, edition int) string {
	return func(size, edition int) string {
		begin := fmt.Sprintf("%d\n\n", edition)
		return strings.TrimSpace(begin + strings.Repeat(signs, (size-len(begin))/len(signs)))
	}
}
