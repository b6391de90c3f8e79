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

func newCrowd(t *testing.T, s *testsite.Site) *crowd {
	c := &crowd{t: t, random: rand.New(rand.NewPCG(7, 7))}
	s.BaseURL, s.Providers = "https://consultation.example.org", someProviders
	s.NewID = c.newID(s)
	s.NewNonce = func() uint64 { return c.random.Uint64()>>1 | 1 }
	c.World = testsite.NewWorld(t, s)
	c.people = []*testsite.Person{c.Signatory, c.Alice, c.Bob}
	for _, name := range []string{"carol", "dave", "eve-1", "frank", "zoe_2"} {
		c.people = append(c.people, c.Person(t, name))
	}
	c.gatherParties()
	c.places = c.territories()
	c.outlineProcess()
	c.otherProcesses()
	c.wishes()
	for i := range 12 {
		c.open = append(c.open, c.newCommitment(i))
	}
	c.do(c.Follow(c.as(c.Moderator), notify.FollowInput{Subject: c.open[1].ID}))
	c.rivalry(c.open[0])
	c.promotion(c.open[1])
	for range 450 {
		c.somebodyActs()
	}
	c.trusts()
	c.invitations()
	c.identities()
	c.removals()
	c.programs()
	c.moderates()
	c.statuses()
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

// must is the value of what may not be refused.
func mustHave[T any](c *crowd) func(v T, err error) T {
	return func(v T, err error) T {
		c.t.Helper()
		if err != nil {
			c.t.Fatal(err)
		}
		return v
	}
}

func (c *crowd) as(p *testsite.Person) context.Context { return p.Ctx(c.t.Context()) }

func pick[T any](c *crowd, from []T) T { return from[c.random.IntN(len(from))] }

func (c *crowd) chance(percent int) bool { return c.random.IntN(100) < percent }

// pass lets some time go by, or none.
func (c *crowd) pass() {
	c.Clock.Advance(pick(c, []time.Duration{0, 0, 0, time.Microsecond, 10 * time.Microsecond, time.Millisecond, time.Second, time.Minute}))
}

func (c *crowd) gatherParties() {
	names := []string{"Élan numérique", "elan du nord", "Zone 42", "Œuvre commune", "Les Éclaireurs", "Ateliers d’Occitanie", "Hub du Nord"}
	for i, name := range names {
		create := c.Write.Organization.Create().SetID(c.NewID("organization")).SetName(name).SetSearchName(clean.Fold(name)).
			SetKind(pick(c, []organization.Kind{organization.KindHUB, organization.KindASSOCIATION, organization.KindSTATE})).
			SetCreatedAt(c.Now())
		if i%3 != 2 {
			create.SetVerifiedAt(c.Now())
		}
		c.parties = append(c.parties, mustHave[*ent.Organization](c)(create.Save(c.t.Context())))
		for j, p := range c.people {
			if (i+j)%4 == 0 {
				c.Member(c.t, c.parties[i], p, []membership.Role{membership.RoleOWNER, membership.RoleSIGNATORY, membership.RoleMEMBER}[i%3])
			}
		}
		c.pass()
	}
	c.do(c.Write.Organization.UpdateOne(c.Organization).SetSearchName(clean.Fold(c.Organization.Name)).Exec(c.t.Context()))
	c.parties = append(c.parties, c.Organization)
}

// territories are all of them, in an order that is the same in every run, which their ids are not.
func (c *crowd) territories() []*ent.Territory {
	all := mustHave[[]*ent.Territory](c)(c.Read.Territory.Query().Order(territory.ByKind(), territory.ByCode()).All(c.t.Context()))
	for i, g := range c.parties {
		if i%4 != 0 {
			c.do(g.Update().SetTerritoryID(all[(i*37)%len(all)].ID).Exec(c.t.Context()))
		}
	}
	return all
}

func inLanguages(values ...string) []*input.TextInput {
	var in []*input.TextInput
	for i := 0; i < len(values); i += 2 {
		in = append(in, &input.TextInput{Language: values[i], Text: values[i+1]})
	}
	return in
}

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
	mustHave[*ent.Phase](c)(c.CreatePhase(c.as(c.Admin), processes.CreatePhaseInput{Process: process, PhaseSettings: f}))
}

