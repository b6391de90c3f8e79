package organizations

import (
	"context"

	"ensemble/consultation/change"
	"ensemble/consultation/search"
	"ensemble/consultation/search/words"
	"ensemble/ent"
	"ensemble/ent/searchentry"
)

// organizationEntry returns the search entry of an organization: its name, which is found by its words in French and
// in English.
func organizationEntry(_ context.Context, _ *change.Tx, g *ent.Organization) (*search.Entry, error) {
	return &search.Entry{
		Kind: searchentry.KindORGANIZATION, PublishedAt: g.CreatedAt,
		Words: words.IndexOf(words.Text{Language: "fr", Title: g.Name}, words.Text{Language: "en", Title: g.Name}),
	}, nil
}
