package people

import (
	"slices"
	"strings"
	"unicode"

	"ensemble/consultation/text/clean"
)

// titles are the words for those who have power over the site. No person has one in their name.
var titles = skeletons(`admin admins administrator administrators administrateur administrateurs administratrice
	administratrices moderator moderators moderateur moderateurs moderatrice moderatrices webmaster postmaster sysadmin`)

// siteWords are words of which a name that consists of nothing else seems to speak for the site, beside titles.
var siteWords = skeletons(`administration moderation facilitator facilitateur facilitatrice steering pilotage comite committee
	ensemble root system systeme official officiel officielle staff team equipe site plateforme platform security securite
	support help aide contact info api graphql bot everyone everybody all tous here nobody anonymous anonyme
	deleted supprime supprimee erased null undefined viewer service technical technique`)

// phrases are whole names that do the same, of words that may also be names of people.
var phrases = skeletons(`tout-le-monde deleted-account account-deleted erased-account deleted-user compte-supprime
	compte-efface utilisateur-supprime personne-supprimee`)

// smallWords say nothing beside siteWords: “L’équipe du site”.
var smallWords = skeletons(`the of and for a le la les l un une de du des d et en au`)

// assurances say of a name that it is the true one.
var assurances = skeletons(`official officiel officielle verified verifie verifiee certified certifie certifiee`)

// skeletons returns what each word looks like.
func skeletons(words string) []string {
	all := strings.Fields(words)
	for i, word := range all {
		all[i] = clean.Skeleton(word)
	}
	return all
}

// speaksForSite says whether a name is one of the phrases, or says nothing but siteWords and titles, also letter by
// letter: “A d m i n”.
func speaksForSite(name string) bool {
	all := unnumbered(name)
	said := slices.DeleteFunc(slices.Clone(all), func(w string) bool { return slices.Contains(smallWords, w) })
	for _, words := range [][]string{{strings.Join(all, "")}, {strings.Join(said, "")}, said} {
		other := slices.ContainsFunc(words, func(w string) bool { return !isTitle(w) && !slices.Contains(siteWords, w) })
		if len(words) > 0 && !other || len(words) == 1 && slices.Contains(phrases, words[0]) {
			return true
		}
	}
	return false
}

// hasTitle says whether one of the words of a name is a title.
func hasTitle(name string) bool { return slices.ContainsFunc(unnumbered(name), isTitle) }

func isTitle(word string) bool { return slices.Contains(titles, word) }

// unnumbered returns what the words of a name look like. Numbers are left out: “Admin 2” is another “Admin”.
func unnumbered(name string) []string {
	divides := func(r rune) bool { return !unicode.In(r, unicode.L, unicode.M, unicode.N, unicode.So) }
	var words []string
	for _, word := range strings.FieldsFunc(name, divides) {
		if strings.ContainsFunc(word, func(r rune) bool { return !unicode.IsDigit(r) }) {
			words = append(words, clean.Skeletons(word)...)
		}
	}
	return words
}
