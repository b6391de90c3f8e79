package people

import (
	"errors"
	"regexp"
	"slices"
	"strings"

	"ensemble/consultation/input"
	"ensemble/consultation/refusal"
	"ensemble/consultation/text/clean"
)

var nicknameForm = regexp.MustCompile(`^[a-z0-9_-]{3,20}$`)

// reserved are the names that seem to speak for the site, in the form of clean.Skeleton, by which names that look alike
// are equal.
var reserved = func() []string {
	names := strings.Fields(`admin admins administrator administrators administrateur administrateurs administratrice administration
		moderator moderators moderateur moderateurs moderatrice moderation facilitator facilitateur facilitatrice
		ensemble root system systeme official officiel officielle staff team equipe site webmaster postmaster security securite
		support help aide contact info api graphql bot everyone everybody all tous tout-le-monde here nobody anonymous anonyme
		deleted deleted-account compte-supprime null undefined viewer`)
	for i, name := range names {
		names[i] = clean.Skeleton(name)
	}
	return names
}()

// isReserved says whether a name looks like one that seems to speak for the site.
func isReserved(name string) bool { return slices.Contains(reserved, clean.Skeleton(name)) }

// nickname returns the form in which a nickname is stored, in lower case.
// Errors: BAD_USER_INPUT on nickname.
func nickname(s string) (string, error) {
	s = strings.ToLower(s)
	switch {
	case !nicknameForm.MatchString(s):
		return "", refusal.BadInput("nickname", "Use 3 to 20 of a-z, 0-9, _ and -.")
	case isReserved(s):
		return "", refusal.BadInput("nickname", "This name is reserved.")
	}
	return s, nil
}

// personName returns the clean form of a person's name.
// Errors: BAD_USER_INPUT on the field.
func personName(field, s string) (string, error) {
	s, err := clean.Name(s)
	if errors.Is(err, clean.ErrMixedScripts) {
		return "", refusal.BadInput(field, "A word of a name has letters of one script.")
	}

	if s, err = input.Bounded(field, s, err, 1, input.MaxName); err == nil && isReserved(s) {
		return "", refusal.BadInput(field, "This name is reserved.")
	}
	return s, err
}
