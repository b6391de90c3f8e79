package people

import (
	"slices"
	"strings"
	"unicode"

	"ensemble/consultation/text/clean"
)

// titles are the words for those who have power over the site. No person has one in their name.
var titles = listed(`admin admins administrator administrators administrateur administrateurs administratrice
	administratrices administration moderator moderators moderateur moderateurs moderatrice moderatrices moderation
	modo modos webmaster postmaster sysadmin`)

// siteNames are what the site may be called, and teamWords what those are who run it.
var (
	siteNames = listed(`ensemble site plateforme platform consultation`)
	teamWords = listed(`team equipe staff support official officiel officielle`)
)

// siteWords are words of which a name of a person that consists of nothing else seems to speak for the site, beside
// titles.
var siteWords = slices.Concat(siteNames, teamWords, listed(`facilitator facilitateur facilitatrice steering pilotage
	comite committee root system systeme security securite help aide contact info api graphql bot everyone everybody
	toutlemonde all tous here nobody anonymous anonyme deleted supprime supprimee erased efface effacee null undefined
	viewer service technical technique`))

// smallWords say nothing beside siteWords: “L’équipe du site”, “Deleted account”.
var smallWords = listed(`the of and for a le la les l un une de du des d et en au super account compte user utilisateur
	utilisatrice personne`)

// assurances say of a name that it is the true one.
var assurances = listed(`official officiel officielle verified verifie verifiee certified certifie certifiee`)

// listed returns what each word of a list looks like.
func listed(words string) []string { return skeletons(strings.Fields(words)) }

// skeletons returns what words look like.
func skeletons(words []string) []string {
	var all []string
	for _, word := range words {
		all = append(all, clean.Skeletons(word)...)
	}
	return all
}

// dividesName reports whether r is between the words of a name. Signs such as “Ⓐ” may be letters.
func dividesName(r rune) bool { return !unicode.In(r, unicode.L, unicode.M, unicode.N, unicode.So) }

// unnumbered returns words without the digits around them: “Admin 2” and “admin2” are other “Admins”.
func unnumbered(words []string) []string {
	bare := make([]string, len(words))
	for i, word := range words {
		bare[i] = strings.TrimFunc(word, unicode.IsDigit)
	}
	return bare
}

// reservedOfPeople says whether no person may have a name or nickname of these words.
func reservedOfPeople(words []string) bool {
	return speaksForSite(words) || slices.ContainsFunc(words, hasTitle)
}

// reservedOfBodies says whether no organization may have a name of these words. Bodies are called “Tous ensemble”,
// “Service technique” or “Syndicat des administrateurs”: reserved are those that say nothing but what people may not
// say, and either have a title or say that they are the team of the site.
func reservedOfBodies(words []string) bool {
	name := strings.Join(words, "")
	says := func(words []string) bool {
		return slices.ContainsFunc(words, func(word string) bool { return strings.Contains(name, word) })
	}
	return speaksForSite(words) && (says(titles) || says(siteNames) && says(teamWords))
}

// speaksForSite says whether words say nothing but siteWords and titles, also letter by letter (“A d m i n”) or written
// together.
func speaksForSite(words []string) bool {
	said := slices.DeleteFunc(slices.Clone(words), func(w string) bool { return slices.Contains(smallWords, w) })
	other := slices.ContainsFunc(said, func(w string) bool { return letters[w] == 0 })
	name := strings.Join(words, "")
	return len(said) > 0 && !other || letters[name] > 0 || saidTogether(name)
}

// letters has how many letters each of the titles, siteWords and smallWords says; smallWords say none.
var letters = func() map[string]int {
	all := map[string]int{}
	for _, word := range smallWords {
		all[word] = 0
	}
	for _, word := range slices.Concat(titles, siteWords) {
		all[word] = len(word)
	}
	return all
}()

// minSaid is how many letters of titles and siteWords a name says that is written together: “Lequipe” does, while
// “Lebot” and “Adélaïde” (a-de-l-aide) are names of people.
const minSaid = 5

// saidTogether says whether a name can be cut into titles, siteWords and smallWords: “EnsembleAdmin”.
func saidTogether(name string) bool {
	said := make([]int, len(name)+1) // of the beginning of this length; -1 when it cannot be cut
	for end := 1; end <= len(name); end++ {
		said[end] = -1
		for word, n := range letters {
			before, cut := strings.CutSuffix(name[:end], word)
			if cut && said[len(before)] >= 0 {
				said[end] = max(said[end], said[len(before)]+n)
			}
		}
	}
	return said[len(name)] >= minSaid
}

// Titles from longTitle letters on are seen within a word as well: at its end, and at its beginning when at least
// besideTitle letters follow. “adminjean” is an admin, while “Adminah” is a name.
const (
	longTitle   = 5
	besideTitle = 3
)

// hasTitle says whether a word is a title, or is written together with one.
func hasTitle(word string) bool {
	return slices.ContainsFunc(titles, func(title string) bool {
		after, begins := strings.CutPrefix(word, title)
		return word == title || len(title) >= longTitle &&
			(begins && len(after) >= besideTitle || strings.HasSuffix(word, title))
	})
}
