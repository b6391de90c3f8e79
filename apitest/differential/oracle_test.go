package differential_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/language"

	"ensemble/consultation"
	"ensemble/consultation/message"
	"ensemble/consultation/roadmap"
	"ensemble/consultation/text/diff"
	"ensemble/consultation/text/markdown"
	"ensemble/ent"
	"ensemble/ent/notification"
	"ensemble/internal/testsite"
)

// oracle is a child process that answers operations as web/test/oracle.mjs does.
type oracle struct {
	in      *json.Encoder
	out     *bufio.Reader
	process *exec.Cmd
}

// question is one operation as the oracle takes it.
type question struct {
	Query     string         `json:"query"`
	Variables map[string]any `json:"variables"`
	Languages string         `json:"languages"` // the Accept-Language header
	Viewer    string         `json:"viewer"`    // the user's id
}

// verdict is what the oracle answers to a question.
type verdict struct {
	Data    json.RawMessage
	Errors  []refusedAnswer
	Invalid []string // not a valid operation, or the oracle is mistaken
}

// refusedAnswer is an error of an answer: what the comparison looks at.
type refusedAnswer struct {
	Path  []any
	Code  string
	Field string
}

// needOracle returns the path of Node. Without Node or the packages of web it skips the test; in CI it fails.
func needOracle(t *testing.T) string {
	t.Helper()
	node, err := exec.LookPath("node")
	if err == nil {
		_, err = os.Stat("../../web/node_modules/graphql")
	}
	if err == nil {
		return node
	}

	const how = "the reference needs Node 20.19 or 22.12 and newer and the packages of web: run `make web`"
	if os.Getenv("CI") == "true" {
		t.Fatalf("%s (%v)", how, err)
	}
	t.Skipf("%s (%v)", how, err)
	return ""
}

// startOracle starts an oracle that knows world. It ends with the test.
func startOracle(t *testing.T, node string, world any) *oracle {
	t.Helper()
	o := &oracle{process: exec.Command(node, "../../web/test/oracle.mjs")}
	o.process.Stderr = os.Stderr

	in, err := o.process.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := o.process.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}

	if err := o.process.Start(); err != nil {
		t.Fatal(err)
	}

	t.Cleanup(func() {
		_ = in.Close() // it ends with its input
		if err := o.process.Wait(); err != nil {
			t.Errorf("oracle: %v", err)
		}
	})

	o.in, o.out = json.NewEncoder(in), bufio.NewReaderSize(out, 1<<20)

	if _, err := o.tell(world); err != nil {
		t.Fatal(err)
	}
	return o
}

// tell sends one line and reads one.
func (o *oracle) tell(request any) (verdict, error) {
	var v verdict
	if err := o.in.Encode(request); err != nil {
		return v, fmt.Errorf("oracle: %w", err)
	}

	line, err := o.out.ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, &v)
	}
	if err != nil {
		return v, fmt.Errorf("oracle: %w: %s", err, line)
	}
	return v, nil
}

// dump is what the oracle knows: the rows, the settings of the site, and what this program alone computes from texts or
// writes in sentences, which has tests of its own.
type dump struct {
	Now         string                      `json:"now"`
	Site        string                      `json:"site"`
	Providers   []signInProvider            `json:"providers"`
	Tables      map[string][]map[string]any `json:"tables"`
	Settings    []map[string]any            `json:"settings"` // what people want to be told, under their own ids
	Sayings     map[string]sayings          `json:"sayings"`  // by language
	Official    map[string]string           `json:"official"` // HTML of official texts
	Remarks     map[string]string           `json:"remarks"`  // HTML of what people write
	Differences []difference                `json:"differences"`
	Merges      map[string]merge            `json:"merges"` // by amendment
}

type signInProvider struct {
	Name      string `json:"name"`
	Label     string `json:"label"`
	StartURL  string `json:"startUrl"`
	LogoutURL string `json:"logoutUrl"`
	Issuer    string `json:"issuer"`
}

type difference struct {
	Of    [4]string   `json:"of"` // old title and body, new title and body
	Title paragraph   `json:"title"`
	Body  []paragraph `json:"body"`
}

type paragraph struct {
	Kind  diff.Kind `json:"kind"`
	Spans []span    `json:"spans"`
}

type span struct {
	Kind diff.Kind `json:"kind"`
	Text string    `json:"text"`
}

type merge struct {
	Title     string                 `json:"title"`
	Body      string                 `json:"body"`
	Conflicts []*roadmap.Conflicting `json:"conflicts"`
}

