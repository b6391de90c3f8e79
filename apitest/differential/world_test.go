package differential_test

import (
	"context"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"ensemble/consultation/input"
	"ensemble/consultation/notify"
	"ensemble/consultation/processes"
	"ensemble/consultation/refusal"
	"ensemble/consultation/roadmap"
	"ensemble/consultation/text/clean"
	"ensemble/ent"
	"ensemble/ent/membership"
	"ensemble/ent/organization"
	"ensemble/ent/role"
	"ensemble/ent/territory"
	"ensemble/internal/testsite"
)

// crowd is a consultation in which everything has happened that can: what lists sort, hide and count, in every state,
// with equal sort keys. It is the same in every run.
type crowd struct {
	*testsite.World
	t       *testing.T
	random  *rand.Rand
	people  []*testsite.Person
	parties []*ent.Organization
	axes    []*ent.Axis
	places  []*ent.Territory
	open    []*ent.Commitment // of the world's process, public
}

// newCrowd lets everything happen on s.
func newCrowd(t *testing.T, s *testsite.Site) *crowd {
	c := &crowd{t: t, random: rand.New(rand.NewPCG(7, 7))}

	// The same address, ids and nonces in every run, before anything is made.
	s.BaseURL, s.Providers = "https://consultation.example.org", someProviders
	s.NewID = c.newID(s)
	s.NewNonce = func() uint64 { return c.random.Uint64()>>1 | 1 }

	c.World = testsite.NewWorld(t, s)
	c.people = []*testsite.Person{c.Signatory, c.Alice, c.Bob}
	for _, name := range []string{"carol", "dave", "eve-1", "frank", "zoe_2"} {
		c.people = append(c.people, c.Person(t, name))
	}

	// Who and where: each builds on those before it.
	c.gatherParties()
	c.places = c.territories()
	c.outlineProcess()
	c.otherProcesses()
	c.wishes()
	for i := range 12 {
		c.open = append(c.open, c.newCommitment(i))
	}

	// What happens to commitments.
	c.do(c.Follow(c.as(c.Moderator), notify.FollowSubjectInput{Subject: c.open[1].ID}))
	c.rivalry(c.open[0])
	c.promotion(c.open[1])
	for range 450 {
		c.somebodyActs()
	}

	// What officials and moderators do, when there is enough of everything.
	c.trusts()
	c.invitations()
	c.identities()
	c.removals()
	c.programs()
	c.moderates()
	c.statuses()

	// Notifications are of what happened before the account is erased, and of the erasure.
	c.tell()
	c.erase(c.people[3])
	c.tell()
	c.allTold()

	return c
}

// newID makes ids as the program does, of the clock's millisecond and random bits, except that the bits are the same in
// every run. What happens at one moment therefore has no order but that of the ids.
func (c *crowd) newID(s *testsite.Site) func(string) string {
	return func(kind string) string {
		var id [16]byte
		binary.BigEndian.PutUint64(id[:8], uint64(s.Clock.Now().UnixMilli())<<16|0x7000|c.random.Uint64()&0xfff)
		binary.BigEndian.PutUint64(id[8:], 1<<63|c.random.Uint64()>>2)
		return kind + "_" + strings.ToLower(base32.HexEncoding.WithPadding(base32.NoPadding).EncodeToString(id[:]))
	}
}

// do fails the test on any error that is not a refusal: the crowd tries many things that are not allowed.
func (c *crowd) do(err error) {
	c.t.Helper()
	if err != nil && refusal.CodeOf(err) == "" {
		c.t.Fatal(err)
	}
}

// mustHave returns a function that returns the value of a call, or fails the test if the call was refused.
func mustHave[T any](c *crowd) func(v T, err error) T {
	return func(v T, err error) T {
		c.t.Helper()
		if err != nil {
			c.t.Fatal(err)
		}
		return v
	}
}

// as is a context in which p acts.
func (c *crowd) as(p *testsite.Person) context.Context { return p.Ctx(c.t.Context()) }

func pick[T any](c *crowd, from []T) T { return from[c.random.IntN(len(from))] }

func (c *crowd) chance(percent int) bool { return c.random.IntN(100) < percent }

// pass lets some time go by, or none.
func (c *crowd) pass() {
	c.Clock.Advance(pick(c, []time.Duration{
		0, 0, 0, time.Microsecond, 10 * time.Microsecond, time.Millisecond, time.Second, time.Minute,
	}))
}

