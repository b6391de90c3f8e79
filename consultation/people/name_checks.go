package people

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"ensemble/consultation/input"
	"ensemble/consultation/refusal"
	"ensemble/consultation/text/clean"
	"ensemble/ent"
	"ensemble/ent/organization"
	"ensemble/ent/predicate"
	"ensemble/ent/process"
	"ensemble/ent/role"
	"ensemble/ent/user"
)

// NewName is a name that a person or an organization wishes to bear. Whatever makes or changes a name, wherever it comes
// from, asks Check.
type NewName struct {
	Field  string // of the input, for refusals
	Name   string
	Form   NameForm
	Bearer string // the id of who is called so; empty for somebody new
}

// NameForm says how a kind of name is written. Errors: BAD_USER_INPUT on field.
type NameForm struct {
	clean    func(field, s string) (string, error)
	reserved func(words []string) bool // whether a name is refused whose words look so
	ofPerson bool                      // no body: processes may be called like bodies
}

// How people and organizations are called.
var (
	PersonName = NameForm{
		clean:    func(field, s string) (string, error) { return input.Name(field, s, input.MaxName) },
		reserved: reservedOfPeople,
		ofPerson: true,
	}
	Nickname         = NameForm{clean: nickname, reserved: reservedOfPeople, ofPerson: true}
	OrganizationName = NameForm{
		clean:    func(field, s string) (string, error) { return input.Name(field, s, maxOrganizationName) },
		reserved: reservedOfBodies,
	}
)

const maxOrganizationName = 150 // code points: those of State services are long

// Check returns the name in the form in which it is stored. It refuses names that cannot be distinguished by eye, that
// speak for the site, or that are those of a verified organization, of somebody who administers the site or decides about
// a process, or, for people, of a published process. db reads in the transaction, where there is one.
// Errors: BAD_USER_INPUT on the field; CONFLICT on it when a verified organization is called so.
func (n NewName) Check(ctx context.Context, db *ent.Client) (string, error) {
	name, err := n.Form.clean(n.Field, n.Name)
	if err != nil {
		return "", err
	}

	for _, s := range readings(name) {
		words := strings.FieldsFunc(s, dividesName)
		if n.Form.reserved(skeletons(words)) || n.Form.reserved(skeletons(unnumbered(words))) {
			return "", n.reserved()
		}
	}
	for _, borne := range []func(context.Context, *ent.Client, string) error{
		n.borneByBody, n.borneByTrusted, n.borneByProcess,
	} {
		if err := borne(ctx, db, name); err != nil {
			return "", err
		}
	}
	if strings.ContainsAny(name, ticks) {
		return "", refusal.BadInput(n.Field, "A name has no ticks: they say that somebody was verified.")
	}
	return name, nil
}

// ticks are signs with which sites show whom they have verified.
const ticks = "✓✔✅☑🗸🗹⍻🮱"

// reserved refuses a name that somebody else bears, or that speaks for the site.
func (n NewName) reserved() error { return refusal.BadInput(n.Field, "This name is reserved.") }

// borneByBody refuses a name that looks like that of a verified organization, at a glance or in the words that tell whose
// it is, also with words for a group or a form beside.
func (n NewName) borneByBody(ctx context.Context, db *ent.Client, name string) error {
	looks, cores := looksOf(name), coresOf(name, coreOfBody)
	bodies, err := db.Organization.Query().Where(organization.VerifiedAtNotNil(), organization.IDNEQ(n.Bearer),
		organization.Or(organization.LooksIn(looks...), mayHave(cores))).All(ctx)
	if err != nil {
		return err
	}
	for _, g := range bodies {
		if slices.Contains(looks, g.Looks) || sharesCore(cores, [][]string{coreOfBody(clean.Skeletons(g.Name))}) {
			return OrganizationExists(n.Field, g)
		}
	}
	return nil
}

// borneByTrusted refuses a name that looks like that of somebody who administers the site, or administers, moderates or
// steers a process.
func (n NewName) borneByTrusted(ctx context.Context, db *ent.Client, name string) error {
	looks, cores := looksOf(name), coresOf(name, coreOfPerson)
	trusted, err := db.User.Query().Where(user.IDNEQ(n.Bearer), user.Or(user.SiteAdmin(true),
		user.HasRolesWith(role.NameIn(role.NameADMIN, role.NameMODERATOR, role.NameSTEERING)))).All(ctx)
	for _, u := range trusted {
		called := slices.Contains(looks, clean.Skeleton(u.Name)) ||
			!coreIsGiven(u.Name) && sharesCore(cores, [][]string{coreOfPerson(clean.Skeletons(u.Name))})
		if called || u.Nickname != nil && slices.Contains(looks, clean.Skeleton(*u.Nickname)) {
			return n.reserved()
		}
	}
	return err
}

// borneByProcess refuses a name of a person in which the title of a published process is, or what it begins with before a
// comma, a colon or a dash. A title of one word is that of much else: it is refused as the whole name.
func (n NewName) borneByProcess(ctx context.Context, db *ent.Client, name string) error {
	if !n.Form.ofPerson {
		return nil
	}
	published, err := db.Process.Query().Where(process.PublishedAtNotNil()).Select(process.FieldTitle).All(ctx)
	looks := looksOf(name)
	for _, p := range published {
		for _, title := range p.Title {
			if saysTitle(looks, title) || saysTitle(looks, title[:lenBefore(title)]) {
				return n.reserved()
			}
		}
	}
	return err
}

