package public

import (
	"slices"

	"ensemble/consultation/input"
	"ensemble/consultation/text"
	"ensemble/ent"
)

// Amender is who the amendment is by, as everybody may know.
func Amender(a *ent.Amendment) string { return Face(a.AuthorID, a.OrganizationID) }

// Face is the public face of an act: the organization when done in its name, else the person.
func Face(person string, organization *string) string {
	if organization != nil {
		return *organization
	}
	return person
}

// Commenter is who the comment is by, as everybody may know.
func Commenter(m *ent.Comment) string { return Face(m.AuthorID, m.OrganizationID) }

// Mentioned are the nicknames that a comment mentions.
func Mentioned(m *ent.Comment) []string {
	if IsRemoved(m) {
		return nil
	}
	return text.Mentions(m.Body)
}

// Supporter is the id of the person or organization that supports.
func Supporter(given *ent.Support) string {
	if given.OrganizationID != nil {
		return *given.OrganizationID
	}
	return *given.UserID
}

// Languages are those that a version's text exists in, sorted.
func Languages(v *ent.Version) []string { return slices.Sorted(input.Languages(v.Body)) }
