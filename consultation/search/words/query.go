package words

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"ensemble/consultation/text/clean"
)

// Query is what somebody looks for. Every string is a query: words (all of them must be there), "phrases" in quotes,
// and -unwanted words. The last word may be unfinished when nothing follows it.
type Query struct {
	wanted, unwanted []term
	words            int // of all terms
	tongues          []*tongue
}

// maxWords bounds the words of a query: the first ones are looked for. A sign can mean several words (½).
const maxWords = 64

// term is a word, or a phrase of several words in their order.
type term struct {
	words  []string
	quoted bool
	begun  bool // the last word may be unfinished
}

// minBegun is the least number of code points of a word that is looked for as the beginning of longer words.
const minBegun = 2

// quotes are the characters that open and close a phrase; any of them closes what any of them opened.
const quotes = "\"“”„«»"

// Parse reads a query, in one language or, with "", in all.
func Parse(s, language string) Query {
	q := Query{tongues: named(language)}
	for rest := s; ; {
		rest = strings.TrimLeftFunc(rest, unicode.IsSpace)
		if rest == "" {
			return q
		}

		without := rest[0] == '-'
		rest = strings.TrimPrefix(rest, "-")
		r, size := utf8.DecodeRuneInString(rest)

		if quoted := size > 0 && strings.ContainsRune(quotes, r); quoted {
			phrase, after := until(rest[size:], isQuote)
			_, size = utf8.DecodeRuneInString(after) // the closing one, if any
			rest = after[size:]
			q.add(without, term{words: wordsOf(phrase), quoted: true})
			continue
		}

		var chunk string
		chunk, rest = until(rest, func(r rune) bool { return unicode.IsSpace(r) || isQuote(r) })
		words := wordsOf(chunk)
		if without { // -porte-à-porte
			q.add(true, term{words: words, quoted: len(words) > 1})
			continue
		}
		for i, word := range words {
			begun := rest == "" && i == len(words)-1 && endsInWord(chunk) && clean.Length(word) >= minBegun
			q.add(false, term{words: []string{word}, begun: begun})
		}
	}
}

// add adds a term, as far as it has no more words than a query may have.
func (q *Query) add(without bool, t term) {
	t.words = t.words[:min(len(t.words), maxWords-q.words)]
	q.words += len(t.words)
	switch {
	case len(t.words) == 0:
	case without:
		q.unwanted = append(q.unwanted, t)
	default:
		q.wanted = append(q.wanted, t)
	}
}

func isQuote(r rune) bool { return strings.ContainsRune(quotes, r) }

// until cuts s before the first rune that ends it.
func until(s string, ends func(rune) bool) (part, rest string) {
	if at := strings.IndexFunc(s, ends); at >= 0 {
		return s[:at], s[at:]
	}
	return s, ""
}

func wordsOf(s string) []string {
	var words []string
	for _, w := range clean.Words(s) {
		words = append(words, strings.Fields(w.Folded)...)
	}
	return words
}

func endsInWord(s string) bool {
	words := clean.Words(s)
	return len(words) > 0 && words[len(words)-1].End == len(s)
}

// IsEmpty reports whether nothing can be found: there is no word to look for, or only words that are in every text.
func (q Query) IsEmpty() bool { return q.inAny(sqlite) == "" }

// IsBlank reports whether the query has nothing but white space.
func IsBlank(query string) bool { return strings.TrimSpace(query) == "" }

// syntax is how a database writes a condition on tokens, which consist of letters, numbers, marks, "=" and ".".
type syntax struct {
	and, or, not string
	phrase       func(tokens []string, begun bool) string
}

var sqlite = syntax{" AND ", " OR ", " NOT ", func(tokens []string, begun bool) string {
	phrase := `"` + strings.Join(tokens, " ") + `"`
	if begun {
		phrase += "*"
	}
	return phrase
}}

var postgres = syntax{" & ", " | ", " & !", func(tokens []string, begun bool) string {
	phrase := "'" + strings.Join(tokens, "' <-> '") + "'"
	if begun {
		phrase += ":*"
	}
	return "(" + phrase + ")"
}}

// Condition is a query in the syntax of a database.
type Condition struct {
	Words    string // the whole query, on all columns
	Title    string // that what is wanted is in the title alone
	Together string // that the words are side by side, in their order; empty for a single word, and with phrases
}

// FTS5 returns the query in the syntax of SQLite. It must not be empty.
func (q Query) FTS5() Condition {
	c := q.condition(sqlite)
	c.Title = "{title} : " + c.Title
	return c
}

// TSQuery returns the query for PostgreSQL, as text of the type tsquery. It must not be empty.
func (q Query) TSQuery() Condition { return q.condition(postgres) }

func (q Query) condition(in syntax) Condition {
	c := Condition{Title: q.inAny(in), Together: q.together(in)}
	c.Words = c.Title
	if len(q.unwanted) > 0 {
		c.Words += in.not + "(" + strings.Join(q.banned(in), in.or) + ")"
	}
	return c
}

// inAny returns the condition that all wanted terms are there, in at least one of the query's languages; "" when no
// language has a condition.
func (q Query) inAny(in syntax) string {
	var any []string
	for _, t := range q.tongues {
		if all := q.inOne(in, t); len(all) > 0 {
			any = append(any, "("+strings.Join(all, in.and)+")")
		}
	}
	if len(any) == 0 {
		return ""
	}
	return "(" + strings.Join(any, in.or) + ")"
}

// inOne returns the conditions, all of which must be true, in one language.
func (q Query) inOne(in syntax, t *tongue) []string {
	var all []string
	for _, term := range q.wanted {
		if term.quoted {
			all = append(all, in.phrase(t.exacts(term.words), false))
			continue
		}

		stem, ok := t.stem(term.words[0])
		if !ok {
			continue
		}

		condition := in.phrase([]string{stem}, false)
		if term.begun {
			condition = "(" + condition + in.or + in.phrase(t.exacts(term.words), true) + ")"
		}
		all = append(all, condition)
	}
	return all
}

// banned returns the conditions of which none may be true, in all languages.
func (q Query) banned(in syntax) []string {
	var any []string
	for _, t := range tongues {
		for _, term := range q.unwanted {
			stem, ok := t.stem(term.words[0])

			if term.quoted || !ok {
				any = append(any, in.phrase(t.exacts(term.words), false))
			} else {
				any = append(any, in.phrase([]string{stem}, false))
			}
		}
	}
	return any
}

func (t *tongue) exacts(words []string) []string {
	tokens := make([]string, len(words))
	for i, word := range words {
		tokens[i] = t.exact(word)
	}
	return tokens
}

// together returns the condition that the words are side by side; see Condition.
func (q Query) together(in syntax) string {
	if len(q.wanted) < 2 {
		return ""
	}

	var words []string
	for _, term := range q.wanted {
		if term.quoted {
			return ""
		}
		words = append(words, term.words...)
	}

	begun := q.wanted[len(q.wanted)-1].begun
	var any []string
	for _, t := range q.tongues {
		any = append(any, in.phrase(t.exacts(words), begun))
	}
	return "(" + strings.Join(any, in.or) + ")"
}
