package outbox

import (
	"strings"

	"golang.org/x/text/language"

	"ensemble/consultation/message"
)

// URL returns the address at which people read about a node.
func (s *Outbox) URL(id string) string { return s.BaseURL + "/#" + id }

// Page returns the address of a page of the site in the reader's language, a tag such as "fr"; path is that of the
// English page.
func (s *Outbox) Page(lang, path string) string {
	if _, i, _ := message.Matcher.Match(language.Make(lang)); message.Known[i] == language.French {
		path = "fr/" + path
	}
	return strings.TrimSuffix(s.BaseURL, "/") + "/" + path
}
