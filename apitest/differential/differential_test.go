package differential_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"

	"ensemble/consultation/moderation"
	"ensemble/graph/generated"
	"ensemble/internal/testenv"
	"ensemble/internal/testsite"
)

// TestDifferential asks generated operations of the server and of a reference, graphql-js with naive resolvers over the
// same rows (web/test/oracle.mjs), and compares the answers deeply, the errors by path, code and field. Cursors are
// compared as places: the same place has one cursor in each, wherever it appears.
//
// A failure names its seed, which is 1 but in a sample. ENSEMBLE_DIFFERENTIAL_SEED asks the operations of another seed,
// ENSEMBLE_DIFFERENTIAL_COUNT says how many, ENSEMBLE_DIFFERENTIAL_ONLY asks just the one with that number.
func TestDifferential(t *testing.T) {
	node := needOracle(t)
	testsite.Each(t, func(t *testing.T, s *testsite.Site) {
		testsite.Unlimited(t, s)

		x := newExamination(t, s, node)
		x.harvest()
		x.sweep()
		x.askWritten()

		drawn := int(testenv.Random(t).Uint32())
		seed := setting(t, "SEED", testenv.Rounds(t, 1, drawn, 1))
		count := setting(t, "COUNT", testenv.Rounds(t, 30, 100, 300))
		only := setting(t, "ONLY", -1)
		for i := range count {
			if only < 0 || i == only {
				random := rand.New(rand.NewPCG(uint64(seed), uint64(i)))
				x.ask(fmt.Sprintf("seed %d, operation %d", seed, i), x.generate(random))
			}
		}

		t.Logf("%d operations, %d of them with errors, %d cursors, %d values",
			x.asked, x.refused, len(x.author.places.oracle), x.values)
	})
}

