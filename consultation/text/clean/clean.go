// Package clean gives what people write one form: one that is stored and compared (Text, Line, Name), one in which
// names are the same to the eye (Skeleton), one in which words are found (Fold, Words, Wording), and one length.
//
// It is not for rules (how long a comment may be). Functions other than Text and Line expect text that went through one
// of them; on other text they do not panic, and promise no more than that.
package clean

import (
	"errors"
	"html"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

var (
	// ErrInvalidUTF8 says that the text is not valid UTF-8.
	ErrInvalidUTF8 = errors.New("text is not valid UTF-8")

	// ErrControl says that the text contains a control character other than a line break or a tab, or one of the
	// characters that override the direction of what follows.
	ErrControl = errors.New("text holds a forbidden control character")
)

// lineBreaks gives every line break the form "\n", and drops byte order marks (U+FEFF), which editors leave behind.
var lineBreaks = strings.NewReplacer(
	"\r\n", "\n", "\r", "\n", "\u0085", "\n", "\u2028", "\n", "\u2029", "\n", "\uFEFF", "",
)

// Text returns s in the one form that rules, storage and comparison see: Unicode NFC, lines ended by "\n", no
// blank line at either end, no trailing white space but the two spaces of a Markdown hard break. Text in which
// nothing would be visible (white space, zero-width characters, also as character references) becomes "".
// Text(Text(s)) is Text(s).
//
// Errors: ErrInvalidUTF8, ErrControl.
func Text(s string) (string, error) {
	s, err := normalize(s)
	if err != nil {
		return "", err
	}

	lines := strings.Split(s, "\n")
	for i := len(lines) - 1; i >= 0; i-- {
		lastOfParagraph := i == len(lines)-1 || lines[i+1] == ""
		lines[i] = cleanEnd(lines[i], lastOfParagraph)
	}

	cleaned := strings.Trim(strings.Join(lines, "\n"), "\n")
	if !visible(html.UnescapeString(cleaned)) {
		return "", nil
	}
	return cleaned, nil
}

// Line does what Text does for titles, names and nicknames, which have one line only: line breaks and tabs count as
// spaces, and several white spaces in a row become one space. A single no-break space stays: French writes "n° 3" and
// "10 %" with it.
//
// Errors: ErrInvalidUTF8, ErrControl.
func Line(s string) (string, error) {
	s, err := normalize(s)
	if err != nil || !visible(s) {
		return "", err
	}

	var line strings.Builder
	for rest := strings.TrimSpace(s); rest != ""; {
		word := untilSpace(rest)
		rest = rest[len(word):]
		space := rest[:len(rest)-len(strings.TrimLeftFunc(rest, unicode.IsSpace))]
		rest = rest[len(space):]

		line.WriteString(word + oneSpace(space))
	}
	return line.String(), nil
}

// Length counts s in Unicode code points, the unit of every limit on text. These are not bytes, nor always what a
// reader sees as one letter.
func Length(s string) int { return utf8.RuneCountInString(s) }

// normalize does what Text and Line share, the whole text at once.
func normalize(s string) (string, error) {
	if !utf8.ValidString(s) {
		return "", ErrInvalidUTF8
	}
	s = lineBreaks.Replace(s)

	// Markdown reads &#x202E;, too.
	if strings.ContainsFunc(s, Forbidden) || strings.ContainsFunc(html.UnescapeString(s), Forbidden) {
		return "", ErrControl
	}
	return norm.NFC.String(s), nil
}

// Forbidden reports whether no text may contain r. Controls (NUL among them, which PostgreSQL cannot store) are not
// visible, and break logs and exports. Bidirectional overrides, embeddings and isolates (U+202A-202E, U+2066-2069)
// make a reader, or a moderator, see another text than the one that is stored and searched. Arabic and Hebrew need
// none of them: the marks U+200E, U+200F and U+061C, which only hint at a direction, remain allowed.
func Forbidden(r rune) bool {
	if r == '\n' || r == '\t' {
		return false
	}
	return unicode.IsControl(r) || ('\u202A' <= r && r <= '\u202E') || ('\u2066' <= r && r <= '\u2069')
}

// Shown returns rendered HTML without the characters that no text may contain. Rendering can bring them back: there are
// character references that Text does not find.
func Shown(s string) string {
	if !strings.ContainsFunc(s, Forbidden) {
		return s
	}
	return strings.Map(func(r rune) rune {
		if Forbidden(r) {
			return -1
		}
		return r
	}, s)
}

// cleanEnd removes the white space at the end of a line, and everything from a line in which nothing is visible. Two
// spaces stay where they mean something in Markdown: before the next line of the same paragraph.
func cleanEnd(line string, lastOfParagraph bool) string {
	if !visible(line) {
		return ""
	}
	end := strings.TrimRightFunc(line, unicode.IsSpace)
	if strings.HasSuffix(line, "  ") && !lastOfParagraph {
		return end + "  "
	}
	return end
}

// visible reports whether anything of s can be seen. White space cannot, nor the characters that Unicode lets a font
// ignore, nor the empty Braille cell, with which people often make an invisible name.
func visible(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsSpace(r) && !ignorable(r) && r != '\u2800' })
}

// ignorable reports whether r is drawn as nothing: zero-width spaces and joiners, variation selectors, fillers are. (Of
// the format characters, Cf, the Arabic signs that enclose a number are drawn.)
func ignorable(r rune) bool {
	return unicode.In(r, unicode.Cf, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point) &&
		!unicode.Is(unicode.Prepended_Concatenation_Mark, r)
}

// untilSpace returns what of s comes before its first white space.
func untilSpace(s string) string {
	if i := strings.IndexFunc(s, unicode.IsSpace); i >= 0 {
		return s[:i]
	}
	return s
}

// oneSpace returns what several white spaces in a row become inside a line.
func oneSpace(run string) string {
	switch run {
	case "", "\u00A0", "\u202F":
		return run
	}
	return " "
}
