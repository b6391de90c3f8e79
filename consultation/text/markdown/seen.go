package markdown

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/yuin/goldmark/util"
	"golang.org/x/text/unicode/norm"
)

// seen is a letter as a reader sees it, and where it stands in the source.
type seen struct {
	letter     rune
	start, end int
}

// unsee replaces the nicknames that are gone where a reader sees them after an "@", unless it belongs to an e-mail address
// or to a path, or the nickname to something longer.
func unsee(md string, gone func(nickname string) bool) string {
	if !strings.ContainsAny(md, "@＠﹫&") {
		return md
	}

	all := lettersSeen(md)
	var b strings.Builder
	end := 0
	for i, at := range all {
		if at.letter != '@' || at.start < end || i > 0 && (isWord(all[i-1].letter) || all[i-1].letter == '/') {
			continue
		}
		emphasized := i > 0 && all[i-1].letter == '_'
		if stop := nicknameAfter(md, all[i+1:], emphasized, gone); stop > 0 {
			b.WriteString(md[end:at.start] + "@…")
			end = stop
		}
	}
	return b.String() + md[end:]
}

// nicknameAfter returns where a nickname that is gone ends, at the beginning of what is seen; 0 when there is none. In
// "_@marie_", which is emphasized, the "_" is none of its letters.
func nicknameAfter(md string, after []seen, emphasized bool, gone func(nickname string) bool) int {
	var typed strings.Builder
	for n := 0; n < len(after) && isOfNickname(after[n].letter); n++ {
		typed.WriteRune(after[n].letter)
	}
	nickname := typed.String()
	if emphasized {
		nickname = strings.TrimRight(nickname, "_")
	}
	if nickname == "" || !gone(nickname) {
		return 0
	}

	end := after[len(nickname)-1].end
	if next, _ := utf8.DecodeRuneInString(md[end:]); joinsAfter(next) {
		return 0
	}
	return end
}

// reference matches a character reference of HTML.
var reference = regexp.MustCompile(`^&(#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z0-9]+);`)

// lettersSeen returns the letters of a text, small and narrow, without what nobody sees: emphasis, code marks, backslashes
// before signs, and characters of no width.
func lettersSeen(md string) []seen {
	var all []seen
	for at := 0; at < len(md); {
		shown, size := letterAt(md[at:])
		for _, r := range norm.NFKC.String(shown) {
			if !isUnseen(r) {
				all = append(all, seen{unicode.ToLower(r), at, at + size})
			}
		}
		at += size
	}
	return all
}

// letterAt returns what is shown for the beginning of a text, and how long that is in the source.
func letterAt(md string) (shown string, size int) {
	if md[0] == '&' {
		if found := reference.FindString(md); found != "" {
			if shown = meant(found); shown != "" {
				return shown, len(found)
			}
		}
	}
	if md[0] == '\\' && len(md) > 1 && md[1] < utf8.RuneSelf && unicode.In(rune(md[1]), unicode.P, unicode.S) {
		return "", 1
	}
	_, size = utf8.DecodeRuneInString(md)
	return md[:size], size
}

// meant returns the characters that a character reference stands for, as a page shows them; "" for a name that is none.
func meant(reference string) string {
	name := reference[len("&") : len(reference)-len(";")]
	number, isNumber := strings.CutPrefix(name, "#")
	if !isNumber {
		entity, _ := util.LookUpHTML5EntityByName(name)
		if entity == nil {
			return ""
		}
		return string(entity.Characters)
	}

	base := 10
	if number[0] == 'x' || number[0] == 'X' {
		number, base = number[1:], 16
	}
	code, err := strconv.ParseInt(number, base, 32)
	if err != nil {
		return ""
	}
	return string(util.ToValidRune(rune(code)))
}

// isUnseen reports whether r is a mark of emphasis or code, or a character of no width.
func isUnseen(r rune) bool {
	return r == '*' || r == '`' ||
		unicode.In(r, unicode.Cf, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point)
}

func isOfNickname(r rune) bool {
	return 'a' <= r && r <= 'z' || '0' <= r && r <= '9' || r == '_' || r == '-'
}

func isWord(r rune) bool { return unicode.In(r, unicode.L, unicode.N, unicode.M) }
