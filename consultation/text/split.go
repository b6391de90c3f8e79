package text

import (
	"regexp"
	"strings"
	"unicode"

	"github.com/rivo/uniseg"
)

// piece is a paragraph or a word, the units in which texts are compared. Two pieces with the same key match; their
// text can still differ in white space, which is never a reason to call a paragraph changed, or two edits in conflict.
// The texts of all pieces joined are the text they were split from, byte for byte.
type piece struct {
	key  string
	text string
}

// space is the key of every white space between words.
const space = " "

// opensParagraph matches a line that stands for itself: a list item, a heading, a table row. People amend an item
// or a row, not the list or the table.
var opensParagraph = regexp.MustCompile(`^[ \t]*(?:[-*+][ \t]|[0-9]{1,9}[.)][ \t]|#{1,6}[ \t]|\|)`)

// heading matches a line after which a paragraph begins, with or without a blank line between.
var heading = regexp.MustCompile(`^ {0,3}#{1,6}[ \t]`)

// paragraphs splits s before each line that follows a blank line or a heading, and before each list item, heading and
// table row. The key of a paragraph is its text without the white space at its end, so a text can go on after
// its last paragraph without changing it. White space at the start of s is a paragraph with an empty key.
func paragraphs(s string) []piece {
	var pieces []piece
	start, previous := 0, ""
	for at := 0; at < len(s); {
		line := s[at : at+lineLength(s[at:])]
		if at > 0 && begins(line, previous) {
			pieces = append(pieces, paragraph(s[start:at]))
			start = at
		}
		at, previous = at+len(line), line
	}
	if start < len(s) {
		pieces = append(pieces, paragraph(s[start:]))
	}
	return pieces
}

// begins tells whether line is the first of a paragraph, knowing the line before it.
func begins(line, previous string) bool {
	if blank(line) {
		return false
	}
	return blank(previous) || opensParagraph.MatchString(line) || heading.MatchString(previous)
}

func paragraph(s string) piece { return piece{key: strings.TrimRightFunc(s, unicode.IsSpace), text: s} }

// words splits s at the word boundaries of Unicode (UAX #29): "l'accès", "2,5" and a letter with its accents are one
// word, an ideograph or a punctuation mark one each. White space in a row is one piece.
func words(s string) []piece {
	var pieces []piece
	for state := -1; s != ""; {
		var word string
		word, s, state = uniseg.FirstWordInString(s, state)
		switch last := len(pieces) - 1; {
		case !blank(word):
			pieces = append(pieces, piece{word, word})
		case last >= 0 && pieces[last].key == space:
			pieces[last].text += word
		default:
			pieces = append(pieces, piece{space, word})
		}
	}
	return pieces
}

// lineLength is the length of the first line of s, in bytes, its line break included.
func lineLength(s string) int {
	if i := strings.IndexByte(s, '\n'); i >= 0 {
		return i + 1
	}
	return len(s)
}

func blank(s string) bool { return strings.TrimSpace(s) == "" }

// letters is how much a reader has to read in a piece, in code points; punctuation and white space count for nothing.
func (p piece) letters() int {
	n := 0
	for _, r := range p.key {
		if unicode.In(r, unicode.L, unicode.N) {
			n++
		}
	}
	return n
}

// joined returns the texts of pieces as one, to show.
func joined(pieces []piece) string {
	var s strings.Builder
	for _, p := range pieces {
		s.WriteString(p.text)
	}
	return s.String()
}
