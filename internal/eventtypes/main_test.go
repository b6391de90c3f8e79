package main

import (
	"os"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
)

// TestEventTypesAreWritten fails when the schema has changed and package event has not.
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
	if got, err := os.ReadFile(target); err != nil || string(got) != string(want) {
		t.Errorf("%s is not what the schema says: run make generate (%v)", target, err)
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
		"// PersonCame: Somebody came.\ntype PersonCame struct{ *fact.Fact }\n",
		"func (*PersonCame) isEvent()     {}\nfunc (*PersonCame) isRoomEvent() {}\n",
		"case live.PersonCame:\n\t\treturn &PersonCame{f}\n",
	} {
		if !strings.Contains(string(code), line) {
			t.Errorf("%q is missing in\n%s", line, code)
		}
	}
	if strings.Contains(string(code), "type Room struct") {
		t.Error("Room is no event")
	}

	delete(schema.Types, "PersonCame")
	if _, err := write(schema); err == nil {
		t.Error("a schema without events is accepted")
	}
}
