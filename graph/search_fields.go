package graph

import (
	"context"
	"errors"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"ensemble/consultation/input"
	"ensemble/consultation/public"
	"ensemble/consultation/refusal"
	"ensemble/consultation/search"
	"ensemble/consultation/search/words"
	"ensemble/consultation/text/markdown"
	"ensemble/ent"
	"ensemble/ent/searchentry"
	"ensemble/graph/batch"
	"ensemble/graph/model"
	"ensemble/graph/relay"
)

// searched is what a search asks: cursors of one are none of another.
type searched struct {
	Query  string
	Filter search.SearchFilter
}

func (s searched) parse() words.Query { return words.Parse(s.Query, value(s.Filter.Language)) }

var searchOrder = by("search", model.DirectionDesc,
	relay.Number(search.SearchRank, func(e *ent.SearchEntry) int {
		rank, err := e.Value(search.SearchRank)
		if err != nil {
			panic("graph: a result without its rank: " + err.Error())
		}
		return int(rank.(int64))
	}),
	relay.Moment(searchentry.FieldPublishedAt, func(e *ent.SearchEntry) time.Time { return e.PublishedAt }))

// search returns the list of what is found.
func (r *Resolver) search(query string, filter *search.SearchFilter, a relay.Args) (*relay.SearchResultConnection, error) {
	s := searched{Query: query}
	if filter != nil {
		s.Filter = *filter
	}

	if words.IsBlank(query) {
		return nil, refusal.BadInput("query", "This must not be empty.")
	}

	if err := errors.Join(searchable("query", &query), fewChoices("filter.kinds", s.Filter.Kinds),
		fewChoices("filter.axes", s.Filter.Axes), fewChoices("filter.territories", s.Filter.Territories)); err != nil {
		return nil, err
	}

	list := relay.Of(r.Consultation.Search(s.parse(), s.Filter), searchOrder).By(s).Through(r.inTime)
	return relay.Page(list, a)
}

// inTime ends a statement of a search that takes too long. Errors: TOO_COMPLEX.
func (r *Resolver) inTime(ctx context.Context, statement func(context.Context) error) error {
	bounded, cancel := context.WithTimeout(ctx, r.Consultation.SearchTime)
	defer cancel()
	err := statement(bounded)
	if err != nil && ctx.Err() == nil && errors.Is(bounded.Err(), context.DeadlineExceeded) {
		return &refusal.Error{Code: TooComplex, Message: "The search takes too long: look for rarer words, or in one process.", Err: err}
	}
	return err
}

var searchKinds = []searchentry.Kind{
	searchentry.KindCOMMITMENT, searchentry.KindAMENDMENT, searchentry.KindCOMMENT, searchentry.KindORGANIZATION,
}

// countKinds counts what is found of each kind, whichever kinds were asked for.
func (r *Resolver) countKinds(ctx context.Context, page *relay.SearchResultConnection) ([]*model.SearchKindCount, error) {
	s, _ := relay.FilterOf[searched](page)
	s.Filter.Kinds = nil

	var found map[searchentry.Kind]int
	err := r.inTime(ctx, func(ctx context.Context) (err error) {
		found, err = r.Consultation.CountKinds(ctx, s.parse(), s.Filter)
		return err
	})
	if err != nil {
		return nil, err
	}

	counts := make([]*model.SearchKindCount, len(searchKinds))
	for i, kind := range searchKinds {
		counts[i] = &model.SearchKindCount{Kind: kind, Count: found[kind]}
	}

	return counts, nil
}

// found returns what a result stands for, read by the scopes that all nodes are read by; nil when it is not public any
// more.
func (r *Resolver) found(ctx context.Context, e *ent.SearchEntry) (relay.SearchItem, error) {
	items, err := batch.Load(ctx, e, "item", func(ctx context.Context, rows []*ent.SearchEntry) (map[string]relay.Node, error) {
		return r.nodes().byIDs(ctx, ids(rows))
	})
	item, _ := items[e.ID].(relay.SearchItem)
	return item, err
}

// shown is what a result shows of an item, in one language.
type shown struct {
	language       *string
	title, excerpt []*words.Span
}

