package scene

import "golang.org/x/text/language"

// Tags parses tags of languages, as a reader asks for them.
func Tags(names ...string) (all []language.Tag) {
	for _, name := range names {
		all = append(all, language.MustParse(name))
	}
	return all
}
