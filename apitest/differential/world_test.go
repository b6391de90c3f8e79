package differential_test

import (
	"context"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"ensemble/consultation/input"
	"ensemble/consultation/moderation"
	"ensemble/consultation/refusal"
	"ensemble/consultation/roadmap"
	"ensemble/consultation/text/clean"
	"ensemble/ent"
	"ensemble/ent/amendment"
	"ensemble/ent/comment"
	"ensemble/ent/commitment"
	"ensemble/ent/membership"
	entmoderation "ensemble/ent/moderation"
	"ensemble/ent/organization"
	"ensemble/ent/report"
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
	c.do(c.Follow(c.as(c.Moderator), c.open[1].ID))
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
	f := roadmap.PhaseSettings{
		Name: name, Description: name[:1], OpensAt: &from,
		AllowsComments: &allowed[0], AllowsSupports: &allowed[1], AllowsAmendmentSubmission: &allowed[2],
	}
	if closes != 0 {
		to := testsite.Start.Add(closes)
		f.ClosesAt = &to
	}
	mustHave[*ent.Phase](c)(c.CreatePhase(c.as(c.Admin), process, f, nil))
}

func (c *crowd) outlineProcess() {
	c.axes = []*ent.Axis{c.Axis}
	for _, title := range [][]*input.TextInput{inLanguages("fr", "Former", "en", "Training"), inLanguages("fr", "Parcours"), inLanguages("fr", "Données", "en", "Data")} {
		c.axes = append(c.axes, mustHave[*ent.Axis](c)(c.CreateAxis(c.as(c.Admin),
			roadmap.CreateAxisInput{Process: c.Process.ID, Title: title, Description: title})))
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
		p := mustHave[*ent.Process](c)(c.CreateProcess(c.as(c.Admin), roadmap.CreateProcessInput{
			Slug: slug, Languages: []string{first, "de"}, Title: inLanguages(first, "Title of "+slug), CommentMaxLength: 1000, EvaluatingLimit: 3,
			Description: inLanguages(first, "**"+slug+"**", "de", "Auf Deutsch"),
		}))
		if slug != "draft" {
			mustHave[*ent.Process](c)(c.PublishProcess(c.as(c.Admin), p.ID, nil))
		}
		if slug == "empty" {
			continue
		}
		c.grant(c.Steering, p, role.NameSTEERING)
		c.grant(c.Bob, p, role.NameADMIN)
		c.grant(c.Bob, p, role.NameMODERATOR)
		c.phase(p.ID, inLanguages(first, "Only comments"), -time.Hour, 0, true, false, false)
		c.phase(p.ID, inLanguages(first, "Supports later", "de", "Später"), 1000*time.Hour, 0, false, true, true)
		a := mustHave[*ent.Axis](c)(c.CreateAxis(c.as(c.Bob), roadmap.CreateAxisInput{Process: p.ID, Title: inLanguages("de", "Achse", first, "Axis")}))
		for n := range 3 {
			made := mustHave[*ent.Commitment](c)(c.CreateCommitment(c.as(c.Steering), roadmap.CreateCommitmentInput{
				Process: p.ID, Axis: a.ID, Territories: []string{c.places[n].ID},
				Title: inLanguages(first, fmt.Sprintf("Measure %d", n), "de", "Maßnahme"), Body: inLanguages(first, "What we *will* do."),
			}))
			if slug == "second" && n < 2 {
				mustHave[*ent.Commitment](c)(c.PublishCommitment(c.as(c.Steering), made.ID, nil))
				for range 3 {
					c.do(second(c.PostComment(c.as(pick(c, c.people)), roadmap.PostCommentInput{Subject: made.ID, Body: "Here too"})))
				}
			}
		}
		mustHave[*ent.Process](c)(c.UpdateProcess(c.as(c.Bob), roadmap.UpdateProcessInput{Process: p.ID, Languages: []string{first, "de", "pt"}}))
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
	return mustHave[*ent.Commitment](c)(c.PublishCommitment(c.as(c.Steering), made.ID, nil))
}

// rivalry is one amendment accepted among others, of which one goes with it, one does not and one has the same words.
func (c *crowd) rivalry(on *ent.Commitment) {
	base := mustHave[*ent.Version](c)(c.Read.Version.Get(c.t.Context(), on.VersionID)).Body["fr"]
	propose := func(p *testsite.Person, body string, organization *string) *ent.Amendment {
		a := mustHave[*ent.Amendment](c)(c.DraftAmendment(c.as(p), roadmap.DraftAmendmentInput{
			Commitment: on.ID, Body: &body, Rationale: "Parce que *oui*.", Organization: organization,
		}))
		return mustHave[*ent.Amendment](c)(c.SubmitAmendment(c.as(p), a.ID, nil))
	}
	winner := propose(c.people[4], strings.Replace(base, "Premier", "Tout premier", 1), nil)
	propose(c.people[5], strings.Replace(base, "Second", "Autre second", 1), nil)
	propose(c.people[3], strings.Replace(base, "Premier", "Vraiment premier", 1), nil)
	propose(c.Alice, strings.Replace(base, "Premier", "Encore premier", 1), nil)
	propose(c.Signatory, base+"\n\nTroisième.", &c.Organization.ID)
	loser := propose(c.people[6], base+"\n\nNon.", nil)
	for _, a := range []*ent.Amendment{winner, loser} {
		for i, p := range c.people[:5] {
			alignment := []comment.Alignment{comment.AlignmentFOR, comment.AlignmentAGAINST, comment.AlignmentNEUTRAL}[i%3]
			mustHave[*ent.Comment](c)(c.PostComment(c.as(p), roadmap.PostCommentInput{Subject: a.ID, Body: "À propos", Alignment: &alignment}))
		}
	}
	mustHave[*ent.Support](c)(c.AddSupport(c.as(c.Alice), roadmap.SupportInput{Commitment: on.ID}))
	mustHave[*ent.Support](c)(c.AddSupport(c.as(c.Bob), roadmap.SupportInput{Commitment: on.ID}))
	mustHave[*ent.Support](c)(c.AddSupport(c.as(c.Signatory), roadmap.SupportInput{Commitment: on.ID, Organization: &c.Organization.ID}))
	mustHave[*ent.Amendment](c)(c.AcceptAmendment(c.as(c.people[3]), roadmap.AcceptAmendmentInput{Amendment: winner.ID}))
	mustHave[*ent.Support](c)(c.ConfirmSupport(c.as(c.Alice), roadmap.SupportInput{Commitment: on.ID}))
	mustHave[*ent.Amendment](c)(c.RejectAmendment(c.as(c.Steering), loser.ID, "Hors sujet.", nil))
	withdrawn := propose(c.people[6], base+"\n\nPeut-être.", nil)
	mustHave[*ent.Amendment](c)(c.WithdrawAmendment(c.as(c.people[6]), withdrawn.ID, nil))
	body := base + "\n\nBrouillon."
	mustHave[*ent.Amendment](c)(c.DraftAmendment(c.as(c.Bob), roadmap.DraftAmendmentInput{Commitment: on.ID, Body: &body}))
}

// promotion makes a rejected amendment a commitment of its own.
func (c *crowd) promotion(on *ent.Commitment) {
	body := "Un tout autre texte."
	a := mustHave[*ent.Amendment](c)(c.DraftAmendment(c.as(c.Alice), roadmap.DraftAmendmentInput{Commitment: on.ID, Body: &body}))
	mustHave[*ent.Amendment](c)(c.SubmitAmendment(c.as(c.Alice), a.ID, nil))
	mustHave[*ent.Amendment](c)(c.RejectAmendment(c.as(c.Steering), a.ID, "Mieux à part.", nil))
	c.open = append(c.open, mustHave[*ent.Commitment](c)(c.PromoteAmendment(c.as(c.Alice), a.ID, nil)))
}

// somebodyActs tries one thing on one commitment; most of it falls on few of them, so that threads grow.
func (c *crowd) somebodyActs() {
	c.pass()
	on, who := c.open[min(c.random.IntN(len(c.open)), c.random.IntN(len(c.open)))], pick(c, c.people)
	if on.PublishedAt == nil {
		return
	}
	switch n := c.random.IntN(100); {
	case n < 40:
		c.comments(on, who)
	case n < 56:
		c.votes(on, who)
	case n < 69:
		c.supports(on, who)
	case n < 78:
		c.amends(on, who)
	case n < 82:
		c.revises(on)
	case n < 90:
		c.follows(on, who)
	case n < 93:
		c.tell()
	case n < 97:
		c.reads(who)
	default:
		m := c.anyComment(on.ID)
		if m != nil {
			c.do(second(c.EditComment(c.author(m), m.ID, m.Body+" (bis)", nil)))
		}
	}
}

func (c *crowd) anyComment(subject string) *ent.Comment {
	rows := mustHave[[]*ent.Comment](c)(c.Read.Comment.Query().Where(comment.SubjectID(subject), comment.DeletedAtIsNil()).
		Order(comment.ByPath()).All(c.t.Context()))
	if len(rows) == 0 {
		return nil
	}
	return pick(c, rows)
}

func (c *crowd) author(m *ent.Comment) context.Context {
	for _, p := range c.people {
		if p.ID == m.AuthorID {
			return c.as(p)
		}
	}
	c.t.Fatalf("nobody wrote %s", m.ID)
	return nil
}

func (c *crowd) comments(on *ent.Commitment, who *testsite.Person) {
	said := []string{"Oui.", "**Non** !", "Merci @alice et @bob, pas @nobody.", "Demandez à @carol ou @steering.", "Voir <b>ici</b> : https://example.org", "1 < 2 & 3", "- un\n- deux"}
	in := roadmap.PostCommentInput{Subject: on.ID, Body: pick(c, said)}
	if c.chance(15) {
		rows := mustHave[[]*ent.Amendment](c)(c.PublicAmendments().All(c.t.Context()))
		slices.SortFunc(rows, func(a, b *ent.Amendment) int { return strings.Compare(a.ID, b.ID) })
		in.Subject = pick(c, rows).ID
	}
	if parent := c.anyComment(in.Subject); parent != nil && c.chance(65) {
		in.Parent = &parent.ID
	} else if c.chance(60) {
		side := pick(c, []comment.Alignment{comment.AlignmentFOR, comment.AlignmentAGAINST, comment.AlignmentNEUTRAL})
		in.Alignment = &side
	}
	if c.chance(35) {
		in.Organization = c.partyOf(who)
	}
	c.do(second(c.PostComment(c.as(who), in)))
}

func (c *crowd) votes(on *ent.Commitment, who *testsite.Person) {
	if m := c.anyComment(on.ID); m != nil {
		c.do(second(c.VoteComment(c.as(who), m.ID, pick(c, []int{1, 1, -1, 0}), nil)))
	}
}

func (c *crowd) supports(on *ent.Commitment, who *testsite.Person) {
	in := roadmap.SupportInput{Commitment: on.ID}
	if c.chance(40) {
		in.Organization = c.partyOf(who)
	}
	switch c.random.IntN(5) {
	case 0:
		c.do(second(c.RemoveSupport(c.as(who), in)))
	case 1:
		c.do(second(c.ConfirmSupport(c.as(who), in)))
	default:
		c.do(second(c.AddSupport(c.as(who), in)))
	}
}

func (c *crowd) amends(on *ent.Commitment, who *testsite.Person) {
	body := pick(c, []string{"Premier **paragraphe**, revu.\n\nSecond paragraphe.", "Texte court.", "Premier **paragraphe**.\n\nSecond paragraphe.\n\nEncore."})
	in := roadmap.DraftAmendmentInput{Commitment: on.ID, Body: &body}
	if c.chance(50) {
		in.Organization = c.partyOf(who)
	}
	a, err := c.DraftAmendment(c.as(who), in)
	if c.do(err); err != nil || c.chance(25) {
		return
	}
	c.do(second(c.SubmitAmendment(c.as(who), a.ID, nil)))
	switch c.random.IntN(5) {
	case 0:
		c.do(second(c.RejectAmendment(c.as(c.Steering), a.ID, "Non.", nil)))
	case 1:
		c.do(second(c.AcceptAmendment(c.as(c.Steering), roadmap.AcceptAmendmentInput{Amendment: a.ID, Reason: "Bien."})))
	case 2:
		c.do(second(c.WithdrawAmendment(c.as(who), a.ID, nil)))
	}
}

func (c *crowd) revises(on *ent.Commitment) {
	now := mustHave[*ent.Commitment](c)(c.Read.Commitment.Get(c.t.Context(), on.ID))
	c.do(second(c.ReviseCommitment(c.as(c.Steering), roadmap.ReviseCommitmentInput{
		Commitment: on.ID, Base: now.VersionID,
		Body: inLanguages(pick(c, []string{"fr", "en"}), fmt.Sprintf("Premier **paragraphe**.\n\nVersion %d.", now.VersionNumber+1)),
	})))
}

// removals delete and hide comments, with and without readable ones below.
func (c *crowd) removals() {
	rows := mustHave[[]*ent.Comment](c)(c.Read.Comment.Query().Order(comment.ByPath()).All(c.t.Context()))
	seen := map[string]int{}
	for i, m := range rows {
		if i%5 != 0 && (m.DescendantCount == 0 || i%3 != 0) {
			continue
		}
		if i%2 == 0 {
			c.hides(m.ID)
		} else {
			c.do(second(c.DeleteComment(c.author(m), m.ID, nil)))
		}
		seen[fmt.Sprint(i%2 == 0, m.DescendantCount > 0)]++
		c.pass()
	}
	if len(seen) != 4 {
		c.t.Fatalf("comments hidden, with some below: %v", seen)
	}
}

func (c *crowd) hides(item string) {
	c.do(second(c.Decide(c.as(c.Moderator), moderation.Decision{
		Item: item, Action: entmoderation.ActionHIDE, Facts: "Non, merci.", Ground: pick(c, []string{"", "Charte, § 1"}),
		Reason: new(pick(c, []entmoderation.Reason{entmoderation.ReasonSPAM, entmoderation.ReasonOFFENSIVE, entmoderation.ReasonOTHER})),
	}, nil)))
	c.pass()
}

// amendsInVain has an amendment of alice's refused, one of bob’s changed since, and one of the signatory's held.
func (c *crowd) amendsInVain() {
	for i, p := range []*testsite.Person{c.Alice, c.Bob, c.Signatory} {
		a := c.held(p)
		if i == 2 {
			break
		}
		c.do(second(c.Decide(c.as(c.Moderator), moderation.Decision{
			Item: a.ID, Action: entmoderation.ActionREFUSE, Reason: new(entmoderation.ReasonSPAM), Facts: "Lu.",
		}, nil)))
		if i == 1 {
			mustHave[*ent.Amendment](c)(c.EditAmendmentDraft(c.as(p), a.ID, roadmap.DraftChange{Rationale: new("Autrement.")}, nil))
		}
		c.pass()
	}
}

// held is an amendment of somebody's that waits for moderators, on a commitment where they have no draft.
func (c *crowd) held(p *testsite.Person) *ent.Amendment {
	for _, on := range c.open {
		body := "Au casino, tous."
		a, err := c.DraftAmendment(c.as(p), roadmap.DraftAmendmentInput{Commitment: on.ID, Body: &body})
		if c.do(err); err != nil {
			continue
		}
		a, err = c.SubmitAmendment(c.as(p), a.ID, nil)
		if c.do(err); err == nil && a.HeldAt != nil {
			return a
		}
	}
	c.t.Fatal("no amendment is held")
	return nil
}

// moderates has people report, and moderators decide on some of it; hides two amendments, and holds what names a casino.
func (c *crowd) moderates() {
	ctx := c.t.Context()
	c.do(second(c.UpdateProcess(c.as(c.Admin), roadmap.UpdateProcessInput{Process: c.Process.ID, HeldWords: []string{"Casino"}})))
	for i, body := range []string{"Au casino.", "Le CASINO !", "casino…"} {
		m := mustHave[*ent.Comment](c)(c.PostComment(c.as(c.Alice), roadmap.PostCommentInput{Subject: c.open[0].ID, Body: body}))
		if i > 0 {
			c.do(second(c.Decide(c.as(c.Moderator), moderation.Decision{
				Item: m.ID, Action: []entmoderation.Action{1: entmoderation.ActionREFUSE, 2: entmoderation.ActionPUBLISH}[i], Reason: new(entmoderation.ReasonSPAM), Facts: "Lu.",
			}, nil)))
		}
		c.pass()
	}
	c.amendsInVain()
	amendments := mustHave[[]*ent.Amendment](c)(c.PublicAmendments().Order(amendment.ByID()).All(ctx))
	comments := mustHave[[]*ent.Comment](c)(c.PublicComments().Order(comment.ByID()).All(ctx))
	var items []string
	for i := range 14 {
		items = append(items, comments[i*3%len(comments)].ID, amendments[i%len(amendments)].ID)
	}
	for range 70 {
		c.do(second(c.Report(c.as(pick(c, c.people[:4])), moderation.ReportInput{
			Item: pick(c, items), Reason: pick(c, []report.Reason{report.ReasonSPAM, report.ReasonOFF_TOPIC, report.ReasonOTHER}), Text: pick(c, []string{"", "Voyez."}),
		})))
		c.pass()
	}
	for _, item := range items[:6] {
		c.do(second(c.Decide(c.as(c.Moderator), moderation.Decision{Item: item, Action: entmoderation.ActionDISMISS, Facts: "Relu."}, nil)))
		c.pass()
	}
	for _, a := range amendments[len(amendments)-2:] {
		c.hides(a.ID)
	}
	for i, row := range mustHave[[]*ent.Moderation](c)(c.LoggedModerations().Where(entmoderation.ActionEQ(entmoderation.ActionHIDE)).Order(entmoderation.ByID()).All(ctx)) {
		for _, p := range c.people {
			a, err := c.Appeal(c.as(p), row.ID, "Je conteste.", nil)
			if c.do(err); err == nil && i%3 == 0 {
				c.do(second(c.DecideAppeal(c.as(c.Admin), a.ID, i%2 == 0, "Relu.", nil)))
			}
		}
	}
}

func (c *crowd) statuses() {
	ctx := c.as(c.Steering)
	mustHave[*ent.Commitment](c)(c.ChangeCommitmentStatus(ctx, c.open[2].ID, commitment.StatusUNDER_REVIEW, nil))
	mustHave[*ent.Commitment](c)(c.ChangeCommitmentStatus(ctx, c.open[3].ID, commitment.StatusADOPTED, nil))
	mustHave[*ent.Commitment](c)(c.WithdrawCommitment(ctx, c.open[5].ID, nil))
}

// erase takes leave of somebody who has decided, written, supported and voted.
func (c *crowd) erase(p *testsite.Person) {
	c.do(second(c.AddSupport(c.as(p), roadmap.SupportInput{Commitment: c.open[0].ID})))
	c.do(second(c.Write.ExecContext(c.t.Context(), "UPDATE sessions SET created_at = expires_at WHERE user_id = $1", p.ID))) // as if they had just signed in
	mustHave[*ent.User](c)(c.EraseAccount(c.as(p), nil))
}
