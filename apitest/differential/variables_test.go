package differential_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"reflect"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"ensemble/graph"
)

// variableTypes are types of variables, of each shape; their defaults are literals, wrong ones among them.
var variableTypes = map[string][]string{
	"Int":     {"7", "null", "[7]"},
	"Float":   {"7", "7.5"},
	"String":  {`"x"`, `["x", null]`},
	"Boolean": {"true", "[true]"},
	"ID":      {"7", `"x"`, `[7, "x"]`},
	"Colour":  {"RED", "[RED, BLUE]"},
	"Deep":    {"{need: true}", "{need: true, l: 1, many: {need: false}}", "{s: null}"},
	"One":     {`{a: "x"}`, `{a: "x", b: 1}`, "{a: null}"},
}

// shapes are formats of types.
var shapes = []string{"%s", "%s!", "[%s]", "[%s!]", "[%s]!", "[%s!]!", "[[%s]]"}

// variableValues are what clients give, as JSON; "" is nothing.
var variableValues = []string{
	"", "null", "1", "0", "-1", "5.5", "1.0", "1e2", "2147483647", "2147483648", "-2147483649", "9007199254740991",
	"1e400",
	`"a"`, `"1"`, `""`, `"RED"`, `"red"`, `"GREY"`, "true", "false", `"true"`,
	"[]", "[null]", "[1]", `["RED"]`, `["RED", null]`, `[1, "RED"]`, "[true, false]", "[5.5]",
	"[[1]]", "[[1], null]", `[["RED"], 1]`,
	"[[[1]]]", "{}", `{"need": true}`, `{"need": null}`, `{"need": 1}`, `{"need": true, "x": 1}`, `{"s": "a"}`,
	`{"need": true, "s": null}`, `{"need": true, "c": "GREY"}`, `{"need": true, "c": null}`, `{"need": true, "l": 1}`,
	`{"need": true, "l": [1, null]}`, `{"need": true, "deep": {"need": false, "deep": {}}}`,
	`{"need": true, "many": {"need": true}}`, `{"need": true, "many": [{"need": true}, {"need": true, "c": "BLUE"}]}`,
	`[{"need": true}]`, `{"a": "x"}`, `{"b": 1}`, `{"a": "x", "b": 1}`, `{"a": null}`, `{"a": "x", "b": null}`, `{"a": 1}`,
	`[{"a": "x"}, {"b": 2}]`,
}

// variableOperations returns a schema, and operations on it with one variable, $v, in every place that its type allows.
func variableOperations() (sdl string, operations []string) {
	var fields strings.Builder
	add := func(declared, at string) {
		operations = append(operations, fmt.Sprintf("query(%s) { %s }", declared, at))
	}

	for name, defaults := range variableTypes {
		for _, shape := range shapes {
			t := fmt.Sprintf(shape, name)
			field := fmt.Sprintf("f%d", fields.Len())
			fmt.Fprintf(&fields, "%s(v: %s): Int\n", field, t)
			add("$v: "+t, field+"(v: $v)")

			for _, literal := range defaults {
				add("$v: "+t+" = "+literal, field+"(v: $v)")
			}

			if required := strings.TrimSuffix(t, "!") + "!"; required != t {
				field := fmt.Sprintf("g%d", fields.Len())
				fmt.Fprintf(&fields, "%s(v: %s = %s): Int\n", field, required, defaults[0])
				add("$v: "+t, field+"(v: $v)")
				add("$v: "+t+" = "+defaults[0], field+"(v: $v)")
			}
		}
	}

	fmt.Fprint(&fields, "deep(v: Deep, l: [Deep!]): Int\n")
	add("$v: String", "deep(v: {need: true, s: $v})")
	add("$v: Boolean", "deep(v: {need: $v})")
	add("$v: Boolean = true", "deep(v: {need: $v})")
	add("$v: Boolean!", "deep(v: {need: $v})")
	add("$v: Colour", "deep(v: {need: true, deep: {need: true, must: $v}})")
	add("$v: Int!", "deep(v: {need: true, l: [1, $v]})")
	add("$v: Boolean!", "deep(l: [{need: true}, {need: $v}])")
	add("$v: Boolean = true", "deep @include(if: $v)")
	add("$v: Boolean", "deep @include(if: $v)")
	add("$v: Boolean = false", "deep ...@skip(if: $v) { deep }")
	add("$v: Boolean = false", "...F } fragment F on Query { deep @skip(if: $v)")

	return `
		enum Colour { RED BLUE }
		input Deep { s: String = "d", l: [Int!], c: Colour = RED, must: Colour! = BLUE, deep: Deep,
			many: [Deep!], need: Boolean! }
		input One @oneOf { a: String, b: Int }
		type Query {` + fields.String() + "}", operations
}

// Variables have the values that graphql-js gives them, and are refused where it refuses them, at the latest when the
// field with the argument is executed.
func TestVariables(t *testing.T) {
	node := needOracle(t)
	sdl, operations := variableOperations()
	schema := gqlparser.MustLoadSchema(&ast.Source{Input: sdl})

	var asked bytes.Buffer
	encoder := json.NewEncoder(&asked)
	_ = encoder.Encode(map[string]string{"sdl": sdl})
	for _, operation := range operations {
		for _, value := range variableValues {
			_ = encoder.Encode(map[string]string{"query": operation, "variables": variablesText(value)})
		}
	}

	reference := exec.Command(node, "../../web/test/oracle-variables.mjs")
	reference.Stdin, reference.Stderr = &asked, os.Stderr
	answers, err := reference.Output()
	if err != nil {
		t.Fatal(err)
	}

	compared, told := map[string]int{}, bufio.NewScanner(bytes.NewReader(answers))
	for _, operation := range operations {
		doc, errs := gqlparser.LoadQueryWithRules(schema, operation, graph.Rules())
		for _, value := range variableValues {
			if !told.Scan() {
				t.Fatal("the reference answers too little")
			}
			want := told.Text()
			got := readAsReference(schema, doc, len(errs) > 0, variablesText(value))
			if !sameJSON(got, want) {
				t.Errorf("%s with %s: %s; graphql-js: %s", operation, variablesText(value), got, want)
			}
			compared[want[:min(len(want), len(`{"refused`))]]++
		}
	}

	t.Log(compared)
	if len(compared) != 3 { // valid and read, valid and refused, invalid
		t.Errorf("%v: one kind of answer is missing", compared)
	}
}

// variablesText returns the variables of a request with one.
func variablesText(value string) string {
	if value == "" {
		return "{}"
	}
	return `{"v": ` + value + `}`
}

// readAsReference says of an operation what the reference says.
func readAsReference(schema *ast.Schema, doc *ast.QueryDocument, invalid bool, variables string) string {
	if invalid {
		return `{"invalid": true}`
	}

	var given map[string]any
	decoder := json.NewDecoder(strings.NewReader(variables))
	decoder.UseNumber()
	if err := decoder.Decode(&given); err != nil {
		return err.Error()
	}

	values, wrong := graph.Variables(schema).Read(doc.Operations[0], given)
	if len(wrong) > 0 {
		return `{"refused": true}`
	}
	text, err := json.Marshal(map[string]any{"values": values})
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// sameJSON reports whether two texts are the same value.
func sameJSON(one, other string) bool {
	var a, b any
	return json.Unmarshal([]byte(one), &a) == nil && json.Unmarshal([]byte(other), &b) == nil && reflect.DeepEqual(a, b)
}
