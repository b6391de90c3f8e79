package people

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"ensemble/consultation/text/clean"
)

// titles are the words for those who have power over the site. No person has one in their name.
var titles = listed(`admin admins administrator administrators administrateur administrateurs administratrice
	administratrices administration moderator moderators moderateur moderateurs moderatrice moderatrices moderation
	modo modos webmaster postmaster hostmaster sysadmin moderatorin moderatorinnen administratorin administratorinnen
	administrador administradora administradores moderador moderadora moderadores amministratore amministratrice
	amministratori moderatore moderatori beheerder beheerders администратор администраторы модератор модераторы админ
	管理员 管理員 管理者 版主 站长 站長 网管`)

// siteNames are what the site may be called, and teamWords what those are who run it.
var (
	siteNames = listed(`ensemble site plateforme platform consultation`)
	teamWords = listed(`team equipe staff support official officiel officielle client clients clientele`)

	// runners are those who run something: they say who runs the site only beside its name.
	runners = listed(`owner owners proprietaire proprietaires gestionnaire gestionnaires responsable responsables
		direction gerant gerants gerante gerantes webmestre webmestres animateur animateurs animatrice animatrices`)
)

// ourName is the one of siteNames that is no word for other sites.
var ourName = clean.Skeleton("ensemble")

// places are what a site is, in the words of several languages, and links what leads to them: “du site”.
var (
	places = slices.Concat(siteNames, listed(`forum portail portal website plattform plataforma piattaforma sitio sito
		сайт сайта платформы الموقع`))
	links = listed(`du de d del della do da der des la le l les the of this our ce cet cette notre votre сайта`)
)

// functions are what those do who run a site. A name that says nothing else speaks for the site; as one word among others
// they are names of people (“Marie Assistance”), and of bodies.
var functions = listed(`helpdesk assistance sav hotline automod automoderator modbot mod mods bot organisateur organisateurs
	organisatrice organisatrices organizer organizers organiser organisers noreply donotreply reply nepasrepondre mailer
	daemon mailerdaemon notification notifications newsletter abuse secretariat animation gestion operateur operatrice
	operator fondateur fondatrice founder editeur editrice editor publisher redaction dev developpeur developpement
	maintenance maintainer moderacion administracion مشرف المشرف مدير المدير`)

// countries stand behind the name of a site: “Ensemble France”.
var countries = listed(`france`)

// beside are the words that make of a name that of another account of the same: of its group, of its address, or one more.
// legalForms are part of what some bodies are called, and say nothing of who they are.
var (
	beside = listed(`equipe equipes team teams staff service services presse press communication com groupe group bis ter
		ii iii iv fr org net eu hq`)
	legalForms = listed(`sas sasu sarl sa eurl scop scic asbl gmbh ag ltd inc llc`)
)

// gone are words of what erased accounts are called, holders those for who had the account, and once what says the same
// of both. nobodies are all words of what stands for nobody.
var (
	gone = listed(`deleted supprime supprimee supprimes supprimees erased efface effacee effaces effacees removed
		disabled deactivated desactive desactivee desactives desactivees`)
	holders = listed(`account accounts compte comptes user users utilisateur utilisateurs utilisatrice utilisatrices
		member members membre membres usager usagers participant participants participante participantes`)
	once     = listed(`old former ancien ancienne anciens anciennes`)
	nobodies = slices.Concat(gone, listed(`nobody anonymous anonyme null undefined`))
)

// siteWords are words of which a name of a person that consists of nothing else seems to speak for the site, beside
// titles.
var siteWords = slices.Concat(siteNames, teamWords, nobodies, listed(`facilitator facilitateur facilitatrice steering pilotage
	comite committee root system systeme security securite help aide contact info api graphql bot everyone everybody
	toutlemonde all tous here viewer service technical technique`))

// smallWords say nothing beside siteWords: “L’équipe du site”, “Deleted account”.
var smallWords = listed(`the of and for a le la les l un une de du des d et en au super account accounts compte
	comptes user users utilisateur utilisateurs utilisatrice utilisatrices personne page profil profile`)

// states are those of an account, beside gone: no account says its own.
var states = listed(`suspendu suspendue suspendus suspendues suspended ferme fermee fermes fermees closed bloque bloquee
	bloques bloquees blocked locked banni bannie bannis banned verifie verifiee verifies verifiees verified certifie
	certifiee certifies certifiees certified archive archivee archived inactif inactive expire expiree expired`)

// civilities are put before or after the name of a person, and tell of nobody who it is.
var civilities = listed(`m mr mrs ms mme mlle me dr pr prof monsieur madame mademoiselle maitre docteur professeur
	doctor professor jr sr junior senior`)

// assurances say of a name that it is the true one.
var assurances = listed(`official officiel officielle verified verifie verifiee certified certifie certifiee real true
	genuine authentic authentique vrai vraie veritable reel reelle`)

// coreOfPerson returns the core of a person's name, without civilities.
func coreOfPerson(words []string) []string {
	if named := without(words, civilities); len(named) > 0 {
		return core(named)
	}
	return core(words)
}

// coreOfBody returns the core of an organization's name, without its legal form, in the singular.
func coreOfBody(words []string) []string {
	told := core(words)
	if named := without(told, legalForms); len(named) > 0 {
		told = named
	}
	for i, word := range told {
		if len(word) > 3 {
			told[i] = strings.TrimSuffix(word, "s")
		}
	}
	slices.Sort(told)
	return slices.Compact(told)
}