// takeDump writes the database of s into a dump. No table may be empty.
func takeDump(t *testing.T, s *testsite.Site) dump {
	t.Helper()
	d := dump{
		Now:       s.Now().UTC().Format(time.RFC3339Nano),
		Site:      s.BaseURL,
		Providers: []signInProvider{},
		Tables:    map[string][]map[string]any{},
		Sayings:   allSayings(s.Service),
		Official:  map[string]string{"": markdown.OfficialHTML("")},
		Remarks:   map[string]string{"": markdown.CommentHTML("")},
		Merges:    map[string]merge{},
	}
	for _, p := range s.Providers {
		d.Providers = append(d.Providers, signInProvider{p.Name, p.Label, p.StartURL, p.LogoutURL, p.Issuer})
	}

	d.plainTables(t, s.Read)
	d.addresses(t, s.Read)

	table(t, &d, "settings", s.Read.NotificationSettings.Query())
	d.Settings = d.Tables["settings"]
	delete(d.Tables, "settings")

	d.texts(
		table(t, &d, "Process", s.Read.Process.Query()),
		table(t, &d, "Comment", s.Read.Comment.Query()),
		table(t, &d, "CommentEdit", s.Read.CommentEdit.Query()))
	d.compare(
		d.commitments(t, s.Read),
		table(t, &d, "Version", s.Read.Version.Query()),
		table(t, &d, "Amendment", s.Read.Amendment.Query()))
	return d
}

// addresses dumps accounts and invitations with their e-mail addresses, which ent keeps out of JSON.
func (d *dump) addresses(t *testing.T, db *ent.Client) {
	t.Helper()
	for i, u := range table(t, d, "User", db.User.Query()) {
		if u.Email != nil {
			d.Tables["User"][i]["email"] = *u.Email
		}
	}
	for i, invited := range table(t, d, "Invitation", db.Invitation.Query()) {
		if invited.Email != nil {
			d.Tables["Invitation"][i]["email"] = *invited.Email
		}
	}
}

// commitments dumps the commitments with the ids of their territories, and returns them.
func (d *dump) commitments(t *testing.T, db *ent.Client) []*ent.Commitment {
	t.Helper()
	commitments := table(t, d, "Commitment", db.Commitment.Query().WithTerritories())
	for i, c := range commitments {
		ids := []string{}
		for _, place := range c.Edges.Territories {
			ids = append(ids, place.ID)
		}
		d.Tables["Commitment"][i]["territory_ids"] = ids
	}
	return commitments
}

// plainTables dumps the tables of which the oracle needs no more than the rows.
func (d *dump) plainTables(t *testing.T, db *ent.Client) {
	t.Helper()

	// People, and what is theirs.
	table(t, d, "Session", db.Session.Query())
	table(t, d, "AccessToken", db.AccessToken.Query())
	table(t, d, "Identity", db.Identity.Query())
	table(t, d, "Role", db.Role.Query())
	table(t, d, "AuditEntry", db.AuditEntry.Query())
	table(t, d, "Follow", db.Follow.Query())
	table(t, d, "Notification", db.Notification.Query())

	// Organizations and processes.
	table(t, d, "Membership", db.Membership.Query())
	table(t, d, "Organization", db.Organization.Query())
	table(t, d, "Phase", db.Phase.Query())
	table(t, d, "Axis", db.Axis.Query())

	table(t, d, "CommentVote", db.CommentVote.Query())
	table(t, d, "Support", db.Support.Query())
	table(t, d, "Event", db.Event.Query())

	// Moderation.
	table(t, d, "Report", db.Report.Query())
	table(t, d, "Moderation", db.Moderation.Query())
	table(t, d, "ModerationCase", db.ModerationCase.Query())
	table(t, d, "Appeal", db.Appeal.Query())

	table(t, d, "Territory", db.Territory.Query())
}

// table puts all rows of a table into the dump, as their JSON, and returns them.
func table[T any](t *testing.T, d *dump, name string, q interface {
	All(context.Context) ([]T, error)
}) []T {
	t.Helper()
	rows, err := q.All(t.Context())
	if err != nil {
		t.Fatalf("dump %s: %v", name, err)
	}

	if len(rows) == 0 {
		t.Fatalf("there is nothing of %s", name)
	}

	raw, err := json.Marshal(rows)
	if err != nil {
		t.Fatalf("dump %s: %v", name, err)
	}

	var plain []map[string]any
	numbers := json.NewDecoder(bytes.NewReader(raw))
	numbers.UseNumber()
	if err := numbers.Decode(&plain); err != nil {
		t.Fatalf("dump %s: %v", name, err)
	}

	for _, row := range plain {
		delete(row, "edges")
		for column, value := range row {
			if s, ok := value.(string); ok {
				if at, err := time.Parse(time.RFC3339Nano, s); err == nil {
					row[column] = at.UTC().Format(time.RFC3339Nano)
				}
			}
		}
	}

	d.Tables[name] = plain
	return rows
}

