// Package markdown renders what people write: Markdown to HTML that is safe on any page, and to plain text; and finds
// whom it mentions. Its functions expect text that went through clean.Text; they may be called concurrently.
package markdown

import (
	"bytes"
	"context"
	"fmt"

	"github.com/microcosm-cc/bluemonday"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/renderer/html"
	"github.com/yuin/goldmark/util"

	"ensemble/consultation/text/clean"
)

// CommentHTML renders what people write in a thread: paragraphs, line breaks as typed, emphasis, lists, quotes,
// inline code and blocks of it, links. Headings, rules, tables and raw HTML stay the text that was typed; an image
// becomes its description, and a link to anything but http, https or mailto becomes its words.
// The result is well-formed, and safe to put in a page as it is. It takes 60 µs for 500 letters, and at worst some 40 ms
// for 20,000 (BenchmarkWorst): bound the length before. What was rendered lately is remembered (rendered.go).
func CommentHTML(md string) string { return commentHTML.atOnce(md) }

// CommentHTMLInTurn does what CommentHTML does. A long text waits for the turn of whoever ctx is for: see heavy.Work.
func CommentHTMLInTurn(ctx context.Context, md string) (string, error) {
	return commentHTML.inTurn(ctx, md)
}

// OfficialHTML renders the texts under consultation, amendments included: what CommentHTML knows, and headings,
// tables and rules, but no mentions. Line breaks inside a paragraph are spaces. Headings start at h3, since the page around them has
// headings of its own.
func OfficialHTML(md string) string { return officialHTML.atOnce(md) }

// OfficialHTMLInTurn does what OfficialHTML does. A long text waits for the turn of whoever ctx is for: see heavy.Work.
func OfficialHTMLInTurn(ctx context.Context, md string) (string, error) {
	return officialHTML.inTurn(ctx, md)
}

var (
	commentHTML  = newRendered(maxRendered, commentDialect.html)
	officialHTML = newRendered(maxRendered, officialDialect.html)
)

// dialect is a subset of Markdown and the HTML it can give. The parser knows nothing outside the subset; the policy
// reads the HTML once more, so that one mistake in either is not yet a hole. Both are safe for concurrent use.
type dialect struct {
	markdown goldmark.Markdown
	policy   *bluemonday.Policy
}

var (
	commentDialect = dialect{
		goldmark.New(goldmark.WithParser(commentParser()), bareLinks, ourNodes, typedLines),
		commentPolicy(),
	}
	officialDialect = dialect{
		goldmark.New(goldmark.WithParser(officialParser()), bareLinks, ourNodes, tables),
		officialPolicy(),
	}
)

var (
	// typedLines makes a line break of every line break.
	typedLines = goldmark.WithRendererOptions(html.WithHardWraps())

	// tables align cells by an attribute: with a style, the policy would have to read CSS.
	tables = goldmark.WithExtensions(extension.NewTable(
		extension.WithTableCellAlignMethod(extension.TableCellAlignAttribute)))

	// ourNodes closes every element, which makes the HTML fit for feeds and other XML too.
	ourNodes = goldmark.WithRendererOptions(html.WithXHTML(),
		renderer.WithNodeRenderers(util.Prioritized(nodeRenderer{}, 100)))
)

func (d dialect) html(ctx context.Context, md string) string {
	var out bytes.Buffer
	if err := d.markdown.Convert([]byte(md), pausingWriter{ctx, &out}, pausing(ctx)); err != nil {
		panic(fmt.Sprintf("render Markdown: writing to memory cannot fail, yet: %v", err))
	}
	return boundedHTML(md, clean.Shown(d.policy.SanitizeReader(pausingReader{ctx, &out}).String()))
}

// commentParser leaves out, beside what CommentHTML names, link definitions: the line would vanish. The numbers are
// goldmark's own order of attempts. (Indented code is in because goldmark drops an indented line that nobody parses.)
func commentParser() parser.Parser {
	return parser.NewParser(
		parser.WithBlockParsers(
			util.Prioritized(nested{parser.NewListParser(), commentBounds.nesting}, 300),
			util.Prioritized(parser.NewListItemParser(), 400),
			util.Prioritized(parser.NewCodeBlockParser(), 500),
			util.Prioritized(parser.NewFencedCodeBlockParser(), 700),
			util.Prioritized(nested{parser.NewBlockquoteParser(), commentBounds.nesting}, 800),
			util.Prioritized(parser.NewParagraphParser(), 1000),
		),
		inlineParsers(commentBounds, util.Prioritized(mentionParser{}, 400)),
	)
}

func officialParser() parser.Parser {
	return parser.NewParser(
		parser.WithBlockParsers(
			util.Prioritized(parser.NewSetextHeadingParser(), 100),
			util.Prioritized(parser.NewThematicBreakParser(), 200),
			util.Prioritized(nested{parser.NewListParser(), officialBounds.nesting}, 300),
			util.Prioritized(parser.NewListItemParser(), 400),
			util.Prioritized(parser.NewCodeBlockParser(), 500),
			util.Prioritized(parser.NewATXHeadingParser(), 600),
			util.Prioritized(parser.NewFencedCodeBlockParser(), 700),
			util.Prioritized(nested{parser.NewBlockquoteParser(), officialBounds.nesting}, 800),
			util.Prioritized(parser.NewParagraphParser(), 1000),
		),
		inlineParsers(officialBounds),
		parser.WithParagraphTransformers(parser.DefaultParagraphTransformers()...),
	)
}

// inlineParsers returns goldmark's without raw HTML, and one of ours. That for mentions comes before emphasis: in
// "@jean_le_bon" the underscores belong to the name.
func inlineParsers(within bounds, ours ...util.PrioritizedValue) parser.Option {
	return parser.WithInlineParsers(append(ours,
		util.Prioritized(pauser{}, 0),
		util.Prioritized(parser.NewCodeSpanParser(), 100),
		util.Prioritized(brackets{bounded{parser.NewLinkParser(), within.brackets, bracketsRead}}, 200),
		util.Prioritized(parser.NewAutoLinkParser(), 300),
		util.Prioritized(emphasis{bounded{parser.NewEmphasisParser(), within.emphasis, emphasisRead}}, 500),
	)...)
}
