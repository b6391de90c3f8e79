package document

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// To the parser "\uXXXX" is half of a character outside the first plane. It reads such a half as U+FFFD: what people
// wrote is lost. escaped spells these characters as themselves before the parser reads them.
// Source: https://spec.graphql.org/September2025/#sec-String-Value

// escaped returns the text of a document in which each escape of a character outside the first plane, as a pair of
// surrogates or in braces, is the character itself. Errors: half of a pair alone, and what is no character.
func escaped(text string) (string, *gqlerror.Error) {
	if !strings.Contains(text, `\u`) && !strings.Contains(text, `""""`) {
		return text, nil
	}

	var b strings.Builder
	for rest := text; rest != ""; {
		n := untilString(rest)
		b.WriteString(rest[:n])
		if strings.HasSuffix(rest[:n], `"""`) && strings.HasPrefix(rest[n:], `"`) {
			b.WriteByte(' ') // the parser would read one text until the last of all quotes
		}
		rest = rest[n:]

		n, err := stringValue(&b, rest)
		if err != "" {
			at := len(text) - len(rest) + n
			return "", coded(gqlerror.ErrorPosf(position(text, at), "%s", err))
		}
		rest = rest[n:]
	}
	return b.String(), nil
}

// untilString returns how many bytes come before the next string that may have escapes in it, past comments and block
// strings.
func untilString(s string) int {
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '#':
			i += len(untilAny(s[i:], "\r\n"))
		case strings.HasPrefix(s[i:], `"""`):
			i += blockString(s[i:]) - 1
		case s[i] == '"':
			return i
		}
	}
	return len(s)
}

// untilAny returns what of s comes before the first of some characters, or all of it.
func untilAny(s, chars string) string {
	if i := strings.IndexAny(s, chars); i >= 0 {
		return s[:i]
	}
	return s
}

// blockString returns how many bytes the block string has that s begins with.
func blockString(s string) int {
	for i := 3; i < len(s); i++ {
		switch {
		case strings.HasPrefix(s[i:], `\"""`):
			i += 3
		case strings.HasPrefix(s[i:], `"""`):
			return i + 3
		}
	}
	return len(s)
}

// stringValue writes the string that s begins with, and returns how many bytes of s that is; or what is wrong, and at
// which byte. One that does not end is left to the parser.
func stringValue(b *strings.Builder, s string) (n int, wrong string) {
	for i := 0; i < len(s); {
		switch {
		case s[i] == '\n', s[i] == '\r':
			return i, ""
		case i > 0 && s[i] == '"':
			b.WriteByte('"')
			return i + 1, ""

		case strings.HasPrefix(s[i:], `\u`):
			spelt, length, wrong := unicodeEscape(s[i:])
			if wrong != "" {
				return i, wrong
			}
			b.WriteString(spelt)
			i += length

		case s[i] == '\\' && i+1 < len(s):
			b.WriteString(s[i : i+2])
			i += 2
		default:
			b.WriteByte(s[i])
			i++
		}
	}
	return len(s), ""
}

// unicodeEscape returns how the parser is to read the escape that s begins with, and how many bytes it has; or what is
// wrong with it.
func unicodeEscape(s string) (spelt string, length int, wrong string) {
	first, length, ok := codePoint(s)
	switch {
	case !ok:
		return "", 0, "Invalid Unicode escape sequence: " + strconv.Quote(untilAny(s[:min(len(s), 12)], "\"\r\n")) + "."
	case utf16.IsSurrogate(first) && length == len(`\uXXXX`):
		second, more, _ := codePoint(s[length:])
		if first = utf16.DecodeRune(first, second); more != length || first == utf8.RuneError {
			return "", 0, "Half of a surrogate pair alone: " + s[:length] + "."
		}
		length += more
	}

	switch {
	case !utf8.ValidRune(first):
		return "", 0, "No Unicode character: " + s[:length] + "."
	case first >= ' ' && first != '"' && first != '\\':
		return string(first), length, ""
	default:
		return fmt.Sprintf(`\u%04X`, first), length, ""
	}
}

// codePoint reads \uXXXX, or \u{…} with one digit or more.
func codePoint(s string) (r rune, length int, ok bool) {
	digits, found := strings.CutPrefix(s, `\u`)
	if !found {
		return 0, 0, false
	}

	switch inside, braced := strings.CutPrefix(digits, "{"); {
	case braced:
		end := strings.IndexByte(inside, '}')
		if end < 1 {
			return 0, 0, false
		}
		digits, length = inside[:end], len(`\u{}`)+end
	case len(digits) < 4:
		return 0, 0, false
	default:
		digits, length = digits[:4], len(`\uXXXX`)
	}

	if strings.Trim(digits, "0123456789abcdefABCDEF") != "" {
		return 0, 0, false
	}
	n, err := strconv.ParseUint(strings.TrimLeft(digits[:len(digits)-1], "0")+digits[len(digits)-1:], 16, 31)
	if err != nil {
		return utf8.MaxRune + 1, length, true // no character
	}
	return rune(n), length, true
}

// position returns where a byte of a document is.
func position(text string, at int) *ast.Position {
	before := strings.ReplaceAll(text[:at], "\r\n", "\n")
	line := strings.Count(before, "\n") + strings.Count(before, "\r")
	column := utf8.RuneCountInString(before[strings.LastIndexAny(before, "\r\n")+1:])
	return &ast.Position{Line: line + 1, Column: column + 1, Src: &ast.Source{Input: text}}
}
