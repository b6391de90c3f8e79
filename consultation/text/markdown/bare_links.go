package markdown

import (
	"bytes"
	"unicode"
	"unicode/utf8"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// bareLinks makes links of addresses that are simply typed: https://…, www.… and somebody@…. The rules are those of
// GitHub Flavored Markdown, 6.9 (extended autolinks), with the letters of all scripts, and white space and quotes as
// they are typed in French: decisions/0023.
var bareLinks = goldmark.WithExtensions(bareLinkExtension{})

type bareLinkExtension struct{}

// Extend implements goldmark.Extender.
func (bareLinkExtension) Extend(m goldmark.Markdown) {
	m.Parser().AddOptions(parser.WithInlineParsers(util.Prioritized(bareLinkParser{}, 999)))
}

// bareLinkParser finds an address by a sign in it, and looks for its beginning among the letters before. It looks at as
// much as becomes a link, and otherwise at maxHost bytes or so: a text of signs costs no more than its length.
type bareLinkParser struct{}

// Trigger implements parser.InlineParser: the signs of "https:", "www." and "somebody@".
func (bareLinkParser) Trigger() []byte { return []byte(":.@") }

// Parse implements parser.InlineParser.
func (bareLinkParser) Parse(parent ast.Node, block text.Reader, pc parser.Context) ast.Node {
	if pc.IsInLinkLabel() {
		return nil
	}

	line, segment := block.PeekLine()
	before := block.Source()[:segment.Start]
	begun, length := 0, 0 // bytes of the link before and from the sign
	link := func(kind ast.AutoLinkType) *ast.AutoLink {
		return ast.NewAutoLink(kind, ast.NewTextSegment(text.NewSegment(segment.Start-begun, segment.Start+length)))
	}

	var found *ast.AutoLink
	switch line[0] {
	case ':':
		if begun, length = pageAt(before, line); length > 0 {
			found = link(ast.AutoLinkURL)
		}
	case '.':
		if begun, length = wwwAt(before, line); length > 0 {
			found = link(ast.AutoLinkURL)
			found.Protocol = []byte("http")
		}
	case '@':
		if begun, length = mailAt(before, line); length > 0 {
			found = link(ast.AutoLinkEmail)
		}
	}
	if found == nil || !takeBack(parent, pc, segment.Start-begun, segment.Start) {
		return nil
	}
	block.Advance(length)
	return found
}

// takeBack takes the text from start to end, where the parser is, out of the nodes that were made of it. It reports
// whether it could: all of it has to be text, or signs that may emphasize.
func takeBack(parent ast.Node, pc parser.Context, start, end int) bool {
	for n := parent.LastChild(); ; n = n.PreviousSibling() {
		from, ok := startOf(n)
		if !ok {
			return false
		}
		if from <= start {
			break
		}
	}

	for {
		n := parent.LastChild()
		if d, ok := n.(*parser.Delimiter); ok {
			pc.RemoveDelimiter(d) // makes text of it
			continue
		}
		t := n.(*ast.Text)
		if t.Segment.Start < start {
			t.Segment = t.Segment.WithStop(start)
			return true
		}
		from := t.Segment.Start
		parent.RemoveChild(parent, t)
		if from == start {
			return true
		}
	}
}

// startOf returns where a node of text or signs begins in the source.
func startOf(n ast.Node) (start int, ok bool) {
	switch n := n.(type) {
	case *ast.Text:
		return n.Segment.Start, true
	case *parser.Delimiter:
		return n.Segment.Start, true
	}
	return 0, false
}

// maxHost bounds the name of a host, in bytes. RFC 1035 allows 255 where each letter beyond ASCII takes some of the
// punycode; as typed it has no more than that.
const maxHost = 255

// pageAt finds the address of a page around "://": its bytes before the colon, and from there on. None has length 0.
func pageAt(before, line []byte) (begun, length int) {
	const slashes = "://"
	for _, scheme := range []string{"https", "http"} {
		if endsWith(before, scheme) && bytes.HasPrefix(line, []byte(slashes)) {
			if startsLink(before[:len(before)-len(scheme)]) {
				begun, length = len(scheme), addressLength(line[len(slashes):])
			}
			if length > 0 {
				length += len(slashes)
			}
			return begun, length
		}
	}
	return 0, 0
}

// wwwAt finds an address around the period of "www.".
func wwwAt(before, line []byte) (begun, length int) {
	const www = "www"
	if !endsWith(before, www) || !startsLink(before[:len(before)-len(www)]) {
		return 0, 0
	}
	if length = addressLength(line[1:]); length > 0 {
		length++
	}
	return len(www), length
}

// endsWith reports whether a text ends with a word, in whatever case.
func endsWith(s []byte, word string) bool {
	return len(s) >= len(word) && bytes.EqualFold(s[len(s)-len(word):], []byte(word))
}

// startsLink reports whether the address of a page may begin after a text: not inside a word, another address, or a path.
func startsLink(before []byte) bool {
	r, size := utf8.DecodeLastRune(before)
	return size == 0 || !isWord(r) && !bytes.ContainsRune([]byte(`./\-@+%&=#`), r)
}

// addressLength returns the length of an address without its scheme: a host, a port, and all up to white space or "<",
// without the punctuation at its end. It returns 0 where no host is, or where the host would go on.
func addressLength(s []byte) int {
	host := hostLength(s)
	if !isHost(s[:host]) || hasUnderscore(s[:host]) {
		return 0
	}

	end := host + portLength(s[host:])
	if end == len(s) {
		return end
	}
	if bytes.IndexByte([]byte("/?#"), s[end]) >= 0 {
		return end + pathLength(s[end:])
	}
	if goesOn(s[end:]) {
		return 0
	}
	return end
}

// hostLength returns the length of the letters of a host at the beginning of s, without periods at their end.
func hostLength(s []byte) int {
	end := 0
	for end < len(s) && end <= maxHost {
		r, size := utf8.DecodeRune(s[end:])
		if !isWord(r) && r != '-' && r != '_' && r != '.' && !joinsHost(r) {
			break
		}
		end += size
	}
	return len(bytes.TrimRight(s[:end], "."))
}

// joinsHost reports whether r may stand inside the name of a host though it is no letter, as in paral·lel.cat. Source:
// RFC 5892, A.3 to A.7.
func joinsHost(r rune) bool {
	return r == '·' || r == '\u0375' || r == '\u05F3' || r == '\u05F4' || r == '\u30FB'
}

// isHost reports whether s is the name of a host: labels between periods, at least two, and none empty.
func isHost(s []byte) bool {
	return len(s) <= maxHost && bytes.IndexByte(s, '.') > 0 && !bytes.Contains(s, []byte(".."))
}

// hasUnderscore reports whether there is an underscore in the last two labels of a host.
func hasUnderscore(host []byte) bool {
	last := bytes.LastIndexByte(host, '.')
	return bytes.IndexByte(host[bytes.LastIndexByte(host[:last], '.')+1:], '_') >= 0
}

// maxPort bounds a port, in bytes, with its colon.
const maxPort = len(":65535")

// portLength returns the length of a port with its colon, at the beginning of s.
func portLength(s []byte) int {
	if s = s[:min(len(s), maxPort)]; len(s) == 0 || s[0] != ':' {
		return 0
	}
	digits := len(s[1:]) - len(bytes.TrimLeft(s[1:], "0123456789"))
	if digits == 0 {
		return 0
	}
	return 1 + digits
}

// goesOn reports whether what follows a host belongs to it: an "@", which makes the host a name, a character reference
// inside it, an escape, or a sign that is no punctuation. The host as a browser would read it would be another one.
func goesOn(s []byte) bool {
	r, size := utf8.DecodeRune(s)
	switch {
	case unicode.IsSpace(r) || r == '<':
		return false
	case r == '&':
		found := reference.Find(s)
		return found == nil || len(found) < len(s) && goesOn(s[len(found):])
	case r == ':':
		if next, _ := utf8.DecodeRune(s[size:]); isWord(next) {
			return true
		}
	case r == '%' || !unicode.IsPunct(r):
		return true
	}
	authority := s[:min(len(s), maxHost)]
	if at := bytes.IndexAny(authority, " \t\n<>/?#"); at >= 0 {
		authority = authority[:at]
	}
	return bytes.IndexByte(authority, '@') >= 0
}

// pathLength returns the length of what follows a host, from a "/", "?" or "#" on: up to white space or "<", without
// punctuation at the end.
func pathLength(s []byte) int {
	end := bytes.IndexFunc(s, func(r rune) bool { return unicode.IsSpace(r) || r == '<' })
	if end < 0 {
		end = len(s)
	}
	unmatched := bytes.Count(s[:end], []byte(")")) - bytes.Count(s[:end], []byte("("))

	for end > 1 {
		r, size := utf8.DecodeLastRune(s[:end])
		switch {
		case r == ')':
			if unmatched <= 0 {
				return end
			}
			unmatched--
		case r == ';':
			size = referenceBefore(s[:end])
		case !trails(r):
			return end
		}
		end -= size
	}
	return end
}

// trails reports whether r at the end of an address is punctuation of the sentence around it.
func trails(r rune) bool {
	if r < utf8.RuneSelf {
		return bytes.IndexByte([]byte(`?!.,:*_~"'`), byte(r)) >= 0
	}
	return unicode.IsPunct(r)
}

// referenceBefore returns the length of the character reference that s ends with, or 1, for its semicolon alone.
func referenceBefore(s []byte) int {
	name := bytes.TrimRightFunc(s[:len(s)-1], func(r rune) bool {
		return r < utf8.RuneSelf && (unicode.IsLetter(r) || unicode.IsDigit(r)) || r == '#'
	})
	if bytes.HasSuffix(name, []byte("&")) && len(name) < len(s)-1 {
		return len(s) - len(name) + 1
	}
	return 1
}

// maxMailbox bounds what comes before the "@" of an address, in bytes. Source: RFC 5321, 4.5.3.1.1.
const maxMailbox = 64

// mailAt finds an address of mail around its "@".
func mailAt(before, line []byte) (begun, length int) {
	begun = mailboxLength(before)
	if begun == 0 {
		return 0, 0
	}
	if r, size := utf8.DecodeLastRune(before[:len(before)-begun]); size > 0 && !startsMail(r) {
		return 0, 0
	}

	host := hostLength(line[1:])
	end := 1 + host
	if !isHost(line[1:end]) || bytes.IndexByte([]byte("-_"), line[end-1]) >= 0 ||
		end < len(line) && line[end] != '/' && goesOn(line[end:]) {
		return 0, 0
	}
	return begun, end
}

// mailboxLength returns the length of what may be the name before an "@", at the end of s; 0 where it is too long.
func mailboxLength(s []byte) int {
	n := 0
	for n <= maxMailbox {
		r, size := utf8.DecodeLastRune(s[:len(s)-n])
		if size == 0 || !isWord(r) && r != '.' && r != '-' && r != '_' && r != '+' {
			return n
		}
		n += size
	}
	return 0
}

// startsMail reports whether an address of mail may begin after r: no sign that makes it a part of another address.
func startsMail(r rune) bool {
	return !isWord(r) && (unicode.IsSpace(r) || unicode.IsPunct(r) || r == '~' || r == '<' || r == '|') &&
		!bytes.ContainsRune([]byte(`/\@:%&#?!`), r)
}