// core returns the words of a name that tell whose it is, in the order of letters, each once: without smallWords,
// assurances, and single letters that are put beside Latin words as a badge (“レ”). A name that has no others is all of
// its words.
func core(words []string) []string {
	isLatin := func(w string) bool { return strings.IndexFunc(w, isASCII) >= 0 }
	latin := slices.ContainsFunc(words, isLatin)
	told := slices.DeleteFunc(slices.Clone(words), func(w string) bool {
		return slices.Contains(smallWords, w) || slices.Contains(assurances, w) ||
			latin && !isLatin(w) && utf8.RuneCountInString(w) == 1
	})
	if len(told) == 0 {
		told = slices.Clone(words)
	}
	slices.Sort(told)
	return slices.Compact(told)
}

func isASCII(r rune) bool { return r <= unicode.MaxASCII }

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
	said := without(words, civilities) // “Mme Support”; “A d m i n” speaks with its m
	return speaksForSite(words) || speaksForSite(said) || slices.ContainsFunc(words, hasTitle) ||
		hasAny(words, siteNames) && (hasAny(words, teamWords) || hasAny(words, runners)) ||
		slices.Contains(words, ourName) || ofSite(words) || saysOnlyFunction(words) || saysGone(words)
}

// saysGone says whether a name is that of an account in some state: “Membre supprimé”, “Compte vérifié”.
func saysGone(words []string) bool {
	return (hasAny(words, gone) || hasAny(words, states)) && hasAny(words, holders)
}

// ofSite says whether a name says of whose site somebody is, whatever they are there: “Adm. du site”.
func ofSite(words []string) bool {
	for i := 1; i < len(words); i++ {
		if slices.Contains(places, words[i]) && slices.Contains(links, words[i-1]) {
			return true
		}
	}
	return false
}

// saysOnlyFunction says whether a name says nothing but what somebody does for a site, or what a site is.
func saysOnlyFunction(words []string) bool {
	return (hasAny(words, functions) || hasAny(words, places)) &&
		consistsOf(words, functions, places, siteWords, runners, countries, beside) ||
		slices.Contains(functions, strings.Join(words, ""))
}

// without returns words without those of a list.
func without(words, list []string) []string {
	return slices.DeleteFunc(slices.Clone(words), func(w string) bool { return slices.Contains(list, w) })
}

// hasAny says whether one of the words is in a list.
func hasAny(words, list []string) bool {
	return slices.ContainsFunc(words, func(w string) bool { return slices.Contains(list, w) })
}

// reservedOfBodies says whether no organization may have a name of these words. Bodies are called “Tous ensemble”,
// “Service technique” or “Syndicat des administrateurs”: reserved are those that say nothing but what people may not
// say, and either have a title, or say that they are the site or its team, any team, or nobody. Others may not say
// “Équipe Ensemble” among other words.
func reservedOfBodies(words []string) bool {
	runs := hasAny(words, runners) || hasAny(words, functions) // “Direction”, “Secrétariat”
	if besideOurName(words) || saysGone(words) && consistsOf(words, gone, states, holders, once) ||
		slices.Contains(words, ourName) && consistsOf(words, siteNames, teamWords, runners, functions, countries, beside) ||
		hasAny(words, siteNames) && runs && consistsOf(words, siteNames, runners, functions) {
		return true
	}
	name := strings.Join(words, "")
	says := func(words []string) bool {
		return slices.ContainsFunc(words, func(word string) bool { return strings.Contains(name, word) })
	}
	return speaksForSite(words) &&
		(says(titles) || says(siteNames) && says(teamWords) || consistsOf(words, teamWords) || hasAny(words, nobodies))
}

// consistsOf says whether words are of these lists, beside smallWords.
func consistsOf(words []string, lists ...[]string) bool {
	return len(without(bigWords(words), slices.Concat(lists...))) == 0
}

// besideOurName says whether a word for the team of the site stands beside its name, or one for who runs it before:
// “Tous ensemble responsables” is a body.
func besideOurName(words []string) bool {
	said := bigWords(words)
	for i := 1; i < len(said); i++ {
		before, after := said[i-1:i], said[i:i+1]
		if after[0] == ourName && (hasAny(before, teamWords) || hasAny(before, runners)) ||
			before[0] == ourName && hasAny(after, teamWords) {
			return true
		}
	}
	return false
}

// bigWords returns words without smallWords.
func bigWords(words []string) []string { return without(words, smallWords) }

// speaksForSite says whether words say nothing but siteWords and titles, also letter by letter (“A d m i n”) or written
// together.
func speaksForSite(words []string) bool {
	said := bigWords(words)
	other := slices.ContainsFunc(said, func(w string) bool { return letters[w] == 0 })
	name := strings.Join(words, "")
	return len(said) > 0 && !other || letters[name] > 0 || saidTogether(name)
}

// letters has how many letters each of the titles, siteWords and smallWords says; smallWords say none, and runners one,
// since “Downer” (d-owner) is a name: “Siteowner” says enough by its other word.
var letters = func() map[string]int {
	all := map[string]int{}
	for _, word := range smallWords {
		all[word] = 0
	}
	for _, word := range runners {
		all[word] = 1
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
