package server_test

import (
	"context"
	"errors"
	"maps"
	"regexp"
	"strings"
	"testing"
	"time"

	"ensemble/consultation/input"
	"ensemble/consultation/organizations"
	"ensemble/consultation/people"
	"ensemble/consultation/roadmap"
	"ensemble/ent"
	"ensemble/ent/comment"
	"ensemble/ent/commitment"
	"ensemble/ent/membership"
	"ensemble/ent/territory"
	"ensemble/internal/testenv"
	"ensemble/internal/testsite"
)

// story is a consultation in the middle: something in each state that a mutation needs or refuses. It is the same in
// every run, on both databases. Tests get a copy of their own.
type story struct {
	*site
	chronicle
	t *testing.T
}

// chronicle is what a test must know of a story that was told before.
type chronicle struct {
	names       map[string]string // what goldens call an id → the id
	cast        map[string]person // by nickname
	now         time.Time
	ids, nonces int // how many were given out
}

// person is an account and the token of its session.
type person struct{ id, token string }

// chronicles are the stories that were told, per dialect.
var chronicles struct{ sqlite, postgres chronicle }

// eachStory runs a test against a copy of the story on SQLite and one on PostgreSQL, beside other tests.
func eachStory(t *testing.T, test func(t *testing.T, st *story)) {
	t.Helper()
	testenv.Parallel(t)
	for _, dialect := range dialects {
		t.Run(dialect.name, func(t *testing.T) { test(t, dialect.story(t)) })
	}
}

// dialects are where the story is told, and how to get a copy of it.
var dialects = []struct {
	name  string
	story func(t *testing.T) *story
}{{"sqlite", storyOnSQLite}, {"postgres", storyOnPostgres}}

func storyOnSQLite(t *testing.T) *story {
	t.Helper()
	url := testenv.SQLiteFrom(t, "story", func(url string) error { return tellApart(t, url, &chronicles.sqlite) })
	return goOn(t, url, chronicles.sqlite)
}

func storyOnPostgres(t *testing.T) *story {
	t.Helper()
	url := testenv.PostgresFrom(t, "story", func(url string) error { return tellApart(t, url, &chronicles.postgres) })
	return goOn(t, url, chronicles.postgres)
}

// tellApart tells the story in a subtest, at whose end all connections are closed.
func tellApart(t *testing.T, url string, c *chronicle) error {
	told := t.Run("tell", func(t *testing.T) { *c = tell(t, watched(t, testsite.New(t, url))).chronicle })
	if !told {
		return errors.New("the story could not be told")
	}
	return nil
}

// goOn opens a copy of the story where it was left.
func goOn(t *testing.T, url string, c chronicle) *story {
	t.Helper()
	if len(c.names) == 0 {
		t.Fatal("the story could not be told")
	}
	st := &story{site: watched(t, testsite.Reopen(t, url)), t: t}
	st.counted()
	for st.ids < c.ids {
		st.NewID("")
	}
	for st.nonces < c.nonces {
		st.NewNonce()
	}
	st.chronicle = c
	st.names, st.cast = maps.Clone(c.names), maps.Clone(c.cast)
	st.Clock.Set(c.now)
	st.knowProviders()
	return st
}

// counted makes ids and nonces the same in every run.
func (st *story) counted() {
	next := testenv.NewIDs()
	st.NewID = func(kind string) string { st.ids++; return next(kind) }
	st.NewNonce = func() uint64 { st.nonces++; return uint64(st.nonces) }
}

// The texts that amendments of the story compete about.
const (
	textOne   = "Le numérique ne remplace pas l’accueil (" + secret + ").\n\nChaque département ouvre un guichet."
	textTwo   = "Le numérique ne remplace pas l’accueil (" + secret + ").\n\nChaque canton ouvre un guichet."
	textThree = "Le numérique ne remplace jamais l’accueil (" + secret + ").\n\nChaque département ouvre un guichet."
	textFour  = "Le numérique ne remplace pas l’accueil (" + secret + ").\n\nChaque commune ouvre un guichet."
)

// telling is a story while it is told.
type telling struct {
	*testsite.World
	*story
}

