package outbox

import (
	"strings"

	"golang.org/x/text/language"

	"ensemble/consultation/message"
)

// NodePath is where links to nodes lead first, with the id behind it: from there to where the site shows them.
const NodePath = "/n/"

// URL returns the address at which people read about a node, in the language of their browser.
func (s *Outbox) URL(id string) string { return strings.TrimSuffix(s.BaseURL, "/") + NodePath + id }

// URLFor returns the address at which somebody reads about a node, in their language.
func (s *Outbox) URLFor(reader []language.Tag, id string) string {
	return strings.TrimSuffix(s.BaseURL, "/") + "/" + message.Spoken(reader) + NodePath + id
}

// Page returns the address of a page of the site in the reader's language, a tag such as "fr"; path is that of the
// English page.
func (s *Outbox) Page(lang, path string) string {
	if _, i, _ := message.Matcher.Match(language.Make(lang)); message.Known[i] == language.French {
		path = "fr/" + path
	}
	return strings.TrimSuffix(s.BaseURL, "/") + "/" + path
}
