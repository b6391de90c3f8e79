package public

import (
	"slices"

	"ensemble/consultation/input"
	"ensemble/consultation/text/markdown"
	"ensemble/ent"
)

// Amender returns the id of the person or organization that the amendment is by, as everybody may know.
func Amender(a *ent.Amendment) string { return Face(a.AuthorID, a.OrganizationID) }

// Face returns the id of who publicly did something: the organization when it was done in its name, else the person.
func Face(person string, organization *string) string {
	if organization != nil {
		return *organization
	}
	return person
}

// Commenter returns the id of the person or organization that the comment is by, as everybody may know.
func Commenter(m *ent.Comment) string { return Face(m.AuthorID, m.OrganizationID) }

// MaxMentions is how many nicknames of a comment mention somebody: the first ones.
const MaxMentions = 10

// Mentioned returns the nicknames that a comment mentions; none when the comment is removed. Whom each of them names is
// in the table comment_mentions.
func Mentioned(m *ent.Comment) []string {
	if IsRemoved(m) {
		return nil
	}
	return FirstMentions(m.Body)
}

// FirstMentions returns the nicknames in the text of a comment that may mention somebody, at most MaxMentions.
func FirstMentions(body string) []string {
	nicknames := markdown.Mentions(body)
	return nicknames[:min(len(nicknames), MaxMentions)]
}

// Supporter returns the id of the person or organization that supports.
func Supporter(given *ent.Support) string {
	if given.OrganizationID != nil {
		return *given.OrganizationID
	}
	return *given.UserID
}

// Languages returns the languages in which a version's text exists, sorted.
func Languages(v *ent.Version) []string { return slices.Sorted(input.Languages(v.Body)) }
