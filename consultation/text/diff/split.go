package diff

import (
	"regexp"
	"strings"
	"unicode"

	"github.com/rivo/uniseg"
)

// Piece is a paragraph or a word, the units in which texts are compared. Two pieces with the same key match; their
// text can still differ in white space, which is never a reason to call a paragraph changed, or two edits in conflict.
// The texts of all pieces joined are the text they were split from, byte for byte.
type Piece struct {
	Key  string
	Text string
}

// space is the key of every white space between words.
const space = " "

// opensParagraph matches a line that is a paragraph of its own: a list item, a heading, a table row. People amend an
// item or a row, not the whole list or table.
var opensParagraph = regexp.MustCompile(`^[ \t]*(?:[-*+][ \t]|[0-9]{1,9}[.)][ \t]|#{1,6}[ \t]|\|)`)

// heading matches a line after which a paragraph begins, with or without a blank line between.
var heading = regexp.MustCompile(`^ {0,3}#{1,6}[ \t]`)

// Paragraphs splits s before each line that follows a blank line or a heading, and before each list item, heading and
// table row. The key of a paragraph is its text without the white space at its end, so a text can go on after
// its last paragraph without changing it. White space at the start of s is a paragraph with an empty key.
func Paragraphs(s string) []Piece {
	var pieces []Piece
	start, previous := 0, ""

	for at := 0; at < len(s); {
		line := s[at : at+lineLength(s[at:])]
		if at > 0 && begins(line, previous) {
			pieces = append(pieces, AsParagraph(s[start:at]))
			start = at
		}
		at, previous = at+len(line), line
	}

	if start < len(s) {
		pieces = append(pieces, AsParagraph(s[start:]))
	}
	return pieces
}

// begins reports whether line is the first of a paragraph, after the line previous.
func begins(line, previous string) bool {
	if blank(line) {
		return false
	}
	return blank(previous) || opensParagraph.MatchString(line) || heading.MatchString(previous)
}

// AsParagraph makes a piece of one paragraph.
func AsParagraph(s string) Piece {
	return Piece{Key: strings.TrimRightFunc(s, unicode.IsSpace), Text: s}
}

// Words splits s at the word boundaries of Unicode (UAX #29): "l'accès", "2,5" and a letter with its accents are one
// word, an ideograph or a punctuation mark one each. White space in a row is one piece.
func Words(s string) []Piece {
	var pieces []Piece
	for state := -1; s != ""; {
		var word string
		word, s, state = uniseg.FirstWordInString(s, state)

		switch last := len(pieces) - 1; {
		case !blank(word):
			pieces = append(pieces, Piece{word, word})
		case last >= 0 && pieces[last].Key == space:
			pieces[last].Text += word
		default:
			pieces = append(pieces, Piece{space, word})
		}
	}
	return pieces
}

// lineLength returns the length of the first line of s, in bytes, its line break included.
func lineLength(s string) int {
	if i := strings.IndexByte(s, '\n'); i >= 0 {
		return i + 1
	}
	return len(s)
}

func blank(s string) bool { return strings.TrimSpace(s) == "" }

// Letters returns how much there is to read in a piece, in code points, without punctuation and white space.
func (p Piece) Letters() int {
	n := 0
	for _, r := range p.Key {
		if unicode.In(r, unicode.L, unicode.N) {
			n++
		}
	}
	return n
}

// Joined returns the texts of pieces as one.
func Joined(pieces []Piece) string {
	var s strings.Builder
	for _, p := range pieces {
		s.WriteString(p.Text)
	}
	return s.String()
}
