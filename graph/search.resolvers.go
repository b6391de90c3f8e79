package graph

import (
	"context"

	"ensemble/consultation/search"
	"ensemble/consultation/search/words"
	"ensemble/ent"
	"ensemble/graph/generated"
	"ensemble/graph/model"
	"ensemble/graph/relay"
)

func (r *queryResolver) Search(ctx context.Context, query string, filter *search.SearchFilter, first *int, after *string, last *int, before *string) (*relay.Connection[*ent.SearchEntry], error) {
	return r.search(query, filter, args(first, after, last, before))
}

func (r *searchResultResolver) Item(ctx context.Context, obj *ent.SearchEntry) (relay.SearchItem, error) {
	return r.found(ctx, obj)
}

func (r *searchResultResolver) Language(ctx context.Context, obj *ent.SearchEntry) (*string, error) {
	s, err := r.shown(ctx, obj)
	return s.language, err
}

func (r *searchResultResolver) Title(ctx context.Context, obj *ent.SearchEntry) ([]*words.Span, error) {
	s, err := r.shown(ctx, obj)
	return s.title, err
}

func (r *searchResultResolver) Excerpt(ctx context.Context, obj *ent.SearchEntry) ([]*words.Span, error) {
	s, err := r.shown(ctx, obj)
	return s.excerpt, err
}

func (r *searchResultConnectionResolver) Counts(ctx context.Context, obj *relay.Connection[*ent.SearchEntry]) ([]*model.SearchKindCount, error) {
	return r.countKinds(ctx, obj)
}

func (r *Resolver) SearchResult() generated.SearchResultResolver { return &searchResultResolver{r} }

func (r *Resolver) SearchResultConnection() generated.SearchResultConnectionResolver {
	return &searchResultConnectionResolver{r}
}

type (
	searchResultResolver           struct{ *Resolver }
	searchResultConnectionResolver struct{ *Resolver }
)
