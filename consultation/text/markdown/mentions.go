package markdown

import (
	"bytes"
	"context"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
)

// Mentions returns the nicknames addressed as @nickname in a comment, each once, in lower case, in order of appearance.
// Code, links and e-mail addresses address nobody, and "\@" writes the sign itself. The caller has to find out whether
// a nickname exists.
func Mentions(md string) []string {
	var nicknames []string
	for _, typed := range placesOf(md) {
		nickname := strings.ToLower(md[typed.Start+len("@") : typed.Stop])
		if !slices.Contains(nicknames, nickname) {
			nicknames = append(nicknames, nickname)
		}
	}
	return nicknames
}

// Unmention returns the comment with "@…" in place of every nickname that is gone and that a reader sees after an "@", be
// it a mention or not: in code, in the text of a link, escaped, as a reference (“&#64;”), in wide letters, or with signs
// between that nobody sees. It asks for each nickname in lower case.
func Unmention(md string, gone func(nickname string) bool) string {
	return unsee(unmention(md, gone), gone)
}

// unmention replaces what Mentions finds.
func unmention(md string, gone func(nickname string) bool) string {
	var b strings.Builder
	end := 0
	for _, typed := range placesOf(md) {
		if gone(strings.ToLower(md[typed.Start+len("@") : typed.Stop])) {
			b.WriteString(md[end:typed.Start] + "@…")
			end = typed.Stop
		}
	}
	return b.String() + md[end:]
}

// placesOf returns the places where a comment addresses somebody, in their order. Each includes the "@".
func placesOf(md string) []text.Segment {
	var typed []text.Segment

	visit := func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if n.Kind() == ast.KindLink || n.Kind() == ast.KindImage {
			return ast.WalkSkipChildren, nil
		}
		if m, ok := n.(*mention); ok && entering {
			typed = append(typed, m.typed)
		}
		return ast.WalkContinue, nil
	}

	parsed := commentDialect.markdown.Parser().Parse(text.NewReader([]byte(md)), pausing(context.Background()))
	_ = ast.Walk(parsed, visit) // visit returns no error
	return typed
}

// nicknamePattern matches a mention at the start of a text. It takes as many characters as there are: a nickname that
// is too long mentions nobody, not the person whose nickname is its beginning.
var nicknamePattern = regexp.MustCompile(`^@[A-Za-z0-9_-]+`)

// Bounds of a nickname, in ASCII characters, as in people.nicknameForm.
const (
	minNickname = 3
	maxNickname = 20
)

// mention is a node of the Markdown tree; typed is where it stands in the source, "@" included.
type mention struct {
	ast.BaseInline
	typed text.Segment
}

var kindMention = ast.NewNodeKind("Mention")

// Kind implements ast.Node.
func (*mention) Kind() ast.NodeKind { return kindMention }

// Dump implements ast.Node.
func (m *mention) Dump(source []byte, level int) { ast.DumpHelper(m, source, level, nil, nil) }

// mentionParser finds mentions while the text is parsed, which is when code, links and escapes are known.
type mentionParser struct{}

// Trigger implements parser.InlineParser.
func (mentionParser) Trigger() []byte { return []byte{'@'} }

// Parse implements parser.InlineParser.
func (mentionParser) Parse(parent ast.Node, block text.Reader, _ parser.Context) ast.Node {
	line, segment := block.PeekLine()
	typed, before := nicknamePattern.Find(line), block.PrecendingCharacter()
	if before == '_' {
		typed = bytes.TrimRight(typed, "_") // in "_@marie_" they are emphasis
	}

	after, _ := utf8.DecodeRune(line[len(typed):])
	length := len(typed) - len("@")
	inside := joinsBefore(before) && (before != '/' || !followsMention(parent, block.Source()))
	if length < minNickname || length > maxNickname || inside || joinsAfter(after) {
		return nil
	}

	block.Advance(len(typed))
	return &mention{typed: segment.WithStop(segment.Start + len(typed))}
}

// followsMention reports whether a "/" stands between what is parsed next and a mention, as in "@claire/@zoe", or the "@…"
// that is left of one: it is no path then.
func followsMention(parent ast.Node, source []byte) bool {
	slash, ok := parent.LastChild().(*ast.Text)
	if !ok {
		return false
	}
	said := slash.Value(source)
	if _, ok := slash.PreviousSibling().(*mention); ok && string(said) == "/" {
		return true
	}
	return bytes.HasSuffix(said, []byte("@…/"))
}

// joinsBefore reports whether r makes the "@" after it part of something longer: of an e-mail address, or of the path
// of a link.
func joinsBefore(r rune) bool {
	return unicode.In(r, unicode.L, unicode.N, unicode.M) || r == '@' || r == '/'
}

// joinsAfter reports whether r makes the nickname before it part of something longer: of a word with letters that a
// nickname cannot have ("@andré"), or of an account elsewhere ("@marie@social.example").
func joinsAfter(r rune) bool {
	return unicode.In(r, unicode.L, unicode.N, unicode.M) || r == '@'
}
