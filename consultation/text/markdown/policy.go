package markdown

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/microcosm-cc/bluemonday"
)

// linkRel is on every link that people write: with "nofollow ugc" spam gains nothing, and with "noopener" the page that
// the link opens has no access to ours. Links in official texts have it, too: amendments are rendered as official texts
// before anybody has decided on them.
const linkRel = "nofollow noopener ugc"

// linkSchemes are the only ones a link may have. A relative address has none: what it points at depends on the page
// around it, and a reader by mail has no such page.
var linkSchemes = []string{"http", "https", "mailto"}

// linkable reports whether a link may point at address, which is percent-encoded and free of HTML entities.
func linkable(address string) bool {
	u, err := url.Parse(address)
	return err == nil && slices.Contains(linkSchemes, strings.ToLower(u.Scheme)) && leadsAway(u)
}

// leadsAway reports whether an address names where it leads: a host, or somebody to write to. Browsers take "https:/a"
// and "https:a" for a page of the site that the link is on, or for the host a. A host has a letter or a digit; what stands
// before an "@" is none, and may look like one.
func leadsAway(u *url.URL) bool {
	if strings.EqualFold(u.Scheme, "mailto") {
		return strings.Contains(u.Opaque, "@")
	}
	named := func(r rune) bool { return unicode.In(r, unicode.L, unicode.N) }
	return u.User == nil && strings.ContainsFunc(u.Hostname(), named)
}

// commentPolicy allows what commentParser can produce, and nothing that runs, loads or styles.
func commentPolicy() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements("p", "br", "em", "strong", "ul", "ol", "li", "blockquote", "code", "pre")
	p.AllowAttrs("start").Matching(bluemonday.Integer).OnElements("ol")
	p.AllowAttrs("href").OnElements("a")
	p.AllowAttrs("rel").Matching(regexp.MustCompile("^" + linkRel + "$")).OnElements("a")
	for _, scheme := range linkSchemes {
		p.AllowURLSchemeWithCustomPolicy(scheme, leadsAway)
	}
	p.RequireParseableURLs(true)
	return p
}

// officialPolicy allows what officialParser can produce.
func officialPolicy() *bluemonday.Policy {
	p := commentPolicy()
	p.AllowElements("h3", "h4", "h5", "h6", "hr", "table", "thead", "tbody", "tr", "th", "td")
	p.AllowAttrs("align").Matching(bluemonday.CellAlign).OnElements("th", "td")
	return p
}