func tell(t *testing.T, s *site) *story {
	t.Helper()
	st := &story{site: s, t: t, chronicle: chronicle{names: map[string]string{}, cast: map[string]person{}}}
	st.counted()
	w := &telling{testsite.NewWorld(t, s.Site), st}
	for nickname, p := range map[string]*testsite.Person{
		"admin": w.Admin, "steering": w.Steering, "moderator": w.Moderator, "signatory": w.Signatory, "alice": w.Alice, "bob": w.Bob,
	} {
		st.enter(nickname, p.ID, p.Token)
	}
	st.call("process", w.Process.ID)
	st.call("phase", w.Phase.ID)
	st.call("axis", w.Axis.ID)
	st.call("organization", w.Organization.ID)
	st.call("nobody", "user_0000000000000000000000000g")
	w.setting()
	w.open()
	w.others()
	w.join()
	w.identities()
	st.pass()
	done(0, s.Sweep(t.Context()))(t)
	done(0, s.FillSearch(t.Context()))(t) // organizations were made by hand
	done(0, s.TellPeople(t.Context()))(t)
	w.moderated()
	st.now = st.Clock.Now()
	return st
}

// enter adds somebody to the cast.
func (st *story) enter(nickname, id, token string) {
	st.cast[nickname] = person{id, token}
	st.call(nickname, id)
}

