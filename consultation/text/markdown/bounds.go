package markdown

import (
	"html"
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
)

// bounds are what a text may make the parser do. Nobody writes so much by hand; without them 20,000 signs took 0.3 s and
// became half a megabyte of HTML.
type bounds struct {
	nesting  int // quotes and lists within each other; what is deeper is text
	brackets int // of links and images, two for each; what follows them is text
	emphasis int // runs of its signs in one paragraph or cell, two for each; what follows them is text
}

var (
	commentBounds  = bounds{nesting: 10, brackets: 200, emphasis: 200}
	officialBounds = bounds{nesting: 20, brackets: 1_000, emphasis: 400}
)

const (
	maxGrowth = 10    // how many times as long as its source HTML may be, beside maxGrown
	maxGrown  = 1_000 // bytes
)

// nested is a parser of quotes or lists that opens none below so many others.
type nested struct {
	parser.BlockParser
	most int
}

// Open implements parser.BlockParser.
func (p nested) Open(parent ast.Node, reader text.Reader, pc parser.Context) (ast.Node, parser.State) {
	depth := 0
	for n := parent; n != nil; n = n.Parent() {
		if n.Kind() == ast.KindBlockquote || n.Kind() == ast.KindListItem {
			depth++
		}
	}
	if depth >= p.most {
		return nil, parser.NoChildren
	}
	return p.BlockParser.Open(parent, reader, pc)
}

// bounded is a parser that reads so many signs: for each one goldmark may look at all of a text, or of a block.
type bounded struct {
	parser.InlineParser
	most int
	read parser.ContextKey // under which they are counted
}

// Parse implements parser.InlineParser.
func (p bounded) Parse(parent ast.Node, block text.Reader, pc parser.Context) ast.Node {
	n, _ := pc.Get(p.read).(int)
	if n == p.most {
		return nil
	}
	pc.Set(p.read, n+1)
	return p.InlineParser.Parse(parent, block, pc)
}

// bracketsRead counts the brackets of links, in the context of one text, and emphasisRead runs of the signs of emphasis.
var bracketsRead, emphasisRead = parser.NewContextKey(), parser.NewContextKey()

// brackets bounds a parser of links in a text.
type brackets struct{ bounded }

// CloseBlock implements parser.CloseBlocker: what was opened and not closed becomes text.
func (p brackets) CloseBlock(parent ast.Node, block text.Reader, pc parser.Context) {
	p.InlineParser.(parser.CloseBlocker).CloseBlock(parent, block, pc)
}

// emphasis bounds a parser of emphasis in a block: behind its end none of it is open.
type emphasis struct{ bounded }

// CloseBlock implements parser.CloseBlocker.
func (emphasis) CloseBlock(_ ast.Node, _ text.Reader, pc parser.Context) { pc.Set(emphasisRead, 0) }

// boundedHTML returns the HTML of md or, where it is many times as long, md as it was typed.
func boundedHTML(md, rendered string) string {
	if len(rendered) <= maxGrowth*len(md)+maxGrown {
		return rendered
	}
	typed := strings.ReplaceAll(html.EscapeString(md), "\n", "<br />\n")
	return "<p>" + typed + "</p>\n"
}
