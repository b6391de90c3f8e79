package moderation

import (
	"slices"
	"strings"
	"testing"

	"ensemble/consultation/text/markdown"
	"ensemble/ent"
	"ensemble/ent/process"
)

// Each check holds a text for its own reason. Nothing holds what somebody writes who moderates.
func TestHoldChecks(t *testing.T) {
	links := func(n int) string { return strings.Repeat("[ici](https://example.org) ", n) }
	all := ent.Process{LinkLimit: 2, HoldsRepeats: true, HeldWords: []string{"Casino", "prêt à taux"}}

	for _, c := range []struct {
		name string
		in   ent.Process
		said []string // before
		body string
		held []string
	}{
		// Links.
		{"nothing", all, nil, "Bonjour.", nil},
		{"as many links as there may be", all, nil, links(2), nil},
		{"more", all, nil, links(3), []string{"LINKS"}},
		{"bare ones, by mail", all, nil,
			"https://a.example http://b.example <mailto:x@example.org>", []string{"LINKS"}},
		{"any number", ent.Process{LinkLimit: 0}, nil, links(30), nil},
		{"a script is no link", all, nil,
			"[a](javascript:alert(1)) [b](javascript:x) [c](data:text/html,x) <script>", nil},

		// Words.
		{"a word", all, nil, "Viens au CASÌNO !", []string{"WORDS"}},
		{"letters that show nothing", all, nil, "Viens au cas\u200bino !", []string{"WORDS"}},
		{"letters that look like others", all, nil, "Viens au \u0441\u0430sin\u043e !", []string{"WORDS"}},
		{"letters set apart", all, nil, "Viens au c-a-s-i-n-o !", []string{"WORDS"}},
		{"letters set apart by marks", all, nil, "Viens au *c* **a** s&#32;i&#x2e;n&#46;o !", []string{"WORDS"}},
		{"words that go on", all, nil, "Le cas, i no…", nil},
		{"a part of a word", all, nil, "Les casinos.", nil},
		{"words", all, nil, "Un pret à… taux", []string{"WORDS"}},
		{"not in this order", all, nil, "À taux prêt", nil},

		// Several reasons, and repeats.
		{"both", all, nil, "Casino " + links(3), []string{"LINKS", "WORDS"}},
		{"the same again", all, []string{"Non à ceci."}, "NON, à ceci !", []string{"REPEATED"}},
		{"something else", all, []string{"Non à ceci."}, "Non à cela.", nil},
		{"the same again where one may", ent.Process{HoldsRepeats: false}, []string{"x"}, "x", nil},

		// All that is written, or what somebody writes first.
		{"everything", ent.Process{PreModeration: process.PreModerationALL}, nil, "x", []string{"PRE_MODERATION"}},
		{"the first", ent.Process{PreModeration: process.PreModerationFIRST}, nil, "x", []string{"PRE_MODERATION"}},
		{"what follows it", ent.Process{PreModeration: process.PreModerationFIRST}, []string{"y"}, "x", nil},
	} {
		w := Writing{
			process: &c.in, Text: c.body, Plain: markdown.CommentPlain(c.body), Html: markdown.CommentHTML(c.body),
			Known: len(c.said) > 0, Recent: c.said,
		}
		if held := Examine(&w); !slices.Equal(held, c.held) {
			t.Errorf("%s: held for %v, want %v", c.name, held, c.held)
		}

		w.Trusted = true
		if held := Examine(&w); held != nil {
			t.Errorf("%s: somebody who moderates is held for %v", c.name, held)
		}
	}
}
