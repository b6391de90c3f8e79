package markdown

import (
	"fmt"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/util"
)

// nodeRenderer writes the nodes that we render otherwise than goldmark does; it has no state.
type nodeRenderer struct{}

// RegisterFuncs implements renderer.NodeRenderer.
func (nodeRenderer) RegisterFuncs(r renderer.NodeRendererFuncRegisterer) {
	r.Register(ast.KindLink, renderLink)
	r.Register(ast.KindAutoLink, renderAutoLink)
	r.Register(ast.KindImage, renderDescription)
	r.Register(ast.KindHeading, renderHeading)
	r.Register(kindMention, renderMention)
}

// renderLink writes the tags of a link. A link that may not be followed has none: only its words are written.
func renderLink(w util.BufWriter, _ []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	address := util.URLEscape(n.(*ast.Link).Destination, true) // true: "&#58;" is a colon here as it is in a browser
	if linkable(string(address)) {
		writeLinkTag(w, address, entering)
	}
	return ast.WalkContinue, nil
}

// renderAutoLink writes an address that was typed as itself, and makes it a link if it may be followed.
func renderAutoLink(w util.BufWriter, source []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		return ast.WalkContinue, nil
	}

	n := node.(*ast.AutoLink)
	address := util.URLEscape(n.URL(source), false)
	if n.AutoLinkType == ast.AutoLinkEmail {
		address = append([]byte("mailto:"), address...)
	}

	label := util.EscapeHTML(n.Label(source))
	if !linkable(string(address)) {
		_, err := w.Write(label)
		return ast.WalkContinue, err
	}

	writeLinkTag(w, address, true)
	_, _ = w.Write(label) // a failed write is remembered and returned by Flush
	writeLinkTag(w, address, false)
	return ast.WalkContinue, nil
}

func writeLinkTag(w util.BufWriter, address []byte, opening bool) {
	tag := "</a>"
	if opening {
		tag = fmt.Sprintf(`<a href="%s" rel="%s">`, util.EscapeHTML(address), linkRel)
	}
	_, _ = w.WriteString(tag)
}

// renderDescription writes, in place of an image, the words for those who cannot see it: a browser that loaded a
// picture from a foreign server would reveal to that server who reads this page.
func renderDescription(util.BufWriter, []byte, ast.Node, bool) (ast.WalkStatus, error) {
	return ast.WalkContinue, nil
}

// renderHeading shifts headings by two levels, to h3 at most; h6 is the last there is.
func renderHeading(w util.BufWriter, _ []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	slash := "/"
	if entering {
		slash = ""
	}
	_, err := fmt.Fprintf(w, "<%sh%d>", slash, min(n.(*ast.Heading).Level+2, 6))
	return ast.WalkContinue, err
}

// renderMention writes a mention as it was typed. It makes no link of it: Mentions returns whom a comment names.
func renderMention(w util.BufWriter, source []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		return ast.WalkContinue, nil
	}
	_, err := w.Write(n.(*mention).typed.Value(source))
	return ast.WalkContinue, err
}