// sayings are what notifications say in a language, with {count}, {actor}, {title} and {status} in their places.
type sayings struct {
	Sentences map[notification.Kind]sentence `json:"sentences"`
	Words     map[string]string              `json:"words"` // of statuses, by their names, and what else stands in sentences
}

// sentence is what is said of one thing, and of more things.
type sentence struct {
	One  string `json:"one"`
	More string `json:"more"`
}

// allSayings has the service say everything in each language, by the language's tag.
func allSayings(s *consultation.Service) map[string]sayings {
	const many = 707 // a number that no sentence has by itself
	all := map[string]sayings{}
	for _, lang := range []language.Tag{language.English, language.French} {
		reader := []language.Tag{lang}
		say := sayings{map[notification.Kind]sentence{}, map[string]string{
			"Somebody": message.Say(reader, "Somebody"),
			"Outdated": message.Say(reader, "Your support is on an earlier text: do you confirm it?"),
		}}

		for _, c := range s.Concerns() {
			of := func(n int) string { return s.Sentence(reader, c.Kind, n, "{actor}", "{title}", "{status}") }
			say.Sentences[c.Kind] = sentence{of(1), strings.Replace(of(many), strconv.Itoa(many), "{count}", 1)}
		}

		for _, status := range []string{"OPEN", "UNDER_REVIEW", "ADOPTED", "WITHDRAWN"} {
			say.Words[status] = message.Say(reader, strings.ToLower(strings.ReplaceAll(status, "_", " ")))
		}

		all[lang.String()] = say
	}
	return all
}

// texts adds the HTML of what officials and people wrote.
func (d *dump) texts(processes []*ent.Process, comments []*ent.Comment, edits []*ent.CommentEdit) {
	for _, p := range processes {
		for _, value := range p.Description {
			d.Official[value] = markdown.OfficialHTML(value)
		}
	}
	for _, m := range comments {
		d.Remarks[m.Body] = markdown.CommentHTML(m.Body)
	}
	for _, e := range edits {
		d.Remarks[e.Body] = markdown.CommentHTML(e.Body)
	}
}

// compare adds the differences between all versions of each commitment, and the difference and the merge of each
// amendment.
func (d *dump) compare(commitments []*ent.Commitment, versions []*ent.Version, amendments []*ent.Amendment) {
	byID, current := map[string]*ent.Version{}, map[string]string{}
	for _, c := range commitments {
		current[c.ID] = c.VersionID
	}

	for _, v := range versions {
		byID[v.ID] = v
		others := []*ent.Version{{}}
		for _, other := range versions {
			if other.CommitmentID == v.CommitmentID {
				others = append(others, other)
			}
		}

		for lang := range v.Body {
			d.Official[v.Body[lang]] = markdown.OfficialHTML(v.Body[lang])
			for _, other := range others {
				d.difference(other.Title[lang], other.Body[lang], v.Title[lang], v.Body[lang])
			}
		}
	}

	for _, a := range amendments {
		base := byID[a.BaseID]
		d.Official[a.Body], d.Remarks[a.Rationale] = markdown.OfficialHTML(a.Body), markdown.CommentHTML(a.Rationale)
		d.difference(base.Title[a.Language], base.Body[a.Language], a.Title, a.Body)
		m := roadmap.NewMerge(a, base, byID[current[a.CommitmentID]])
		d.Merges[a.ID] = merge{m.Title, m.Body, append([]*roadmap.Conflicting{}, m.Conflicts...)}
	}
}

// difference adds how a new text differs from an old one.
func (d *dump) difference(oldTitle, oldBody, newTitle, newBody string) {
	found := roadmap.NewTextDiff("", oldTitle, oldBody, newTitle, newBody)
	title, _ := found.Title(context.Background()) // it fails only when the context ends
	made := difference{
		Of: [4]string{oldTitle, oldBody, newTitle, newBody}, Title: plain(title), Body: []paragraph{},
	}
	body, _ := found.Body(context.Background()) // it fails only when the context ends
	for _, p := range body {
		made.Body = append(made.Body, plain(p))
	}
	d.Differences = append(d.Differences, made)
}

func plain(p diff.Paragraph) paragraph {
	made := paragraph{Kind: p.Kind, Spans: []span{}}
	for _, s := range p.Spans {
		made.Spans = append(made.Spans, span{s.Kind, s.Text})
	}
	return made
}
