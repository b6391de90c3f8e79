package differential_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"ensemble/live"
)

// author writes operations that are valid and mean something: it knows the schema, and what is in the world. The same
// seed writes the same operations.
type author struct {
	schema *ast.Schema
	stock  stock
	places *places
}

// stock is what arguments are chosen from, in an order that is the same in every run.
type stock struct {
	ids                         map[string][]string // by kind, of what is public and what is not
	slugs, references, codes    []string
	words, languages, strangers []string // strangers are no ids, or nobody's
	acts, moments               []string // of the audit
	topics                      []string
}

const (
	maxWrittenDepth = 11  // the server's limit is 12
	maxWrittenRows  = 240 // pages multiply
)

// draft is one operation being written.
type draft struct {
	*author
	random    *rand.Rand
	variables map[string]any
	declared  []string
	fragments []string
	keys      map[string]string // response key → what is asked under it
	fields    int
	nested    int             // fragments in fragments, without a field between them
	cursors   map[string]bool // the server's cursors that are used
}

// write makes an operation.
func (a *author) write(random *rand.Rand) (query string, variables map[string]any, cursors []string) {
	d := &draft{
		author: a, random: random,
		variables: map[string]any{}, keys: map[string]string{}, cursors: map[string]bool{},
	}
	body := d.selection(a.schema.Query, 0, 1)

	head := "query"
	if len(d.declared) > 0 {
		head += " Generated(" + strings.Join(d.declared, ", ") + ")"
	}

	query = head + " " + body
	for _, f := range d.fragments {
		query += "\n" + f
	}
	return query, d.variables, slices.Sorted(maps.Keys(d.cursors))
}

func (d *draft) chance(percent int) bool { return d.random.IntN(100) < percent }

func choose[T any](d *draft, from []T) T { return from[d.random.IntN(len(from))] }

// selection writes the fields of a type; rows is how many objects it will be asked of.
func (d *draft) selection(of *ast.Definition, depth, rows int) string {
	n := 1 + d.random.IntN(5)
	switch {
	case depth == 0:
		n = 1 + d.random.IntN(2)
	case of.Kind == ast.Interface:
		n = 1
	}

	var parts []string
	for range n {
		switch {
		case depth > 0 && d.nested < 2 && d.chance(10):
			parts = append(parts, d.inline(of, depth, rows))
		case depth > 0 && d.nested < 2 && d.chance(7):
			parts = append(parts, d.spread(of, depth, rows))
		case depth > 0 && d.chance(8):
			parts = append(parts, d.named("__typename", "String!", "")+d.condition())
		default:
			if f := d.field(of, depth, rows); f != "" {
				parts = append(parts, f)
			}
		}
	}

	for of.Kind == ast.Interface && d.nested < 2 && d.chance(75) {
		parts = append(parts, d.inline(of, depth, rows))
	}

	if len(parts) == 0 {
		parts = append(parts, d.named("__typename", "String!", ""))
	}
	return "{ " + strings.Join(parts, " ") + " }"
}

// condition is a directive, or none.
func (d *draft) condition() string {
	if !d.chance(7) {
		return ""
	}
	yes := d.chance(50)
	value := fmt.Sprint(yes)

	if d.chance(60) {
		value = d.variable("Boolean!", yes)
	}
	return fmt.Sprintf(" @%s(if: %s)", choose(d, []string{"skip", "include"}), value)
}

// inline writes an inline fragment on a type that an object of the type of may have.
func (d *draft) inline(of *ast.Definition, depth, rows int) string {
	on := d.narrower(of)
	head := "... on " + on.Name
	if on == of && d.chance(30) {
		head = "..."
	}

	d.nested++
	defer func() { d.nested-- }()
	return head + d.condition() + " " + d.selection(on, depth, rows)
}

// spread writes a fragment with a name, and uses it once or twice.
func (d *draft) spread(of *ast.Definition, depth, rows int) string {
	on := d.narrower(of)
	name := fmt.Sprintf("F%d", len(d.fragments))
	at := len(d.fragments) // before the fragments inside it
	d.fragments = append(d.fragments, "")

	d.nested++
	body := d.selection(on, depth, rows)
	d.nested--
	d.fragments[at] = "fragment " + name + " on " + on.Name + " " + body

	use := "..." + name + d.condition()
	if d.chance(30) {
		use += " ..." + name
	}
	return use
}

// narrower is the type itself, one of its interfaces, or one that implements it.
func (d *draft) narrower(of *ast.Definition) *ast.Definition {
	types := []*ast.Definition{of}
	for _, name := range of.Interfaces {
		types = append(types, d.schema.Types[name])
	}

	if of.Kind == ast.Interface {
		types = types[1:]
		types = append(types, d.schema.GetPossibleTypes(of)...)
		if of.Name == "Node" || of.Name == "Event" {
			types = append(types, d.interfacesLike(of.Name)...)
		}
	}
	return choose(d, types)
}

// interfacesLike are the interfaces and unions that objects of Node, or of Event, may have besides.
func (d *draft) interfacesLike(name string) []*ast.Definition {
	var types []*ast.Definition
	for _, t := range []string{
		"Actor", "CommentSubject", "Followable", "SearchItem",
		"CommentEvent", "CommitmentEvent", "ProcessEvent", "NotificationEvent",
	} {
		if (name == "Event") == strings.HasSuffix(t, "Event") {
			types = append(types, d.schema.Types[t])
		}
	}
	return types
}