// done is the value of a call that must succeed: done(f())(t).
func done[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// pass lets a minute pass.
func (st *story) pass() { st.Clock.Advance(time.Minute) }

// as is a context in which the person of the world acts.
func (st *telling) as(p *testsite.Person) context.Context { return p.Ctx(st.t.Context()) }

// call gives an id its name in goldens.
func (st *story) call(name, id string) { st.names[name] = id }

// setting adds places, an axis without commitments, a phase that has not begun, and an account with a password.
func (st *telling) setting() {
	for _, place := range []struct {
		kind territory.Kind
		code string
	}{{territory.KindCOUNTRY, "FR"}, {territory.KindREGION, "76"}, {territory.KindDEPARTMENT, "34"}, {territory.KindDEPARTMENT, "2A"}} {
		found := done(st.TerritoryByCode(st.t.Context(), place.code, &place.kind))(st.t)
		st.call("territory "+place.code, found.ID)
	}
	empty := done(st.CreateAxis(st.as(st.Admin), roadmap.CreateAxisInput{Process: st.Process.ID, Title: testsite.Both("Formation", "Training")}))(st.t)
	st.call("empty axis", empty.ID)
	later := st.Clock.Now().Add(240 * time.Hour)
	next := done(st.CreatePhase(st.as(st.Admin), st.Process.ID, roadmap.PhaseSettings{Name: testsite.Both("Bilan", "Review"), OpensAt: &later}, nil))(st.t)
	st.call("next phase", next.ID)
	draft := done(st.CreateProcess(st.as(st.Admin), roadmap.CreateProcessInput{
		Slug: "next-roadmap", Languages: []string{"fr"}, Title: inFrench("La suite"), Description: inFrench("Pas encore."),
		CommentMaxLength: 1000, EvaluatingLimit: 3,
	}))(st.t)
	st.call("draft process", draft.ID)
	carol := done(st.SignUp(st.t.Context(), people.SignUpInput{
		Email: "carol@example.org", Name: "Carol", Nickname: "carol", Password: password, Language: new("fr"),
	}))(st.t)
	st.enter("carol", carol.Viewer.UserID, carol.Token)
	st.call("small organization", st.NewOrganization(st.t, "Petite association", false).ID)
	st.Member(st.t, st.Organization, st.Alice, membership.RoleMEMBER)
	done(0, st.Write.Organization.UpdateOneID(st.Organization.ID).SetTerritoryID(st.names["territory 76"]).Exec(st.t.Context()))(st.t)
}

func inFrench(text string) []*input.TextInput {
	return []*input.TextInput{{Language: "fr", Text: text}}
}

// open is the commitment that everything happens to.
func (st *telling) open() {
	c := done(st.CreateCommitment(st.as(st.Steering), roadmap.CreateCommitmentInput{
		Process: st.Process.ID, Axis: st.Axis.ID, Territories: []string{st.names["territory 34"], st.names["territory 2A"]},
		Title: testsite.Both("Des guichets partout", "Counters everywhere"), Body: testsite.Both(textOne, "A counter in every department ("+secret+")."),
	}))(st.t)
	c = done(st.PublishCommitment(st.as(st.Steering), c.ID, nil))(st.t)
	st.call("commitment", c.ID)
	st.call("version 1", c.VersionID)
	st.pass()
	done(st.AddSupport(st.as(st.Alice), roadmap.SupportInput{Commitment: c.ID}))(st.t)
	st.pass()
	official := done(st.AddSupport(st.as(st.Signatory), roadmap.SupportInput{Commitment: c.ID, Organization: &st.Organization.ID}))(st.t)
	st.call("official support", official.ID)
	st.discuss(c)
	st.amend(c)
	done(st.AddSupport(st.as(st.Bob), roadmap.SupportInput{Commitment: c.ID}))(st.t)
}

// discuss leaves a comment with answers four levels deep, an edited one, a deleted one that keeps its place, and votes.
func (st *telling) discuss(c *ent.Commitment) {
	side := comment.AlignmentFOR
	root := st.say(st.Alice, roadmap.PostCommentInput{Subject: c.ID, Body: "D’accord, **surtout** en montagne (" + secret + ").", Alignment: &side})
	st.call("comment", root.ID)
	parent := root.ID
	for i, name := range []string{"answer", "deep comment", "deepest comment"} {
		speaker := []*testsite.Person{st.Bob, st.Alice, st.Bob}[i]
		parent = st.say(speaker, roadmap.PostCommentInput{Subject: c.ID, Body: "Et en ville, @alice ? (" + secret + ")", Parent: &parent}).ID
		st.call(name, parent)
	}
	gone := st.say(st.Bob, roadmap.PostCommentInput{Subject: c.ID, Body: "Je retire (" + secret + ")."})
	st.call("deleted comment", gone.ID)
	st.call("answer to a deleted comment", st.say(st.Alice, roadmap.PostCommentInput{Subject: c.ID, Body: "Dommage (" + secret + ").", Parent: &gone.ID}).ID)
	done(st.DeleteComment(st.as(st.Bob), gone.ID, nil))(st.t)
	official := st.say(st.Signatory, roadmap.PostCommentInput{Subject: c.ID, Body: "Le hub s’y engage (" + secret + ").", Organization: &st.Organization.ID})
	st.call("official comment", official.ID)
	done(st.EditComment(st.as(st.Signatory), official.ID, "Le hub s’y engage, dès 2027 ("+secret+").", nil))(st.t)
	done(st.VoteComment(st.as(st.Bob), root.ID, 1, nil))(st.t)
	done(st.VoteComment(st.as(st.Signatory), root.ID, -1, nil))(st.t)
}

func (st *telling) say(p *testsite.Person, in roadmap.PostCommentInput) *ent.Comment {
	st.t.Helper()
	st.pass()
	return done(st.PostComment(st.as(p), in))(st.t)
}

// amend has one amendment accepted, one rejected, two that wait for the steering body (one goes with the new text, one
// does not), one withdrawn and one not submitted.
func (st *telling) amend(c *ent.Commitment) {
	for _, a := range []struct {
		name, body   string
		by           *testsite.Person
		organization *string
	}{
		{"accepted amendment", textTwo, st.Alice, nil},
		{"rejected amendment", textFour, st.Bob, nil},
		{"mergeable amendment", textThree, st.Bob, nil},
		{"conflicting amendment", textFour, st.Signatory, &st.Organization.ID},
		{"withdrawn amendment", textThree, st.Signatory, nil},
		{"draft amendment", textFour, st.Alice, nil},
	} {
		st.pass()
		draft := done(st.DraftAmendment(st.as(a.by), roadmap.DraftAmendmentInput{
			Commitment: c.ID, Body: &a.body, Rationale: "Parce que (" + secret + ").", Organization: a.organization,
		}))(st.t)
		st.call(a.name, draft.ID)
		if a.name != "draft amendment" {
			done(st.SubmitAmendment(st.as(a.by), draft.ID, nil))(st.t)
		}
	}
	st.say(st.Alice, roadmap.PostCommentInput{Subject: st.names["mergeable amendment"], Body: "Jamais est fort (" + secret + ")."})
	st.pass()
	done(st.AcceptAmendment(st.as(st.Steering), roadmap.AcceptAmendmentInput{Amendment: st.names["accepted amendment"], Reason: "Plus près des gens."}))(st.t)
	done(st.RejectAmendment(st.as(st.Steering), st.names["rejected amendment"], "Trop fin.", nil))(st.t)
	done(st.WithdrawAmendment(st.as(st.Signatory), st.names["withdrawn amendment"], nil))(st.t)
	st.call("version 2", done(st.Read.Commitment.Get(st.t.Context(), c.ID))(st.t).VersionID)
}

// others are commitments that nothing happens to: a draft, one given up, one decided, one under review.
func (st *telling) others() {
	st.pass()
	for _, name := range []string{"draft commitment", "withdrawn commitment", "adopted commitment", "reviewed commitment"} {
		st.call(name, st.Draft(st.t, "Engagement : "+name, "Texte ("+secret+").").ID)
	}
	for _, name := range []string{"withdrawn commitment", "adopted commitment", "reviewed commitment"} {
		done(st.PublishCommitment(st.as(st.Steering), st.names[name], nil))(st.t)
	}
	done(st.WithdrawCommitment(st.as(st.Steering), st.names["withdrawn commitment"], nil))(st.t)
	done(st.ChangeCommitmentStatus(st.as(st.Steering), st.names["adopted commitment"], commitment.StatusADOPTED, nil))(st.t)
	done(st.ChangeCommitmentStatus(st.as(st.Steering), st.names["reviewed commitment"], commitment.StatusUNDER_REVIEW, nil))(st.t)
	draft := done(st.Read.Commitment.Get(st.t.Context(), st.names["draft commitment"]))(st.t)
	st.call("draft version", draft.VersionID)
	for _, followed := range []string{"process", "organization", "alice"} {
		done(0, st.Follow(st.as(st.Bob), st.names[followed]))(st.t)
	}
}

// join gives the organization an owner, who asks somebody to join.
func (st *telling) join() {
	owner := st.Person(st.t, "owner")
	st.enter("owner", owner.ID, owner.Token)
	st.Member(st.t, st.Organization, owner, membership.RoleOWNER)
	asked := done(st.InviteMember(st.as(owner), organizations.InviteMemberInput{
		Organization: st.Organization.ID, Nickname: new("carol"), Role: membership.RoleSIGNATORY,
	}))(st.t)
	st.call("invitation", asked.ID)
	for _, m := range done(st.Read.Membership.Query().WithUser().All(st.t.Context()))(st.t) {
		st.call("membership of "+*m.Edges.User.Nickname, m.ID)
	}
}

// bearer is the header of who has the nickname; "" is nobody.
func (st *story) bearer(nickname string) []string {
	st.t.Helper()
	if nickname == "" {
		return nil
	}
	p, known := st.cast[nickname]
	if !known {
		st.t.Fatalf("nobody is called %q", nickname)
	}
	return []string{"Authorization", "Bearer " + p.token}
}

// resolve replaces names by ids in a JSON text: "<commitment>" and so on.
func (st *story) resolve(text string) string {
	return regexp.MustCompile(`<([^<>]+)>`).ReplaceAllStringFunc(text, func(name string) string {
		if id, known := st.names[strings.Trim(name, "<>")]; known {
			return id
		}
		return name
	})
}

// anonymous replaces ids by their names, and tokens, which are random, by one word.
func (st *story) anonymous(text string) string {
	var pairs []string
	for name, id := range st.names {
		pairs = append(pairs, id, "<"+name+">")
	}
	text = strings.NewReplacer(pairs...).Replace(text)
	return regexp.MustCompile(`en[sp]_[A-Za-z0-9_-]{43}`).ReplaceAllString(text, "<token>")
}
