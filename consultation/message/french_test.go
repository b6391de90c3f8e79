package message_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/text/language"

	"ensemble/consultation/message"
	"ensemble/consultation/refusal"
	"ensemble/internal/testsite"
	"ensemble/internal/testsite/scene"
)

// verbs matches the verbs of a format, such as %d.
var verbs = regexp.MustCompile(`%[^a-zA-Z%]*[a-zA-Z%]`)

// spokenIn lists the packages whose code writes messages for people.
var spokenIn = []string{"../../consultation", "../../graph", "../../server"}

// speakers names the functions and types that take a message, and says which of their arguments it is. Code of other
// packages calls them package.Name; code of their own package calls the bare name, which is written after its folder.
var speakers = map[string]int{
	"refusal.BadInput": 1, "refusal.New": 1, "refusal.Conflicting": 1, "refusal.Full": 1, "refusal.UnlessOpen": 1,
	"message.Say": 1, "message.Said": 0, "message.Text": 0,
	"../../consultation/refusal/BadInput": 1, "../../consultation/refusal/New": 1,
	"../../consultation/refusal/Conflicting": 1, "../../consultation/refusal/Full": 1,
	"../../server/rejection": 1, "../../server/crowded": 1, "../../server/beyond": 2, "../../graph/tooComplex": 3,
	"../../graph/variables/w.refuse": 1,
}

// Every message that the code can say is in the French catalogue, with the same verbs in the same order, and the
// catalogue holds no other.
func TestMessagesAreTranslated(t *testing.T) {
	said := messages(t)
	if len(said) < 50 {
		t.Fatalf("found only %d messages: the search is broken", len(said))
	}

	for english, at := range said {
		translated, ok := message.French[english]
		if !ok {
			t.Errorf("%s: no French for %q", at, english)
			continue
		}
		if !slices.Equal(verbs.FindAllString(english, -1), verbs.FindAllString(translated, -1)) {
			t.Errorf("%s: %q and %q have other verbs", at, english, translated)
		}
	}

	for english := range message.French {
		if said[english] == "" {
			t.Errorf("nobody says %q", english)
		}
	}
}

// messages finds each message in the code, with the place where it is.
func messages(t *testing.T) map[string]string {
	t.Helper()
	files := token.NewFileSet()
	said := map[string]string{}

	for _, root := range spokenIn {
		testsite.Must(t, filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			if d.IsDir() && d.Name() == "generated" {
				return filepath.SkipDir
			}
			if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return nil
			}

			file, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution)
			if err != nil {
				return err
			}

			ast.Inspect(file, func(n ast.Node) bool {
				if e := messageOf(n, filepath.ToSlash(filepath.Dir(path))); e != nil {
					note(t, files, said, e)
				}
				return true
			})
			return nil
		}))
	}
	return said
}

// messageOf returns the expression of a message, or nil when n has none. A message is what a speaker takes, or a field
// called Message.
func messageOf(n ast.Node, folder string) ast.Expr {
	switch n := n.(type) {
	case *ast.CallExpr:
		return spoken(nameOf(n.Fun), folder, n.Args)
	case *ast.CompositeLit:
		return spoken(nameOf(n.Type), folder, n.Elts)
	case *ast.KeyValueExpr:
		if key, ok := n.Key.(*ast.Ident); ok && strings.EqualFold(key.Name, "message") {
			return n.Value
		}
	}
	return nil
}

// spoken returns the argument that is the message, or nil when the function or type takes none.
func spoken(name, folder string, args []ast.Expr) ast.Expr {
	i, speaks := speakers[name]
	if !speaks {
		i, speaks = speakers[folder+"/"+name]
	}
	if !speaks || len(args) <= i {
		return nil
	}

	if _, named := args[i].(*ast.KeyValueExpr); named {
		return nil // messageOf is called with this field too
	}
	return args[i]
}

// nameOf returns the name of a function or type in a call: name or package.name.
func nameOf(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return nameOf(e.X) + "." + e.Sel.Name
	}
	return ""
}

