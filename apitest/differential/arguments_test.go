package differential_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// arguments writes a field's arguments. size is how many items a connection may contain, or 0 for other fields.
func (d *draft) arguments(of *ast.Definition, f *ast.FieldDefinition, rows int) (text string, size int) {
	given := map[string]any{}
	for _, a := range f.Arguments {
		switch a.Name {
		case "first", "last", "after", "before":
			if f.Name != "events" {
				continue
			}
		}
		if v, ok := d.argument(of, f, a); ok {
			given[a.Name] = v
		}
	}

	if f.Arguments.ForName("before") != nil {
		size = d.window(of, f, given, rows)
	}
	if f.Name == "events" {
		size = 20
		if n, ok := given["first"].(int); ok {
			size = max(n, 1)
		}
	}

	var parts []string
	for _, a := range f.Arguments {
		if v, ok := given[a.Name]; ok {
			parts = append(parts, a.Name+": "+d.spell(a.Type, v, a.DefaultValue != nil, true))
		} else if !a.Type.NonNull && d.chance(4) {
			parts = append(parts, a.Name+": null")
		} else if (!a.Type.NonNull || a.DefaultValue != nil) && d.chance(3) {
			parts = append(parts, a.Name+": "+d.absent(a.Type))
		}
	}

	if len(parts) > 0 {
		d.random.Shuffle(len(parts), func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
		text = "(" + strings.Join(parts, ", ") + ")"
	}
	return text, size
}

// inputShape is an object whose members have types.
type inputShape []inputField

// enum is a value of an enum: it is spelled without quotes, unlike a string.
type enum string

// inputField is a member of an input object.
type inputField struct {
	name     string
	typ      *ast.Type
	value    any
	optional bool
}

// window chooses the page of a connection, adds its arguments to given and returns how many items it has at most.
func (d *draft) window(of *ast.Definition, f *ast.FieldDefinition, given map[string]any, rows int) int {
	most := max(1, min(50, maxWrittenRows/rows))
	n := 1 + d.random.IntN(min(most, choose(d, []int{2, 3, 5, 8, 50})))
	if d.chance(2) {
		n = choose(d, []int{0, -1, 51, 1 << 30})
	}

	mode := d.random.IntN(100)
	if most < 20 && mode < 15 {
		mode += 20 // the default page would be too long
	}

	list := listName(of, f, given)
	switch {
	case mode < 15:
		n = 20
	case mode < 50:
		given["first"] = n
	case mode < 65:
		given["first"], given["after"] = n, d.cursor(list)
	case mode < 73:
		given["last"] = n
	case mode < 83:
		given["last"], given["before"] = n, d.cursor(list)
	case mode < 87:
		given["first"], given["before"] = n, d.cursor(list)
	case mode < 91:
		given["last"], given["after"] = n, d.cursor(list)
	case mode < 97:
		given[choose(d, []string{"first", "last"})], given["after"], given["before"] = n, d.cursor(list), d.cursor(list)
	default:
		given["first"], given["last"] = n, n
	}

	return max(1, min(n, 50))
}

// listName is the oracle's name of the list, in the order asked for.
func listName(of *ast.Definition, f *ast.FieldDefinition, given map[string]any) string {
	by := func(name, field, direction string) string { return orderName(name, field, direction, given) }

	if of.Name == "Organization" && !strings.HasPrefix(f.Name, "viewer") {
		return "signed" + strings.ToUpper(f.Name[:1]) + f.Name[1:]
	}

	switch f.Name {
	case "commitments":
		return by("commitments", "NUMBER", "ASC")
	case "viewerDraftCommitments":
		return "draftCommitments:NUMBER:ASC"
	case "viewerModerationQueue":
		return by("moderationQueue", "OPENED_AT", "ASC")
	case "entries":
		return "moderationLog"
	case "amendments":
		return by("amendments", "SUBMITTED_AT", "ASC")
	case "organizations":
		return by("organizations", "NAME", "ASC")
	case "comments":
		if chosen, ok := given["orderBy"].(enum); ok {
			return "comments:" + string(chosen)
		}
		return "comments:OLDEST"
	case "versions":
		return by("versions", "NUMBER", "DESC")
	case "replies":
		return "comments:OLDEST"
	case "children":
		return "territories"
	case "viewerMembers":
		return "members"
	}
	return f.Name
}

// orderName is the oracle's name of a list that is sorted by a field in a direction: those that given asks for, or else
// the standard ones. An order that is given without a direction has that of its type.
func orderName(name, field, direction string, given map[string]any) string {
	order, ok := given["orderBy"].(inputShape)
	if !ok {
		return name + ":" + field + ":" + direction
	}

	if direction = "DESC"; name == "organizations" {
		direction = "ASC"
	}
	for _, part := range order {
		switch part.name {
		case "field":
			field = string(part.value.(enum))
		case "direction":
			direction = string(part.value.(enum))
		}
	}
	return name + ":" + field + ":" + direction
}

// cursor is mostly of a place in the list, sometimes of a place in another list or of none.
func (d *draft) cursor(list string) string {
	if d.chance(4) {
		return choose(d, []string{"", "x", "WyJwcm9jZXNzZXMiXQ", "null", "é", "====", "WzFd"})
	}
	if d.chance(3) {
		list = choose(d, slices.Sorted(maps.Keys(d.places.lists)))
	}

	from := d.places.lists[list]
	if len(from) == 0 {
		return "none"
	}

	c := choose(d, from)
	d.cursors[c] = true
	return c
}

// argument chooses the value of an argument, and whether it is given.
func (d *draft) argument(of *ast.Definition, f *ast.FieldDefinition, a *ast.ArgumentDefinition) (any, bool) {
	switch of.Name + "." + f.Name + "." + a.Name {
	case "Query.node.id":
		return d.anyID(), true
	case "Query.nodes.ids":
		ids := make([]any, d.random.IntN(7))
		if d.chance(2) {
			ids = make([]any, 51)
		}
		for i := range ids {
			ids[i] = d.anyID()
			if i > 0 && d.chance(15) {
				ids[i] = ids[i-1] // one row twice
			}
		}
		return ids, true

	case "Query.commitment.id":
		if d.chance(50) {
			return d.idOf("commitment"), true
		}
		return nil, false
	case "Query.commitment.reference":
		if d.chance(50) {
			return choose(d, append(slices.Clip(d.stock.references), "nobody's")), true
		}
		return nil, false

	case "Query.process.id":
		return d.idOf("process"), d.chance(10)
	case "Query.process.slug":
		return choose(d, append(slices.Clip(d.stock.slugs), d.stock.slugs[0], d.stock.slugs[0], "none")), d.chance(90)
	case "Query.organization.id":
		return d.idOf("organization"), true
	case "Query.user.id":
		return d.idOf("user"), d.chance(50)
	case "Query.user.nickname":
		return choose(d, []string{"alice", "Bob", "@alice", "nobody", ""}), d.chance(50)
	case "Query.events.topic":
		return choose(d, append(slices.Clip(d.stock.topics), d.anyID())), true

	case "Query.events.after":
		if d.chance(60) {
			return d.eventCursor(), true
		}
		return nil, false
	case "Query.events.first":
		return choose(d, []int{1, 2, 3, 5, 8, 50, 0, 51}), d.chance(70)

	case "Query.moderationLog.process":
		return d.idOf("process"), true
	case "Query.territory.code":
		return choose(d, append(slices.Clip(d.stock.codes), "11", "2A", "", "FR")), true
	}

	if !a.Type.NonNull && !d.chance(35) || a.DefaultValue != nil && d.chance(30) {
		return nil, false
	}
	return d.value(a.Type, a.Name), true
}

// eventCursor is mostly of a place in the log of some topic, sometimes of none.
func (d *draft) eventCursor() string {
	if d.chance(6) {
		return choose(d, []string{"", "x", "AQAAAAAAAAAAAGE"})
	}

	var lists []string
	for _, list := range slices.Sorted(maps.Keys(d.places.lists)) {
		if strings.HasPrefix(list, "event:") {
			lists = append(lists, list)
		}
	}
	return d.cursor(choose(d, lists))
}

// anyID is mostly the id of a row of some kind.
func (d *draft) anyID() string { return d.idOf(choose(d, slices.Sorted(maps.Keys(d.stock.ids)))) }

// idOf is mostly the id of a row of that kind.
func (d *draft) idOf(kind string) string {
	if d.chance(6) {
		return choose(d, d.stock.strangers)
	}
	if d.chance(4) {
		return d.anyID()
	}
	return choose(d, d.stock.ids[kind])
}

// value chooses a value of an input type; name is that of the argument or input field.
func (d *draft) value(t *ast.Type, name string) any {
	if t.Elem != nil {
		list := make([]any, choose(d, []int{0, 1, 1, 2, 2, 3}))
		for i := range list {
			list[i] = d.value(t.Elem, name)
		}
		return list
	}

	switch def := d.schema.Types[t.NamedType]; def.Kind {
	case ast.Enum:
		return enum(choose(d, def.EnumValues).Name)
	case ast.InputObject:
		made := inputShape{}
		for _, f := range def.Fields {
			if f.Type.NonNull && f.DefaultValue == nil || d.chance(45) {
				optional := !f.Type.NonNull || f.DefaultValue != nil
				made = append(made, inputField{f.Name, f.Type, d.value(f.Type, f.Name), optional})
			}
		}
		return made
	}

	switch t.NamedType {
	case "Boolean":
		return d.chance(50)
	case "Int": // the number of a version
		return choose(d, []int{1, 1, 2, 2, 3, 4, 0, -1, 99})
	case "Language":
		return choose(d, d.stock.languages)
	case "DateTime":
		return choose(d, d.stock.moments)
	case "ID":
		return d.idOf(map[string]string{
			"axes": "axis", "territories": "territory", "within": "territory",
			"territory": "territory", "below": "comment",
			"author": choose(d, []string{"user", "organization"}), "process": "process", "actor": "user",
			"subject": choose(d, []string{"process", "commitment", "amendment", "organization", "user"}),
		}[name])
	}

	if name == "act" {
		return choose(d, d.stock.acts)
	}
	return choose(d, d.stock.words)
}

// spell writes a value in the document, or as a variable. A variable may be null where the position may not only if the
// position has a default.
func (d *draft) spell(t *ast.Type, v any, hasDefault, outermost bool) string {
	if d.chance(35) || !outermost && d.chance(10) {
		declared := t.String()
		if !t.NonNull && v != nil && d.chance(30) {
			declared += "!"
		}
		if hasDefault && t.NonNull && d.chance(30) {
			declared = strings.TrimSuffix(declared, "!")
		}
		return d.variable(declared, v)
	}

	switch v := v.(type) {
	case inputShape:
		parts := make([]string, len(v))
		for i, f := range v {
			if f.optional && d.chance(5) {
				parts[i] = f.name + ": " + d.absent(f.typ)
				continue
			}
			parts[i] = f.name + ": " + d.spell(f.typ, f.value, false, false)
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case []any:
		if len(v) == 1 && d.chance(25) {
			return constant(v[0]) // one item may stand for a list of one
		}
		parts := make([]string, len(v))
		for i, e := range v {
			parts[i] = d.spell(t.Elem, e, false, false)
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case enum:
		return string(v)
	}
	return quote(v)
}

// quote writes a value as JSON, which GraphQL reads too.
func quote(v any) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(err)
	}
	return strings.TrimSpace(b.String())
}

// variable declares a variable and gives it the value, or declares the value as its default.
func (d *draft) variable(t string, v any) string {
	name := fmt.Sprintf("v%d", len(d.declared))
	declaration := "$" + name + ": " + t

	if _, composite := v.(inputShape); d.chance(10) && !composite && !strings.HasSuffix(t, "!") {
		d.declared = append(d.declared, declaration+" = "+constant(v))
		return "$" + name
	}

	d.declared = append(d.declared, declaration)
	d.variables[name] = variableValue(v)
	return "$" + name
}

// absent declares a variable that is given no value, so that the argument is absent.
func (d *draft) absent(t *ast.Type) string {
	name := fmt.Sprintf("v%d", len(d.declared))
	d.declared = append(d.declared, "$"+name+": "+strings.TrimSuffix(t.String(), "!"))
	return "$" + name
}

// constant writes a value in the document, without variables.
func constant(v any) string {
	switch v := v.(type) {
	case []any:
		parts := make([]string, len(v))
		for i, e := range v {
			parts[i] = constant(e)
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case inputShape:
		parts := make([]string, len(v))
		for i, f := range v {
			parts[i] = f.name + ": " + constant(f.value)
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case enum:
		return string(v)
	}
	return quote(v)
}

// variableValue is a value as JSON has it in variables.
func variableValue(v any) any {
	switch v := v.(type) {
	case []any:
		list := make([]any, len(v))
		for i, e := range v {
			list[i] = variableValue(e)
		}
		return list
	case inputShape:
		made := map[string]any{}
		for _, f := range v {
			made[f.name] = variableValue(f.value)
		}
		return made
	case enum:
		return string(v)
	}
	return v
}
