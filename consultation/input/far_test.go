package input

import (
	"errors"
	"strings"
	"testing"

	"ensemble/consultation/refusal"
)

// What is far too long is refused as what is a little too long is, and nobody cleans it first.
func TestFarTooLong(t *testing.T) {
	cleaned := func(string) (string, error) {
		t.Error("it is cleaned")
		return "", nil
	}
	_, err := bounded("name", strings.Repeat("a ", 500_000), cleaned, 1, MaxName)
	var refused *refusal.Error
	const want = "This has 1,000,000 characters; at most 80 are allowed."
	if !errors.As(err, &refused) || refused.Code != refusal.BadUserInput || refused.Field != "name" ||
		refused.In(nil) != want {
		t.Errorf("%+v, want %s", err, want)
	}
}

// Each kind of text has its bound. What cleaning drops counts when there is very much of it.
func TestEachKindHasABound(t *testing.T) {
	for kind, check := range map[string]func(s string) (string, error){
		"name":  func(s string) (string, error) { return Name("x", s, MaxName) },
		"line":  func(s string) (string, error) { return Line("x", s, MaxName) },
		"title": func(s string) (string, error) { return TitleLine("x", s) },
		"prose": func(s string) (string, error) { return Prose("x", s, 0, MaxReason) },
		"body":  func(s string) (string, error) { return BodyProse("x", s) },
		"tag":   func(s string) (string, error) { return Tag("x", s) },
	} {
		if _, err := check("fr" + strings.Repeat(" ", 1_000_000)); refusal.CodeOf(err) != refusal.BadUserInput {
			t.Errorf("%s: %v", kind, err)
		}
	}
}

// A name that is as long as names may be is no longer too long when its letters are written apart.
func TestLettersWrittenApart(t *testing.T) {
	for in, want := range map[string]string{"\u1112\u1161\u11ab": "한", "u\u031b\u0301": "ứ", "𠮷": "𠮷"} {
		got, err := Name("name", strings.Repeat(in, MaxName), MaxName)
		if got != strings.Repeat(want, MaxName) || err != nil {
			t.Errorf("%s: %s, %v", want, got, err)
		}
	}
}
