package consultation

import (
	"context"

	"entgo.io/ent/dialect/sql"

	"ensemble/consultation/change"
	"ensemble/consultation/public"
	"ensemble/consultation/search"
	"ensemble/consultation/search/words"
	"ensemble/ent"
	"ensemble/ent/predicate"
	"ensemble/ent/searchentry"
	"ensemble/ent/territory"
)

// badgesOf selects somebody's badges. A badge is a kind of node that no file of the rules knows: a row of the table of
// territories, with an id that says that it is a badge, and with the id of its owner as its code.
func badgesOf(userID string) predicate.Territory { return territory.Code(userID) }

// RegisterBadges says what badges are to the rest of the rules. All of them are about one commitment.
func RegisterBadges(s *Service, commitmentID string) {
	badges := predicate.Territory(sql.FieldHasPrefix("id", "badge_"))
	public.RegisterNode(s.Scopes, "badge", func() *ent.TerritoryQuery { return s.Read.Territory.Query().Where(badges) })

	search.RegisterSearched(s.Index, "badge",
		func(_ context.Context, _ *change.Tx, b *ent.Territory) (*search.Entry, error) {
			return &search.Entry{
				Kind: searchentry.KindCOMMITMENT, Languages: []string{"en"},
				Commitment: &commitmentID, PublishedAt: s.Moment(),
				Words: words.IndexOf(words.Text{Language: "en", Title: b.Name}),
			}, nil
		}, func(tx *change.Tx) *ent.TerritoryQuery { return tx.Territory.Query().Where(badges) })

	s.registerArchive(func() []change.ArchivePart {
		return []change.ArchivePart{change.Archived("badges.json", "id name", s.Read.Territory.Query, badgesOf)}
	})

	s.registerErasure(func(ctx context.Context, tx *change.Tx, e change.Erasing) error {
		mine, err := tx.Territory.Query().Where(badgesOf(e.Account.ID)).IDs(ctx)
		if err != nil {
			return err
		}
		if err := search.Remove(ctx, tx, mine...); err != nil {
			return err
		}
		_, err = tx.Territory.Delete().Where(territory.IDIn(mine...)).Exec(ctx)
		return err
	})

	s.RegisterCommentTopic("badge", func(context.Context, string) (string, error) { return commitmentID, nil })
}

// IndexNow refreshes what the index has of a row, in a transaction of its own.
func IndexNow(ctx context.Context, s *Service, row change.Node) error {
	return s.In(ctx, func(ctx context.Context, tx *change.Tx) error { return s.Refresh(ctx, tx, row) })
}
