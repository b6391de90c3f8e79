package markdown

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
)

// Mentions lists the nicknames addressed as @nickname in a comment, each once, lower case, in order of appearance.
// What stands in code or in a link does not address anybody, nor does an e-mail address; "\@" writes the sign itself.
// Whether a nickname exists is for the caller to find out.
func Mentions(md string) []string {
	var nicknames []string
	for _, typed := range mentions(md) {
		nickname := strings.ToLower(md[typed.Start+len("@") : typed.Stop])
		if !slices.Contains(nicknames, nickname) {
			nicknames = append(nicknames, nickname)
		}
	}
	return nicknames
}

// Unmention puts "@…" where a comment addresses a nickname.
func Unmention(md, nickname string) string {
	var b strings.Builder
	end := 0
	for _, typed := range mentions(md) {
		if strings.EqualFold(md[typed.Start+len("@"):typed.Stop], nickname) {
			b.WriteString(md[end:typed.Start] + "@…")
			end = typed.Stop
		}
	}
	return b.String() + md[end:]
}

// mentions are the places where a comment addresses somebody, "@" included, from its start to its end.
func mentions(md string) []text.Segment {
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

	_ = ast.Walk(commentDialect.markdown.Parser().Parse(text.NewReader([]byte(md))), visit) // visit returns no error
	return typed
}

// nicknamePattern matches a mention at the start of what follows. The greedy run takes all a nickname can hold, so
// that one too long is none, rather than the mention of somebody else.
var nicknamePattern = regexp.MustCompile(`^@[A-Za-z0-9_-]+`)

// Bounds of a nickname, in characters, all of them ASCII.
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
func (mentionParser) Parse(_ ast.Node, block text.Reader, _ parser.Context) ast.Node {
	line, segment := block.PeekLine()
	typed, before := nicknamePattern.Find(line), block.PrecendingCharacter()
	if before == '_' {
		typed = bytes.TrimRight(typed, "_") // in "_@marie_" they are emphasis
	}

	after, _ := utf8.DecodeRune(line[len(typed):])
	length := len(typed) - len("@")
	if length < minNickname || length > maxNickname || joinsBefore(before) || joinsAfter(after) {
		return nil
	}

	block.Advance(len(typed))
	return &mention{typed: segment.WithStop(segment.Start + len(typed))}
}

// joinsBefore tells whether r makes the "@" after it part of something longer: an e-mail address or the path of a link.
func joinsBefore(r rune) bool {
	return unicode.In(r, unicode.L, unicode.N, unicode.M) || r == '@' || r == '/'
}

// joinsAfter tells whether r makes the nickname before it part of something longer: a word with letters that a
// nickname cannot have ("@andré"), or an account elsewhere ("@marie@social.example").
func joinsAfter(r rune) bool {
	return unicode.In(r, unicode.L, unicode.N, unicode.M) || r == '@'
}