// writing is what an item says in a language.
type writing struct{ language, title, body string }

// shown is made once for the fields that ask for a part of it.
func (r *Resolver) shown(ctx context.Context, e *ent.SearchEntry) (shown, error) {
	return batch.Load(ctx, e, [2]string{"shown", e.ID}, func(ctx context.Context, _ []*ent.SearchEntry) (shown, error) {
		return r.show(ctx, e)
	})
}

// show reads the item as it is now, so that nothing is shown that the index holds by mistake.
func (r *Resolver) show(ctx context.Context, e *ent.SearchEntry) (shown, error) {
	item, err := r.found(ctx, e)
	if err != nil || item == nil {
		return shown{excerpt: []*words.Span{}}, err
	}

	s, err := askedBy(ctx, e)
	if err != nil {
		return shown{}, err
	}

	q := s.parse()

	switch item := item.(type) {
	case *ent.Organization:
		w := best(q, []writing{{"fr", item.Name, ""}, {"en", item.Name, ""}})
		return shown{title: pointers(q.Mark(w.language, w.title)), excerpt: []*words.Span{}}, nil
	case *ent.Comment:
		if public.IsRemoved(item) {
			return shown{excerpt: []*words.Span{}}, nil
		}
		return shown{language: &item.Language, excerpt: pointers(q.Excerpt(item.Language, markdown.CommentPlain(item.Body)))}, nil
	case *ent.Amendment:
		body := markdown.OfficialPlain(item.Body) + "\n" + markdown.CommentPlain(item.Rationale)
		return titled(q, writing{item.Language, item.Title, body}), nil
	}

	return r.shownCommitment(ctx, q, item.(*ent.Commitment), s.Filter.Language)
}

func titled(q words.Query, w writing) shown {
	return shown{&w.language, pointers(q.Mark(w.language, w.title)), pointers(q.Excerpt(w.language, w.body))}
}

// shownCommitment picks a language: the reader's, unless the words are in another one.
func (r *Resolver) shownCommitment(ctx context.Context, q words.Query, c *ent.Commitment, only *string) (shown, error) {
	v, err := r.currentVersion(ctx, c)
	if err != nil {
		return shown{}, err
	}

	p, err := r.processOf(ctx, c)
	if err != nil {
		return shown{}, err
	}

	_, readers := input.InLanguage(v.Body, p.Languages, only, languages(ctx))
	var writings []writing
	for _, lang := range append([]string{readers}, public.Languages(v)...) {
		if only == nil || words.Base(lang) == words.Base(*only) {
			writings = append(writings, writing{lang, v.Title[lang], markdown.OfficialPlain(v.Body[lang])})
		}
	}

	if len(writings) == 0 { // it lost the language a moment ago
		return shown{excerpt: []*words.Span{}}, nil
	}

	return titled(q, best(q, writings)), nil
}

// best returns the first writing that holds all that is looked for, else the one that holds most.
func best(q words.Query, writings []writing) writing {
	most, at := -1, 0
	for i, w := range writings {
		n, all := q.Found(w.language, w.title, w.body)
		if all {
			return w
		}
		if n > most {
			most, at = n, i
		}
	}
	return writings[at]
}

// askedBy returns the search that a result belongs to: the field above it.
func askedBy(ctx context.Context, e *ent.SearchEntry) (searched, error) {
	return batch.Load(ctx, e, "searched", func(ctx context.Context, _ []*ent.SearchEntry) (searched, error) {
		for field := graphql.GetFieldContext(ctx); field != nil; field = field.Parent {
			if query, ok := field.Args["query"].(string); ok && field.Object == "Query" {
				s := searched{Query: query}
				if filter, ok := field.Args["filter"].(*search.SearchFilter); ok && filter != nil {
					s.Filter = *filter
				}
				return s, nil
			}
		}

		return searched{}, errors.New("graph: a result outside a search")
	})
}

func pointers[T any](values []T) []*T {
	all := make([]*T, len(values))
	for i := range values {
		all[i] = &values[i]
	}
	return all
}