// rootWeights make fields of the query frequent; the others have 1.
var rootWeights = map[string]int{
	"process": 13, "commitment": 13, "nodes": 13, "node": 7, "events": 10,
	"processes": 8, "viewer": 10, "organizations": 6,
}

// weight is how often a field is chosen, compared with the others of its type: lists are frequent. It is 0 where the
// operation would become too deep or too long.
func (d *draft) weight(of *ast.Definition, f *ast.FieldDefinition, depth, rows int) int {
	if strings.HasPrefix(f.Name, "__") {
		return 0
	}
	to := d.schema.Types[f.Type.Name()]
	if to.IsLeafType() {
		return 2
	}

	isPage := strings.HasSuffix(to.Name, "Connection") || to.Name == "EventPage" ||
		f.Name == "nodes" || f.Name == "edges"
	need := 1 // levels below the field
	if isPage {
		need = 3
	}
	if depth+need >= maxWrittenDepth || d.fields > 45 {
		return 0
	}

	switch {
	case of == d.schema.Query:
		return max(1, rootWeights[f.Name])
	case rows >= maxWrittenRows && isPage, f.Type.Elem != nil && rows*4 > maxWrittenRows:
		return 0
	case to.Name == "Territory" || strings.HasPrefix(to.Name, "Territory") || f.Name == "viewerMembers":
		return 2
	case isPage:
		return 10
	}
	return 5
}

// field writes one field of a type, chosen by the weights, or "" if there is none to ask.
func (d *draft) field(of *ast.Definition, depth, rows int) string {
	total := 0
	for _, f := range of.Fields {
		total += d.weight(of, f, depth, rows)
	}
	if total == 0 {
		return ""
	}

	n := d.random.IntN(total)
	for _, f := range of.Fields {
		if n -= d.weight(of, f, depth, rows); n < 0 {
			return d.ask(of, f, depth, rows)
		}
	}
	panic("weights do not add up")
}

// ask writes one field with its arguments and what is below it.
func (d *draft) ask(of *ast.Definition, f *ast.FieldDefinition, depth, rows int) string {
	d.fields++
	nested := d.nested
	d.nested = 0
	defer func() { d.nested = nested }()

	to := d.schema.Types[f.Type.Name()]
	arguments, size := d.arguments(of, f, rows)
	key := d.named(f.Name, f.Type.String(), arguments)
	if to.IsLeafType() {
		return key + d.condition()
	}

	below := rows
	switch {
	case size > 0: // a connection: its pages are counted where nodes and edges are
		return key + d.condition() + " " + d.selection(to, depth+1, rows*size)
	case f.Type.Elem != nil && f.Name != "nodes" && f.Name != "edges":
		below *= 4
	}

	return key + d.condition() + " " + d.selection(to, depth+1, below)
}

// named writes a field under a response key that is not used for anything else: its own name, another field's name, or
// a new one.
func (d *draft) named(name, typ, arguments string) string {
	asked := name + arguments + ":" + typ
	candidates := []string{name}
	if d.chance(25) {
		aliases := []string{"edges", "node", "nodes", "totalCount", "pageInfo", "id", "body", "author", "a", "b"}
		candidates = append([]string{choose(d, aliases)}, candidates...)
	}

	for i := 0; ; i++ {
		key := fmt.Sprintf("%s%d", name, i)
		if i < len(candidates) {
			key = candidates[i]
		}
		if known, taken := d.keys[key]; !taken || known == asked {
			d.keys[key] = asked
			if key == name {
				return name + arguments
			}
			return key + ": " + name + arguments
		}
	}
}

// forge makes cursors that are well formed and of no history, and matches them with how the oracle reads them.
func (p *places) forge(topic string) {
	for _, c := range []live.Cursor{{Topic: topic, Seq: 2, Nonce: 12345}, {Topic: topic, Seq: 1 << 40, Nonce: 1}} {
		p.match(c.String(), placePrefix+"event:"+topic+"#forged"+fmt.Sprint(c.Seq))
	}
	p.match(live.Cursor{Topic: topic}.String(), placePrefix+"event:"+topic+"#0")
}

// everything writes all fields of a type that need no arguments, and those of what is below it, as many levels deep.
func (a *author) everything(of *ast.Definition, levels int) string {
	var parts []string
	for _, f := range of.Fields {
		to := a.schema.Types[f.Type.Name()]

		switch {
		case strings.HasPrefix(f.Name, "__"):
		case to.IsLeafType():
			parts = append(parts, f.Name)
		case strings.HasSuffix(to.Name, "Connection") && levels > 0:
			// A page is asked with its counts, where there are any, under an alias of their own.
			node := a.everything(a.schema.Types[strings.TrimSuffix(to.Name, "Connection")], levels-1)
			page := a.everything(a.schema.Types["PageInfo"], 0)
			parts = append(parts,
				f.Name+"(first: 3) { totalCount pageInfo "+page+" edges { cursor node "+node+" } }")
			if counts := to.Fields.ForName("counts"); counts != nil {
				all := a.everything(a.schema.Types[counts.Type.Name()], 2)
				parts = append(parts, "all_"+f.Name+": "+f.Name+" { counts "+all+" }")
			}
		case levels > 0 || f.Name == "title" || f.Name == "spans" || f.Name == "alignmentCounts":
			named := f.Name
			if number := f.Arguments.ForName("number"); number != nil && number.Type.NonNull {
				named += "(number: 1)"
			}
			parts = append(parts, named+" "+a.everything(to, levels-1))
		}
	}

	return "{ __typename " + strings.Join(parts, " ") + " }"
}