// setting is the number in a variable of the environment, or otherwise if it is not set.
func setting(t *testing.T, name string, otherwise int) int {
	t.Helper()
	value, ok := os.LookupEnv("ENSEMBLE_DIFFERENTIAL_" + name)
	if !ok {
		return otherwise
	}
	n, err := strconv.Atoi(value)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// examination is both sides and what is known of them.
type examination struct {
	t       *testing.T
	crowd   *crowd
	oracle  *oracle
	author  *author
	readers []*testsite.Person // who ask; nil is a visitor

	asked, refused, values, failures int
}

// maxFailures ends an examination that fails everywhere.
const maxFailures = 5

// newExamination lets everything happen on s and starts an oracle that knows it.
func newExamination(t *testing.T, s *testsite.Site, node string) *examination {
	c := newCrowd(t, s)
	d := takeDump(t, s)
	served := generated.NewExecutableSchema(generated.Config{}).Schema()
	x := &examination{
		t: t, crowd: c, oracle: startOracle(t, node, d),
		author:  &author{schema: answered(served), stock: newStock(c, d), places: newPlaces()},
		readers: []*testsite.Person{nil, nil, nil, c.Admin, c.Steering, c.Moderator, c.Signatory, c.Alice, c.Bob},
	}

	for _, topic := range x.author.stock.topics {
		x.author.places.forge(topic)
	}
	return x
}

// newStock takes stock of the rows, sorted so that it does not depend on random ids or on the database.
func newStock(c *crowd, d dump) stock {
	s := stock{
		ids: map[string][]string{},
		languages: []string{
			"fr", "en", "de", "EN", "fr-CA", "en-gb", "br", "", "not a language",
		},
		words: []string{
			"numerique", "NUMÉRIQUE", "l'accès aux", "œuvre", "oeuvre", "second", "roadmap-COMM", "100 %", "%", "_",
			"", " ", "élan", "hub du", "zzz", "11", "occitanie", "Premier paragraphe",
		},
		strangers: []string{
			"", "x", "/", "user", "comment_",
			"commitment_00000000000000000000000000", "edit_00000000000000000000000000",
		},
	}

	for _, name := range slices.Sorted(maps.Keys(d.Tables)) {
		rows := slices.Clone(d.Tables[name])
		slices.SortFunc(rows, func(a, b map[string]any) int {
			return strings.Compare(inOrder(name, a), inOrder(name, b))
		})
		for _, row := range rows {
			s.add(name, row)
		}
	}

	// Most of the time one asks for the process where things happen.
	slices.SortFunc(s.slugs, func(a, b string) int { return strings.Compare(b, a) })
	slices.SortStableFunc(s.slugs, func(a, b string) int { return len(b) - len(a) })

	m := s.ids["comment"][3]
	s.strangers = append(s.strangers, m[len(m)-9:], strings.ToUpper(m), "_", s.ids["territory"][4][len("territory_"):])
	return s
}

// add puts into the stock what arguments can be chosen from in a row of the table with this name.
func (s *stock) add(table string, row map[string]any) {
	id := row["id"].(string)
	kind, _, _ := strings.Cut(id, "_")
	s.ids[kind] = append(s.ids[kind], id)

	switch table {
	case "Process":
		s.slugs = append(s.slugs, row["slug"].(string))
		s.topics = append(s.topics, id, moderation.ModerationLogTopic(id))
	case "Commitment":
		s.references = append(s.references, row["reference"].(string))
		s.topics = append(s.topics, id)
	case "AuditEntry":
		s.acts = append(s.acts, row["act"].(string))
		s.moments = append(s.moments, row["created_at"].(string))
	case "Territory":
		s.codes = append(s.codes, row["code"].(string))
	}
}

// inOrder is what rows of a table are sorted by: the ids of territories are other ones in every run.
func inOrder(name string, row map[string]any) string {
	if name == "Territory" {
		return fmt.Sprint(row["kind"], row["code"])
	}
	return row["id"].(string)
}

// headers are languages that readers prefer, as Accept-Language has them.
var headers = []string{"", "en", "fr", "fr-CA, en;q=0.5", "de", "de-AT;q=0.9, nl;q=0.8", "en;q=0.4, fr;q=0.6", "es, it"}

// inquiry is an operation as it is asked.
type inquiry struct {
	query     string
	variables map[string]any
	header    string
	reader    *testsite.Person
	cursors   []string
}

// generate writes an operation and chooses who asks it, and in which languages.
func (x *examination) generate(random *rand.Rand) inquiry {
	query, variables, cursors := x.author.write(random)
	return inquiry{query, variables, headers[random.IntN(len(headers))],
		x.readers[random.IntN(len(x.readers))], cursors}
}

// ask asks the server and the oracle at the same time and compares their answers.
func (x *examination) ask(name string, q inquiry) {
	x.t.Helper()

	var v verdict
	var failed error
	asked, translated := make(chan struct{}), x.translated(q)
	go func() {
		defer close(asked)
		v, failed = x.oracle.tell(translated)
	}()
	data, errors, raw := x.server(q)
	<-asked
	if failed != nil || len(v.Invalid) > 0 {
		x.t.Fatalf("%s: the reference has no answer: %v %v\n%s", name, failed, v.Invalid, q)
	}

	x.asked++
	if len(errors) > 0 {
		x.refused++
	}

	c := comparison{places: x.author.places}
	oracle, err := ordered(v.Data)
	if err != nil {
		x.t.Fatalf("%s: the reference: %v", name, err)
	}
	c.values(nil, data, oracle)
	c.refusals(errors, v.Errors)

	x.values += bytes.Count(v.Data, []byte(`":`))
	if len(c.found) == 0 {
		return
	}

	found := strings.Join(c.found[:min(len(c.found), 8)], "\n")
	x.t.Errorf("%s\n%s\n\n%s\n\nours: %s", name, found, q, raw[:min(len(raw), 800)])
	if x.failures++; x.failures == maxFailures {
		x.t.FailNow()
	}
}

// translated is q for the oracle: with its own names of places instead of cursors.
func (x *examination) translated(q inquiry) question {
	raw, err := json.Marshal(q.variables)
	if err != nil {
		x.t.Fatal(err)
	}
	query, variables := q.query, string(raw)
	for _, cursor := range q.cursors {
		place := quote(x.author.places.oracle[cursor]) // it may contain quotes itself: the filter's
		place = place[1 : len(place)-1]
		query = strings.ReplaceAll(query, cursor, place)
		variables = strings.ReplaceAll(variables, cursor, place)
	}

	asked := question{Query: query, Languages: q.header}
	if err := json.Unmarshal([]byte(variables), &asked.Variables); err != nil {
		x.t.Fatal(err)
	}
	if q.reader != nil {
		asked.Viewer = q.reader.ID
	}
	return asked
}

// server asks the server over HTTP. data is in order, as ordered reads it, and raw the whole answer.
func (x *examination) server(q inquiry) (data any, errors []refusedAnswer, raw []byte) {
	x.t.Helper()
	raw = x.post(q)
	var answer struct {
		Data   json.RawMessage
		Errors []testsite.Error
	}
	if err := json.Unmarshal(raw, &answer); err != nil {
		x.t.Fatalf("%v: %s", err, raw)
	}

	if answer.Data == nil {
		answer.Data = json.RawMessage("null")
	}
	data, err := ordered(answer.Data)
	if err != nil {
		x.t.Fatal(err)
	}

	for _, e := range answer.Errors {
		code, _ := e.Extensions["code"].(string)
		field, _ := e.Extensions["field"].(string)
		errors = append(errors, refusedAnswer{e.Path, code, field})
	}
	return data, errors, raw
}

// post sends q as its reader and returns the body of the answer.
func (x *examination) post(q inquiry) []byte {
	x.t.Helper()
	body, err := json.Marshal(map[string]any{"query": q.query, "variables": q.variables})
	if err != nil {
		x.t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(x.t.Context(), http.MethodPost, x.crowd.URL+"/graphql", bytes.NewReader(body))
	if err != nil {
		x.t.Fatal(err)
	}

	r.Header.Set("Content-Type", "application/json")
	if q.header != "" {
		r.Header.Set("Accept-Language", q.header)
	}
	if q.reader != nil {
		r.Header.Set("Authorization", "Bearer "+q.reader.Token)
	}

	response, err := http.DefaultClient.Do(r)
	if err != nil {
		x.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()

	var read bytes.Buffer
	if _, err := read.ReadFrom(response.Body); err != nil {
		x.t.Fatal(err)
	}
	return read.Bytes()
}

// String is the inquiry as failures print it.
func (q inquiry) String() string {
	variables, _ := json.Marshal(q.variables)
	who := "nobody"
	if q.reader != nil {
		who = q.reader.ID
	}
	return fmt.Sprintf("%s\nvariables %s\nAccept-Language %q, asked by %s", q.query, variables, q.header, who)
}

// sweep asks for every field of every row, as a visitor and as somebody with a role.
func (x *examination) sweep() {
	schema := x.author.schema
	for _, of := range schema.GetPossibleTypes(schema.Types["Node"]) {
		if of.Kind == ast.Object {
			x.sweepNodes(of)
		}
	}

	events := "query($topic: ID!) { events(topic: $topic, first: 50) { nodes {"
	for _, of := range schema.GetPossibleTypes(schema.Types["Event"]) {
		if of.Kind == ast.Object {
			events += " ... on " + of.Name + " " + x.author.everything(of, 1)
		}
	}
	for _, topic := range x.author.stock.topics {
		x.ask("sweep events", inquiry{
			query: events + " } } }", variables: map[string]any{"topic": topic}, header: "en",
		})
	}

	viewer := "{ viewer " + x.author.everything(schema.Types["Viewer"], 2) + " }"
	for _, reader := range x.readers {
		x.ask("sweep Viewer", inquiry{query: viewer, header: "en", reader: reader})
	}
}

// ownOnly are the nodes that `node` finds for nobody, by the kinds of their ids: people read their own under `viewer`,
// and members those of their organizations.
var ownOnly = map[string]string{
	"AccessToken":    "accesstoken", // which programs act for somebody
	"AuditEntry":     "audit",       // what administrators did, for administrators
	"Follow":         "follow",      // what somebody is interested in
	"Identity":       "identity",    // who somebody is elsewhere
	"Invitation":     "invitation",  // who is asked, maybe by their address
	"Membership":     "membership",  // who belongs to an organization
	"Appeal":         "appeal",      // what an author says to moderators
	"ModerationCase": "case",        // how something stands with them
	"Report":         "report",      // who has reported what
	"Notification":   "notification",
	"Session":        "session", // where somebody is signed in
}

// sweepNodes asks for every field of the rows of a type.
func (x *examination) sweepNodes(of *ast.Definition) {
	kind, isOwn := ownOnly[of.Name]
	if !isOwn {
		kind = strings.ToLower(of.Name)
	}
	ids := x.author.stock.ids[kind]
	if len(ids) == 0 {
		x.t.Fatalf("there is no %s", kind)
	}

	query := func(levels int) string {
		return "query($ids: [ID!]!) { nodes(ids: $ids) { id ... on " + of.Name + " " +
			x.author.everything(of, levels) + " } }"
	}
	for some := range slices.Chunk(ids[:min(len(ids), 40)], 20) {
		x.ask("sweep "+of.Name, inquiry{query: query(1), variables: map[string]any{"ids": some}, header: "en"})
	}

	deeper := map[string]any{"ids": ids[:min(len(ids), 4)]}
	for _, reader := range []*testsite.Person{x.crowd.Steering, x.crowd.Bob} {
		x.ask("sweep "+of.Name, inquiry{query: query(2), variables: deeper, header: "fr", reader: reader})
	}
}

// askWritten asks the operations of testdata/differential: each is here because it once revealed a difference between
// the two, or because it is known to do so elsewhere.
func (x *examination) askWritten() {
	files, err := filepath.Glob("testdata/differential/*.graphql")
	if err != nil || len(files) == 0 {
		x.t.Fatalf("no operations in testdata/differential: %v", err)
	}

	readers := []*testsite.Person{
		nil, x.crowd.Admin, x.crowd.Steering, x.crowd.Signatory, x.crowd.Alice, x.crowd.Bob,
	}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			x.t.Fatal(err)
		}
		q := inquiry{query: string(raw), variables: x.variablesOf(file, string(raw)), header: "fr"}
		for _, reader := range readers {
			q.reader = reader
			x.ask(file, q)
		}
	}
}

// variablesOf gives values to the variables of a written operation. A variable of ids is named after the kind,
// $commitment for one or $commitments for several; other variables get no value.
func (x *examination) variablesOf(file, query string) map[string]any {
	values, ids := map[string]any{}, x.author.stock.ids
	for _, found := range variable.FindAllStringSubmatch(query, -1) {
		name := found[1]
		switch one, many := ids[name], ids[strings.TrimSuffix(name, "s")]; {
		case name == "commitment": // where most has happened
			values[name] = x.crowd.open[0].ID
		case len(one) > 0:
			values[name] = one[0]
		case len(many) > 0:
			values[name] = many[:min(len(many), 20)]
		default:
			x.t.Fatalf("%s: what is $%s?", file, name)
		}
	}
	return values
}

// variable finds the names of the variables that are ids.
var variable = regexp.MustCompile(`\$(\w+): \[?ID`)
