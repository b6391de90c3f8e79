package markdown

import (
	"context"
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/text"

	"ensemble/consultation/text/clean"
)

// CommentPlain returns the words of CommentHTML without the formatting, for search and excerpts. Each paragraph is one
// line. The result is plain text: whoever puts it into HTML has to escape it. What was rendered lately is remembered.
func CommentPlain(md string) string { return commentPlain.atOnce(md) }

// CommentPlainInTurn does what CommentPlain does. A long text waits for the turn of whoever ctx is for: see heavy.Work.
func CommentPlainInTurn(ctx context.Context, md string) (string, error) {
	return commentPlain.inTurn(ctx, md)
}

// OfficialPlain does the same for the texts under consultation.
func OfficialPlain(md string) string { return officialPlain.atOnce(md) }

// OfficialPlainInTurn does what OfficialPlain does. A long text waits for the turn of whoever ctx is for: see heavy.Work.
func OfficialPlainInTurn(ctx context.Context, md string) (string, error) {
	return officialPlain.inTurn(ctx, md)
}

var (
	commentPlain  = newRendered(maxRendered, commentDialect.plain)
	officialPlain = newRendered(maxRendered, officialDialect.plain)
)

// plain returns the words of md, one line for each block that has any.
func (d dialect) plain(ctx context.Context, md string) string {
	source := []byte(md)
	var out strings.Builder

	write := func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			if n.Type() == ast.TypeBlock {
				out.WriteByte('\n')
			}
			return ast.WalkContinue, nil
		}

		switch n := n.(type) {
		case *ast.Text:
			if n.Parent().Kind() == ast.KindCodeSpan {
				out.Write(n.Value(source)) // as it was typed
			} else {
				writeShown(&out, string(n.Value(source)))
			}
			if n.SoftLineBreak() || n.HardLineBreak() {
				out.WriteByte(' ')
			}
		case *ast.String:
			out.Write(n.Value)
		case *ast.AutoLink:
			out.Write(n.Label(source))
		case *mention:
			out.Write(n.typed.Value(source))
		case *ast.CodeBlock, *ast.FencedCodeBlock:
			for _, line := range n.Lines().Sliced(0, n.Lines().Len()) {
				out.Write(line.Value(source))
			}
		}
		return ast.WalkContinue, nil
	}

	_ = ast.Walk(d.markdown.Parser().Parse(text.NewReader(source), pausing(ctx)), write) // write returns no error

	lines := strings.FieldsFunc(out.String(), func(r rune) bool { return r == '\n' })
	return strings.Join(lines, "\n")
}

// writeShown writes text as a page shows it: character references are the characters that they stand for, once, and a
// backslash before a sign is not shown. What no text may have is not written.
func writeShown(out *strings.Builder, typed string) {
	for typed != "" {
		plain := strings.IndexAny(typed, "&\\")
		if plain < 0 {
			plain = len(typed)
		}
		out.WriteString(typed[:plain])
		if typed = typed[plain:]; typed == "" {
			return
		}

		shown, size := letterAt(typed)
		out.WriteString(clean.Shown(shown))
		typed = typed[size:]
		if shown == "" && typed != "" { // the sign behind a backslash, an "&" or another backslash too
			out.WriteByte(typed[0])
			typed = typed[1:]
		}
	}
}