// gatherParties creates organizations, some of them verified, whose members are people of the crowd.
func (c *crowd) gatherParties() {
	names := []string{
		"Élan numérique", "elan du nord", "Zone 42", "Œuvre commune",
		"Les Éclaireurs", "Ateliers d’Occitanie", "Hub du Nord",
	}
	kinds := []organization.Kind{organization.KindHUB, organization.KindASSOCIATION, organization.KindSTATE}
	roles := []membership.Role{membership.RoleOWNER, membership.RoleSIGNATORY, membership.RoleMEMBER}

	for i, name := range names {
		create := c.Write.Organization.Create().
			SetID(c.NewID("organization")).
			SetName(name).
			SetSearchName(clean.Fold(name)).
			SetKind(pick(c, kinds)).
			SetCreatedAt(c.Now())
		if i%3 != 2 {
			create.SetVerifiedAt(c.Now())
		}
		c.parties = append(c.parties, mustHave[*ent.Organization](c)(create.Save(c.t.Context())))

		for j, p := range c.people {
			if (i+j)%4 == 0 {
				c.Member(c.t, c.parties[i], p, roles[i%3])
			}
		}
		c.pass()
	}

	hub := c.Write.Organization.UpdateOne(c.Organization)
	c.do(hub.SetSearchName(clean.Fold(c.Organization.Name)).Exec(c.t.Context()))
	c.parties = append(c.parties, c.Organization)
}

// territories are all territories, in an order that is the same in every run, which the order of their ids is not. It
// gives some of the organizations a territory.
func (c *crowd) territories() []*ent.Territory {
	all := mustHave[[]*ent.Territory](c)(c.Read.Territory.Query().
		Order(territory.ByKind(), territory.ByCode()).
		All(c.t.Context()))
	for i, g := range c.parties {
		if i%4 != 0 {
			c.do(g.Update().SetTerritoryID(all[(i*37)%len(all)].ID).Exec(c.t.Context()))
		}
	}
	return all
}

// inLanguages is a text in some languages: pairs of a language and its text.
func inLanguages(values ...string) []*input.TextInput {
	var in []*input.TextInput
	for i := 0; i < len(values); i += 2 {
		in = append(in, &input.TextInput{Language: values[i], Text: values[i+1]})
	}
	return in
}

// phase adds a phase to a process. opens and closes count from the start of the story; closes is 0 for a phase without
// an end. allowed says whether it allows comments, supports and submissions.
func (c *crowd) phase(process string, name []*input.TextInput, opens, closes time.Duration, allowed ...bool) {
	from := testsite.Start.Add(opens)
	f := processes.PhaseSettings{
		Name: name, Description: name[:1], OpensAt: &from,
		AllowsComments: &allowed[0], AllowsSupports: &allowed[1], AllowsAmendmentSubmission: &allowed[2],
	}
	if closes != 0 {
		to := testsite.Start.Add(closes)
		f.ClosesAt = &to
	}
	mustHave[*ent.Phase](c)(c.CreatePhase(c.as(c.Admin),
		processes.CreatePhaseInput{Process: process, PhaseSettings: f}))
}

// outlineProcess adds axes, phases and roles to the process.
func (c *crowd) outlineProcess() {
	c.axes = []*ent.Axis{c.Axis}
	for _, title := range [][]*input.TextInput{
		inLanguages("fr", "Former", "en", "Training"),
		inLanguages("fr", "Parcours"),
		inLanguages("fr", "Données", "en", "Data"),
	} {
		c.axes = append(c.axes, mustHave[*ent.Axis](c)(c.CreateAxis(c.as(c.Admin),
			processes.CreateAxisInput{Process: c.Process.ID, Title: title, Description: title})))
	}

	c.phase(c.Process.ID, inLanguages("fr", "Passée"), -100*time.Hour, -50*time.Hour, true, true, true)
	c.phase(c.Process.ID, inLanguages("fr", "À venir", "en", "To come"),
		2000*time.Hour, 3000*time.Hour, true, true, true)
	c.phase(c.Process.ID, inLanguages("fr", "Brève"), -time.Hour, 5*time.Minute, false, false, false)

	c.Role(c.t, c.Moderator, role.NameFACILITATOR)
	c.Role(c.t, c.people[3], role.NameSTEERING) // who will erase their account
}

// otherProcesses adds a process in other languages, one that is empty, and one that is not public.
func (c *crowd) otherProcesses() {
	for i, slug := range []string{"second", "empty", "draft"} {
		first := []string{"en", "fr", "br"}[i]
		p := mustHave[*ent.Process](c)(c.CreateProcess(c.as(c.Admin), processes.CreateProcessInput{
			Slug: slug, Languages: []string{first, "de"}, CommentMaxLength: 1000, EvaluatingLimit: 3,
			Title:       inLanguages(first, "Title of "+slug),
			Description: inLanguages(first, "**"+slug+"**", "de", "Auf Deutsch"),
		}))
		if slug != "draft" {
			mustHave[*ent.Process](c)(c.PublishProcess(c.as(c.Admin), processes.PublishProcessInput{Process: p.ID}))
		}
		if slug == "empty" {
			continue
		}

		c.furnish(p, slug == "second")
	}
}