// lenBefore returns the length of what a title begins with.
func lenBefore(title string) int {
	if i := strings.IndexAny(title, ",:–—"); i > 0 {
		return i
	}
	return len(title)
}

// saysTitle says whether a name of these looks is a title, or has one of several words in it.
func saysTitle(looks []string, title string) bool {
	words := clean.Skeletons(title)
	whole := strings.Join(words, "")
	return len(words) > 0 && slices.ContainsFunc(looks, func(look string) bool {
		return look == whole || len(bigWords(words)) > 1 && strings.Contains(look, whole)
	})
}

// coreIsGiven says whether the core of a person's name is one of several words: “Élise Page” must not reserve “Élise”.
func coreIsGiven(name string) bool {
	words := clean.Skeletons(name)
	return len(words) > 1 && len(coreOfPerson(words)) == 1
}

// mayHave matches the organizations in whose name all words of one of the cores are, also within longer ones.
func mayHave(cores [][]string) predicate.Organization {
	var ways []predicate.Organization
	for _, core := range cores {
		var all []predicate.Organization
		for _, word := range core {
			all = append(all, organization.LooksContains(word))
		}
		ways = append(ways, organization.And(all...))
	}
	return organization.Or(ways...)
}

// coresOf returns the core of a name, as coreOfBody or coreOfPerson finds it, in each of its readings, with and without
// the words that make another account of the same.
func coresOf(name string, core func(words []string) []string) [][]string {
	var cores [][]string
	for _, s := range readings(name) {
		words := clean.Skeletons(s)
		for _, some := range [][]string{words, without(words, slices.Concat(beside, legalForms))} {
			known := func(other []string) bool { return slices.Equal(other, core(some)) }
			if len(some) > 0 && !slices.ContainsFunc(cores, known) {
				cores = append(cores, core(some))
			}
		}
	}
	return cores
}

// sharesCore says whether two names have a core in common.
func sharesCore(some, others [][]string) bool {
	return slices.ContainsFunc(some, func(core []string) bool {
		return slices.ContainsFunc(others, func(other []string) bool { return slices.Equal(core, other) })
	})
}

// OrganizationExists returns the refusal of a name that g has: CONFLICT. Package organizations refuses with it, too: there
// no two have one name, verified or not.
func OrganizationExists(field string, g *ent.Organization) error {
	return &refusal.Error{
		Code: refusal.Conflict, Field: field, Message: "There is an organization of this name.",
		Details: map[string]any{"current": refusal.Current{ID: g.ID}},
	}
}

var nicknameForm = regexp.MustCompile(`^[a-z0-9_-]{3,20}$`)

// nickname returns the form in which a nickname is stored, in lower case.
// Errors: BAD_USER_INPUT on the field.
func nickname(field, s string) (string, error) {
	if !input.Far(s, maxNickname) {
		s = strings.ToLower(s)
	}
	if !nicknameForm.MatchString(s) {
		return "", refusal.BadInput(field, "Use 3 to 20 of a-z, 0-9, _ and -.")
	}
	return s, nil
}

// signs are those that people write in place of letters: “@dmin”. ß is read as “ss” beside.
var signs = strings.NewReplacer("@", "a", "$", "s", "§", "s", "!", "i", "¡", "i", "|", "i", "¦", "i", "+", "t", "†", "t",
	"ß", "b", "€", "e", "£", "l", "¢", "c", "©", "c", "®", "r", "¥", "y", "₳", "a", "₿", "b", "฿", "b", "₫", "d", "₭", "k",
	"₥", "m", "₦", "n", "₱", "p", "₴", "s", "₮", "t", "₩", "w")

// readings returns the ways in which people may read a name: its signs as they are, as letters (“@”, “ⓥ”), or as
// decoration. Letters of other scripts look otherwise in another case: those are read as small ones, too.
func readings(name string) []string {
	spelt := signs.Replace(name)
	all := []string{name, strings.Map(undecorated, name), spelt, strings.Map(undecorated, spelt)}
	if small := strings.ToLower(name); small != name && strings.ContainsFunc(name, isOfOtherScript) {
		all = append(all, small)
	}
	return all
}

func isOfOtherScript(r rune) bool { return unicode.IsLetter(r) && !unicode.Is(unicode.Latin, r) }

// looksOf returns what a name looks like at a glance, without spaces: in each of its readings, with or without words
// that only assure that it is the true one, or make another account of the same. A number distinguishes: decisions/0017.
func looksOf(name string) []string {
	var looks []string
	for _, s := range readings(name) {
		words := clean.Skeletons(s)
		assured := slices.DeleteFunc(slices.Clone(words), func(w string) bool { return slices.Contains(assurances, w) })
		for _, some := range [][]string{words, assured, without(assured, slices.Concat(beside, legalForms))} {
			if look := strings.Join(some, ""); look != "" && !slices.Contains(looks, look) {
				looks = append(looks, look)
			}
		}
	}
	return looks
}

// undecorated replaces by a blank, which divides words, what people put beside a name as a badge: symbols, emoji, raised
// letters and digits.
func undecorated(r rune) rune {
	if unicode.In(r, unicode.S, unicode.Lm, unicode.No) {
		return ' '
	}
	return r
}