func (c *crowd) outlineProcess() {
	c.axes = []*ent.Axis{c.Axis}
	for _, title := range [][]*input.TextInput{inLanguages("fr", "Former", "en", "Training"), inLanguages("fr", "Parcours"), inLanguages("fr", "Données", "en", "Data")} {
		c.axes = append(c.axes, mustHave[*ent.Axis](c)(c.CreateAxis(c.as(c.Admin),
			processes.CreateAxisInput{Process: c.Process.ID, Title: title, Description: title})))
	}
	c.phase(c.Process.ID, inLanguages("fr", "Passée"), -100*time.Hour, -50*time.Hour, true, true, true)
	c.phase(c.Process.ID, inLanguages("fr", "À venir", "en", "To come"), 2000*time.Hour, 3000*time.Hour, true, true, true)
	c.phase(c.Process.ID, inLanguages("fr", "Brève"), -time.Hour, 5*time.Minute, false, false, false)
	c.Role(c.t, c.Moderator, role.NameFACILITATOR)
	c.Role(c.t, c.people[3], role.NameSTEERING) // who will erase their account
}

// otherProcesses are one in other languages, one that is empty, and one that is not public.
func (c *crowd) otherProcesses() {
	for i, slug := range []string{"second", "empty", "draft"} {
		first := []string{"en", "fr", "br"}[i]
		p := mustHave[*ent.Process](c)(c.CreateProcess(c.as(c.Admin), processes.CreateProcessInput{
			Slug: slug, Languages: []string{first, "de"}, Title: inLanguages(first, "Title of "+slug), CommentMaxLength: 1000, EvaluatingLimit: 3,
			Description: inLanguages(first, "**"+slug+"**", "de", "Auf Deutsch"),
		}))
		if slug != "draft" {
			mustHave[*ent.Process](c)(c.PublishProcess(c.as(c.Admin), processes.PublishProcessInput{Process: p.ID}))
		}
		if slug == "empty" {
			continue
		}
		c.grant(c.Steering, p, role.NameSTEERING)
		c.grant(c.Bob, p, role.NameADMIN)
		c.grant(c.Bob, p, role.NameMODERATOR)
		c.phase(p.ID, inLanguages(first, "Only comments"), -time.Hour, 0, true, false, false)
		c.phase(p.ID, inLanguages(first, "Supports later", "de", "Später"), 1000*time.Hour, 0, false, true, true)
		a := mustHave[*ent.Axis](c)(c.CreateAxis(c.as(c.Bob), processes.CreateAxisInput{Process: p.ID, Title: inLanguages("de", "Achse", first, "Axis")}))
		for n := range 3 {
			made := mustHave[*ent.Commitment](c)(c.CreateCommitment(c.as(c.Steering), roadmap.CreateCommitmentInput{
				Process: p.ID, Axis: a.ID, Territories: []string{c.places[n].ID},
				Title: inLanguages(first, fmt.Sprintf("Measure %d", n), "de", "Maßnahme"), Body: inLanguages(first, "What we *will* do."),
			}))
			if slug == "second" && n < 2 {
				mustHave[*ent.Commitment](c)(c.PublishCommitment(c.as(c.Steering), roadmap.PublishCommitmentInput{Commitment: made.ID}))
				for range 3 {
					c.do(second(c.PostComment(c.as(pick(c, c.people)), roadmap.PostCommentInput{Subject: made.ID, Body: "Here too"})))
				}
			}
		}
		mustHave[*ent.Process](c)(c.UpdateProcess(c.as(c.Bob), processes.UpdateProcessInput{Process: p.ID, Languages: []string{first, "de", "pt"}}))
	}
}

// second is the error of a call whose value nobody wants.
func second[T any](_ T, err error) error { return err }

func (c *crowd) grant(p *testsite.Person, process *ent.Process, name role.Name) {
	c.do(c.Write.Role.Create().SetID(c.NewID("role")).SetUserID(p.ID).SetProcessID(process.ID).SetName(name).SetCreatedAt(c.Now()).Exec(c.t.Context()))
}

var subjects = []string{"le numérique", "l’accès aux droits", "les cœurs de ville", "100 % des écoles", "la forêt", "l’Œuvre & l’été", "ses_données"}

func (c *crowd) newCommitment(i int) *ent.Commitment {
	subject := subjects[i%len(subjects)]
	title, body := inLanguages("fr", "Agir pour "+subject), inLanguages("fr", "Premier **paragraphe**.\n\nSecond paragraphe sur "+subject+".")
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
	return mustHave[*ent.Commitment](c)(c.PublishCommitment(c.as(c.Steering), roadmap.PublishCommitmentInput{Commitment: made.ID}))
}
