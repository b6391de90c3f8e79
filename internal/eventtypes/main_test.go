package main

import (
	"os"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
)

// TestEventTypesAreWritten fails when the schema has changed and the generated files have not.
func TestEventTypesAreWritten(t *testing.T) {
	t.Chdir("../..")
	schema, err := read("schema.graphqls", "graph/schema/*.graphqls")
	if err != nil {
		t.Fatal(err)
	}

	want, err := write(schema)
	if err != nil {
		t.Fatal(err)
	}
	for target, source := range want {
		if got, err := os.ReadFile(target); err != nil || string(got) != string(source) {
			t.Errorf("%s is not what the schema says: run make generate (%v)", target, err)
		}
	}
}

// TestEventTypesOfASchema writes the types that implement Event, with the interfaces that they implement, and no
// others.
func TestEventTypesOfASchema(t *testing.T) {
	schema := gqlparser.MustLoadSchema(&ast.Source{Input: `
		type Query { it: RoomEvent }
		interface Event { id: ID! }
		"Something in a room." interface RoomEvent implements Event { id: ID! }
		"Somebody came." type PersonCame implements Event & RoomEvent { id: ID! }
		type Room { id: ID! }`})

	code, err := write(schema)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{
		"// RoomEvent: Something in a room.\ntype RoomEvent interface {\n\tEvent\n\tisRoomEvent()\n}\n",
		"// PersonCame: Somebody came.\ntype PersonCame struct{ fact.Told }\n",
		"func (*PersonCame) isEvent()     {}\nfunc (*PersonCame) isRoomEvent() {}\n",
		"case live.PersonCame:\n\t\treturn &PersonCame{fact.Told{Fact: f}}\n",
	} {
		if types := string(code["graph/event/event_gen.go"]); !strings.Contains(types, line) {
			t.Errorf("%q is missing in\n%s", line, types)
		}
	}

	name := "\t// PersonCame: Somebody came.\n\tPersonCame Type = \"PersonCame\"\n"
	if names := string(code["live/event_type_gen.go"]); !strings.Contains(names, name) {
		t.Errorf("%q is missing in\n%s", name, names)
	}

	if strings.Contains(string(code["graph/event/event_gen.go"]), "type Room struct") {
		t.Error("Room is no event")
	}

	delete(schema.Types, "PersonCame")
	if _, err := write(schema); err == nil {
		t.Error("a schema without events is accepted")
	}
}
