package people

import (
	"context"
	"slices"

	"entgo.io/ent/dialect/sql"

	"ensemble/consultation/change"
	"ensemble/ent"
	"ensemble/ent/user"
)

// oddly are signs by which a text may write a nickname after an "@" otherwise than letter by letter; see
// markdown.Unmention. Signs that join emoji, and emphasis, count only beside the "@".
var oddly = []string{
	"＠", "﹫", "&#", "&commat;", "&shy;", "&ZeroWidthSpace;", "&NoBreak;", "&zw", "\u200b", "\u2060", "\ufeff", "\u00ad",
	"@\u200c", "@\u200d", "@*", "@`", `\_`, `\-`,
}

// MaySay matches rows of which a text, in one of the columns, may have one of the nicknames after an "@". SQLite takes
// conditions that nest 1,000 deep, each "or" being a level: so many nicknames are asked for in slices.
func MaySay(nicknames []string, columns ...string) func(*sql.Selector) {
	return func(s *sql.Selector) {
		var ways []*sql.Predicate
		for _, column := range columns {
			for some := range slices.Chunk(nicknames, 100) {
				var said []*sql.Predicate
				for _, n := range some {
					said = append(said, sql.ContainsFold(s.C(column), "@"+n))
				}
				ways = append(ways, sql.Or(said...))
			}
			var odd []*sql.Predicate
			for _, sign := range oddly {
				odd = append(odd, sql.Contains(s.C(column), sign))
			}
			ways = append(ways, sql.Or(odd...))
		}
		s.Where(sql.Or(ways...))
	}
}

// NobodyElses returns the nicknames that a person bears, or bore and nobody else bears.
func NobodyElses(ctx context.Context, tx *change.Tx, u *ent.User) ([]string, error) {
	nicknames, err := NicknamesOf(ctx, tx, u)
	if err != nil {
		return nil, err
	}
	others, err := tx.User.Query().Where(user.NicknameIn(nicknames...), user.IDNEQ(u.ID)).All(ctx)
	for _, other := range others {
		nicknames = slices.DeleteFunc(nicknames, func(n string) bool { return n == *other.Nickname })
	}
	return nicknames, err
}
