package consultation

import (
	"context"

	"ensemble/consultation/search"
	"ensemble/ent"
	"ensemble/ent/searchentry"
)

// organizationEntry holds the organization's name, which is found by its words in either language.
func organizationEntry(_ context.Context, _ *Tx, g *ent.Organization) (*entry, error) {
	return &entry{
		kind: searchentry.KindORGANIZATION, publishedAt: g.CreatedAt,
		words: search.IndexOf(search.Text{Language: "fr", Title: g.Name}, search.Text{Language: "en", Title: g.Name}),
	}, nil
}
