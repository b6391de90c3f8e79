package graph

import (
	"context"
	"errors"

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

// searched is what a search asks. It is the filter of the list of results, so that a cursor of one search is refused by
// another.
type searched struct {
	Query  string
	Filter search.SearchFilter
}

// parse returns the words that are looked for, in the language of the filter or, without one, in all.
func (s searched) parse() words.Query { return words.Parse(s.Query, value(s.Filter.Language)) }

// search returns the list of what is found. Errors: BAD_USER_INPUT for bad arguments.
func (r *Resolver) search(
	query string, filter *search.SearchFilter, a relay.Args,
) (*relay.SearchResultConnection, error) {
	s := searched{Query: query}
	if filter != nil {
		s.Filter = *filter
	}

	if words.IsBlank(query) {
		return nil, refusal.BadInput("query", "This must not be empty.")
	}

	err := errors.Join(
		searchable("query", &query), fewChoices("filter.kinds", s.Filter.Kinds),
		fewChoices("filter.axes", s.Filter.Axes), fewChoices("filter.territories", s.Filter.Territories),
	)
	if err != nil {
		return nil, err
	}

	list := relay.Of(r.Consultation.Search(s.parse(), s.Filter), searchOrder).By(s).Through(r.inTime)
	return relay.Page(list, a)
}

// inTime runs a statement of a search when it is its turn, and ends it when it takes longer than SearchTime. Errors:
// TOO_COMPLEX then.
func (r *Resolver) inTime(ctx context.Context, statement func(context.Context) error) error {
	done, err := r.Consultation.SearchTurns.Take(ctx)
	if err != nil {
		return err
	}
	defer done()

	bounded, cancel := context.WithTimeout(ctx, r.Consultation.SearchTime)
	defer cancel()

	err = statement(bounded)
	if err != nil && ctx.Err() == nil && errors.Is(bounded.Err(), context.DeadlineExceeded) {
		limit := r.Consultation.SearchTime.Milliseconds()
		return &refusal.Error{
			Code: TooComplex, Message: "The search takes too long: look for rarer words, or in one process.", Err: err,
			Details: map[string]any{"searchTime": limit, "limit": limit},
		}
	}

	return err
}

// searchKinds lists the kinds of results in the order in which they are counted.
var searchKinds = []searchentry.Kind{
	searchentry.KindCOMMITMENT, searchentry.KindAMENDMENT, searchentry.KindCOMMENT, searchentry.KindORGANIZATION,
}

// countKinds counts the results of each kind, whichever kinds the filter asks for. A kind without results has 0.
func (r *Resolver) countKinds(
	ctx context.Context, page *relay.SearchResultConnection,
) ([]*model.SearchKindCount, error) {
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

// found returns the item that a result stands for, as it is now; nil when not everybody may see it any more. It is read
// like any other node: the index is not asked who may see it.
func (r *Resolver) found(ctx context.Context, e *ent.SearchEntry) (relay.SearchItem, error) {
	items, err := batch.Load(ctx, e, "item",
		func(ctx context.Context, rows []*ent.SearchEntry) (map[string]relay.Node, error) {
			return r.nodes().byIDs(ctx, ids(rows))
		})
	item, _ := items[e.ID].(relay.SearchItem)
	return item, err
}

// shown is what a result shows of an item, in one language. Without an item, or for a removed one, it is empty.
type shown struct {
	language *string
	title    []*words.Span
	body     func(context.Context) (string, error) // that an excerpt is of, without markup; nil for none
}

// writing is the text of an item in one language, without markup.
type writing struct{ language, title, body string }

// shown returns what a result shows. It is made once, for all fields that ask for a part of it.
func (r *Resolver) shown(ctx context.Context, e *ent.SearchEntry) (shown, error) {
	return batch.Load(ctx, e, [2]string{"shown", e.ID}, func(ctx context.Context, _ []*ent.SearchEntry) (shown, error) {
		return r.show(ctx, e)
	})
}

// show makes what a result shows. Title and body come from the item as it is now, not from the index, which may be
// behind.
func (r *Resolver) show(ctx context.Context, e *ent.SearchEntry) (shown, error) {
	item, err := r.found(ctx, e)
	if err != nil || item == nil {
		return shown{}, err
	}

	s, q, err := askedBy(ctx, e)
	if err != nil {
		return shown{}, err
	}

	switch item := item.(type) {
	case *ent.Organization: // a name has no language: it is compared with the words in both
		w := best(q, []writing{{"fr", item.Name, ""}, {"en", item.Name, ""}})
		return shown{title: pointers(q.Mark(w.language, w.title))}, nil
	case *ent.Comment:
		if public.IsRemoved(item) {
			return shown{}, nil
		}
		return shown{language: &item.Language, body: func(ctx context.Context) (string, error) {
			return markdown.CommentPlainInTurn(ctx, item.Body)
		}}, nil
	case *ent.Amendment:
		title := pointers(q.Mark(item.Language, item.Title))
		return shown{&item.Language, title, func(ctx context.Context) (string, error) {
			return plainAmendment(ctx, item)
		}}, nil
	}

	return r.shownCommitment(ctx, q, item.(*ent.Commitment), s.Filter.Language)
}

// plainAmendment returns the text that an amendment proposes, and its reasons, without markup.
func plainAmendment(ctx context.Context, a *ent.Amendment) (string, error) {
	body, err := markdown.OfficialPlainInTurn(ctx, a.Body)
	if err != nil {
		return "", err
	}
	reasons, err := markdown.CommentPlainInTurn(ctx, a.Rationale)
	return body + "\n" + reasons, err
}

// excerpt returns the part of a text that a result shows. It is made once, for all fields that ask for it.
func (r *Resolver) excerpt(ctx context.Context, e *ent.SearchEntry) ([]*words.Span, error) {
	return batch.Load(ctx, e, [2]string{"excerpt", e.ID},
		func(ctx context.Context, _ []*ent.SearchEntry) ([]*words.Span, error) {
			shown, err := r.shown(ctx, e)
			if err != nil || shown.body == nil {
				return []*words.Span{}, err
			}
			body, err := shown.body(ctx)
			if err != nil {
				return nil, err
			}

			s, q, err := askedBy(ctx, e)
			if err != nil {
				return nil, err
			}
			spans, err := search.Excerpt(ctx, q, s.Query, *shown.language, body)
			return pointers(spans), err
		})
}

// shownCommitment returns what a result shows of a commitment, in the reader's language unless the words that are
// looked for are in another one. only is the language of the filter, nil for any.
func (r *Resolver) shownCommitment(ctx context.Context, q words.Query, c *ent.Commitment, only *string) (shown, error) {
	v, err := r.currentVersion(ctx, c)
	if err != nil {
		return shown{}, err
	}

	p, err := r.processOf(ctx, c)
	if err != nil {
		return shown{}, err
	}

	// The reader's language comes first, since best prefers the first of equal ones.
	_, readers := input.InLanguage(v.Body, p.Languages, only, languages(ctx))

	var writings []writing
	for n, lang := range append([]string{readers}, public.Languages(v)...) {
		if n > 0 && lang == readers || only != nil && words.Base(lang) != words.Base(*only) {
			continue
		}
		body, err := markdown.OfficialPlainInTurn(ctx, v.Body[lang])
		if err != nil {
			return shown{}, err
		}
		writings = append(writings, writing{lang, v.Title[lang], body})
	}

	if len(writings) == 0 { // a new version without the language was published after the search
		return shown{}, nil
	}

	w := best(q, writings)
	return shown{&w.language, pointers(q.Mark(w.language, w.title)), func(context.Context) (string, error) {
		return w.body, nil
	}}, nil
}

// best returns the first writing that contains all words that are looked for, else the one that contains most of them.
// There must be at least one.
func best(q words.Query, writings []writing) writing {
	if len(writings) == 1 {
		return writings[0]
	}

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

// askedBy returns the search that a result belongs to, from the arguments of the search field above it.
func askedBy(ctx context.Context, e *ent.SearchEntry) (searched, words.Query, error) {
	type asked struct {
		searched
		words words.Query
	}

	a, err := batch.Load(ctx, e, "searched", func(ctx context.Context, _ []*ent.SearchEntry) (asked, error) {
		for field := graphql.GetFieldContext(ctx); field != nil; field = field.Parent {
			if query, ok := field.Args["query"].(string); ok && field.Object == "Query" {
				s := searched{Query: query}
				if filter, ok := field.Args["filter"].(*search.SearchFilter); ok && filter != nil {
					s.Filter = *filter
				}

				return asked{s, s.parse()}, nil
			}
		}

		return asked{}, errors.New("graph: a result outside a search")
	})
	return a.searched, a.words, err
}

// pointers returns pointers to values, in their order.
func pointers[T any](values []T) []*T {
	all := make([]*T, len(values))
	for i := range values {
		all[i] = &values[i]
	}
	return all
}