// furnish adds roles, phases and commitments to a process, and a language without texts. If isOpen, two of the
// commitments are published and commented.
func (c *crowd) furnish(p *ent.Process, isOpen bool) {
	first := p.Languages[0]
	c.grant(c.Steering, p, role.NameSTEERING)
	c.grant(c.Bob, p, role.NameADMIN)
	c.grant(c.Bob, p, role.NameMODERATOR)
	c.phase(p.ID, inLanguages(first, "Only comments"), -time.Hour, 0, true, false, false)
	c.phase(p.ID, inLanguages(first, "Supports later", "de", "Später"), 1000*time.Hour, 0, false, true, true)

	a := mustHave[*ent.Axis](c)(c.CreateAxis(c.as(c.Bob), processes.CreateAxisInput{
		Process: p.ID, Title: inLanguages("de", "Achse", first, "Axis"),
	}))
	for n := range 3 {
		made := mustHave[*ent.Commitment](c)(c.CreateCommitment(c.as(c.Steering), roadmap.CreateCommitmentInput{
			Process: p.ID, Axis: a.ID, Territories: []string{c.places[n].ID},
			Title: inLanguages(first, fmt.Sprintf("Measure %d", n), "de", "Maßnahme"),
			Body:  inLanguages(first, "What we *will* do."),
		}))
		if isOpen && n < 2 {
			mustHave[*ent.Commitment](c)(c.PublishCommitment(c.as(c.Steering), roadmap.PublishCommitmentInput{
				Commitment: made.ID,
			}))
			for range 3 {
				c.do(second(c.PostComment(c.as(pick(c, c.people)), roadmap.PostCommentInput{
					Subject: made.ID, Body: "Here too",
				})))
			}
		}
	}

	mustHave[*ent.Process](c)(c.UpdateProcess(c.as(c.Bob), processes.UpdateProcessInput{
		Process: p.ID, Languages: []string{first, "de", "pt"},
	}))
}

// second is the error of a call whose value nobody wants.
func second[T any](_ T, err error) error { return err }

// grant gives p a role in a process, without the audit knowing of it.
func (c *crowd) grant(p *testsite.Person, process *ent.Process, name role.Name) {
	c.do(c.Write.Role.Create().
		SetID(c.NewID("role")).
		SetUserID(p.ID).
		SetProcessID(process.ID).
		SetName(name).
		SetCreatedAt(c.Now()).
		Exec(c.t.Context()))
}

// subjects are what commitments are about.
var subjects = []string{
	"le numérique", "l’accès aux droits", "les cœurs de ville", "100 % des écoles", "la forêt",
	"l’Œuvre & l’été", "ses_données",
}

// newCommitment adds a commitment whose languages, places and axis depend on i. Of six, one stays a draft.
func (c *crowd) newCommitment(i int) *ent.Commitment {
	subject := subjects[i%len(subjects)]
	title := inLanguages("fr", "Agir pour "+subject)
	body := inLanguages("fr", "Premier **paragraphe**.\n\nSecond paragraphe sur "+subject+".")
	if i%3 != 0 {
		title = append(title, inLanguages("en", fmt.Sprintf("Act for %d", i))...)
	}
	if i%2 == 0 {
		body = append(body, inLanguages("en", "First **paragraph**.\n\nSecond one.")...)
	}

	var places []string
	for j := range i % 4 {
		places = append(places, c.places[(i*31+j*17)%len(c.places)].ID)
	}
	if i == 5 { // Aude and Île-de-France share a code
		places = nil
		for _, t := range c.places {
			if t.Code == "11" {
				places = append(places, t.ID)
			}
		}
	}

	made := mustHave[*ent.Commitment](c)(c.CreateCommitment(c.as(c.Steering), roadmap.CreateCommitmentInput{
		Process: c.Process.ID, Axis: c.axes[i%3].ID, Title: title, Body: body, Territories: places,
	}))
	if i%2 == 0 {
		c.pass()
	}
	if i%6 == 4 {
		return made // stays a draft
	}

	return mustHave[*ent.Commitment](c)(c.PublishCommitment(c.as(c.Steering), roadmap.PublishCommitmentInput{
		Commitment: made.ID,
	}))
}