// note adds a message that is written out as a literal. One that is not must have been passed on by other code: it is a
// parameter or a field with a name for messages, or what Say has translated.
func note(t *testing.T, files *token.FileSet, said map[string]string, e ast.Expr) {
	t.Helper()
	at := files.Position(e.Pos()).String()

	switch e := e.(type) {
	case *ast.BasicLit, *ast.BinaryExpr:
		said[literal(t, at, e)] = at
	case *ast.CallExpr:
		if name := nameOf(e.Fun); name != "message.Say" && !strings.HasSuffix(name, ".In") {
			t.Errorf("%s: a message made by %s", at, name)
		}
	case *ast.Ident:
		passedOn(t, at, e.Name)
	case *ast.SelectorExpr:
		passedOn(t, at, e.Sel.Name)
	default:
		t.Errorf("%s: a message that is not written out", at)
	}
}

// literal returns a text that is written out, in one line or in several.
func literal(t *testing.T, at string, e ast.Expr) string {
	t.Helper()
	switch e := e.(type) {
	case *ast.BasicLit:
		return testsite.Got(strconv.Unquote(e.Value))(t)
	case *ast.BinaryExpr:
		return literal(t, at, e.X) + literal(t, at, e.Y)
	}
	t.Errorf("%s: a message that is not written out", at)
	return ""
}

// passedOn checks that a name is one that messages are passed on by.
func passedOn(t *testing.T, at, name string) {
	t.Helper()
	if !slices.Contains([]string{"message", "Message", "format", "said"}, name) {
		t.Errorf("%s: a message in %s, which nobody can translate", at, name)
	}
}

// Say answers in the reader's language, and writes numbers as that language does.
func TestSay(t *testing.T) {
	for _, c := range []struct {
		name   string
		reader []language.Tag
		want   string
	}{
		{"nobody knows", nil, "Sign in first."},
		{"English", []language.Tag{language.English, language.French}, "Sign in first."},
		{"French", []language.Tag{language.French}, "Connectez-vous d’abord."},
		{"French of Canada", []language.Tag{language.CanadianFrench}, "Connectez-vous d’abord."},
		{"one we do not speak", []language.Tag{language.German}, "Sign in first."},
		{"the second of two", []language.Tag{language.German, language.French}, "Connectez-vous d’abord."},
		{"any", []language.Tag{language.Und}, "Sign in first."},
	} {
		if got := message.Say(c.reader, "Sign in first."); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}

	e := refusal.BadInput("body", "This has %d characters; at most %d are allowed.", 1001, 1000)
	got := e.In([]language.Tag{language.French})
	if got != "Ce texte a 1\u202f001 caractères ; 1\u202f000 au plus sont admis." &&
		got != "Ce texte a 1\u00a0001 caractères ; 1\u00a0000 au plus sont admis." {
		t.Errorf("in French: %q", got)
	}
	if got := e.In(nil); got != "This has 1,001 characters; at most 1,000 are allowed." {
		t.Errorf("in English: %q", got)
	}
}

// The order of the reader's languages decides, whatever their regions.
func TestSpoken(t *testing.T) {
	for _, c := range []struct{ reader, want string }{
		{"", "en"},
		{"fr", "fr"},
		{"fr-CA en", "fr"},
		{"fr-CA en fr", "fr"},
		{"en-GB fr en", "en"},
		{"de-AT fr-CH", "fr"},
		{"de nl", "en"},
		{"br en", "en"},
		{"br", "fr"},
		{"de br", "fr"},
		{"fr-Latn-FR en", "fr"},
	} {
		if got := message.Spoken(scene.Tags(strings.Fields(c.reader)...)); got != c.want {
			t.Errorf("%q is spoken to in %s, want %s", c.reader, got, c.want)
		}
	}
}

// The singular of a message has no verb that the message itself has not.
func TestSingulars(t *testing.T) {
	for many, one := range message.Singulars {
		if message.French[many] == "" {
			t.Errorf("nobody says %q", many)
		}
		for _, verb := range append(verbs.FindAllString(one.English, -1), verbs.FindAllString(one.French, -1)...) {
			if verb != "%[2]s" && !slices.Contains(verbs.FindAllString(many, -1), verb) {
				t.Errorf("%q has no %s", many, verb)
			}
		}
	}
}
