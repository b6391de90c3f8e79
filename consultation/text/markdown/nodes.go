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

// renderLink keeps only the words of a link that may not be followed.
func renderLink(w util.BufWriter, _ []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	address := util.URLEscape(n.(*ast.Link).Destination, true) // true: "&#58;" is a colon here as it is in a browser
	if linkable(string(address)) {
		writeLinkTag(w, address, entering)
	}
	return ast.WalkContinue, nil
}

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

// renderDescription shows an image as the words written for those who cannot see it: a picture on somebody else's
// server would tell them who reads this page.
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

// renderMention writes a mention as it was typed: who it names is data of its own, found by Mentions.
func renderMention(w util.BufWriter, source []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		return ast.WalkContinue, nil
	}
	_, err := w.Write(n.(*mention).typed.Value(source))
	return ast.WalkContinue, err
}
