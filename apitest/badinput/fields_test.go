package badinput_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"

	"ensemble/graph/generated"
)

// refusals match code that refuses an input, with its name.
var refusals = regexp.MustCompile(`(?:BadInput|IfMissing|Missing)\((?:ctx, )?"([A-Za-z.]+)"|Field: +"([A-Za-z.]+)"` +
	`|input\.(?:Prose|Line|Tag|Official|Name|TitleLine|BodyProse)\("([A-Za-z.]+)"`)

// What is refused has the name that the schema gives it.
func TestRefusedFieldsAreOfTheSchema(t *testing.T) {
	known := map[string]bool{}
	for _, def := range generated.NewExecutableSchema(generated.Config{}).Schema().Types {
		for _, f := range def.Fields {
			if def.Kind == ast.InputObject {
				known[f.Name] = true
			}
			for _, a := range f.Arguments {
				known[a.Name] = true
			}
		}
	}

	found := 0
	for _, folder := range []string{"../../consultation", "../../graph"} {
		err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") ||
				strings.Contains(path, "generated") {
				return err
			}
			code, err := os.ReadFile(path)
			for _, m := range refusals.FindAllStringSubmatch(string(code), -1) {
				found++
				name := m[1] + m[2] + m[3]
				for part := range strings.SplitSeq(name, ".") {
					if !known[part] {
						t.Errorf("%s refuses %q, which the schema does not have", path, name)
					}
				}
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if found < 100 {
		t.Errorf("found only %d refusals: the search is broken", found)
	}
}
