package search

import (
	"context"
	"time"

	"entgo.io/ent/dialect/sql"

	"ensemble/consultation/change"
	"ensemble/consultation/public"
	"ensemble/consultation/search/words"
	"ensemble/ent"
	"ensemble/ent/amendment"
	"ensemble/ent/comment"
	"ensemble/ent/commitment"
	"ensemble/ent/organization"
	"ensemble/ent/searchentry"
	"ensemble/ent/territory"
)

// searchTime bounds one statement of a search. Ninety-nine in a hundred took less than a thirtieth of it:
// docs/performance.md.
const searchTime = 3 * time.Second

// SearchFilter narrows a search. A field that is nil narrows nothing.
type SearchFilter struct {
	Kinds       []searchentry.Kind
	Process     *string
	Axes        []string
	Territories []string
	Language    *string
}

// SearchRank is the column of a result's rank: see rank.
const SearchRank = "rank"

// Search asks for what everybody may read and what matches the query. The index says which nodes have the words; the
// rows themselves say, in the same statement, whether they are public. So what should no longer be in the index is
// neither found nor counted. Results have one more column, SearchRank.
func (s *Index) Search(q words.Query, f SearchFilter) *ent.SearchEntryQuery {
	found := s.Read.SearchEntry.Query().Where(func(outer *sql.Selector) {
		hits := sql.Dialect(outer.Dialect()).With("hits").As(s.hits(outer.Dialect(), q, f))
		outer.Prefix(hits).From(sql.Table("hits").As(searchentry.Table))
	})
	found.Modify(func(outer *sql.Selector) { outer.AppendSelect(outer.C(SearchRank)) })
	return found
}

// CountKinds counts what a search finds, by kind; kinds of which it finds nothing are left out.
func (s *Index) CountKinds(ctx context.Context, q words.Query, f SearchFilter) (map[searchentry.Kind]int, error) {
	var rows []struct {
		Kind  searchentry.Kind `sql:"kind"`
		Count int              `sql:"count"`
	}
	err := s.Search(q, f).Modify(func(outer *sql.Selector) {
		kind := outer.C(searchentry.FieldKind)
		outer.Select(sql.As(kind, "kind"), sql.As(sql.Count("*"), "count")).GroupBy(kind)
	}).Scan(ctx, &rows)

	counts := make(map[searchentry.Kind]int, len(rows))
	for _, row := range rows {
		counts[row.Kind] = row.Count
	}
	return counts, err
}

// hits asks for the entries that match. Each is joined to the rows that say whether it is public.
func (s *Index) hits(dialect string, q words.Query, f SearchFilter) *sql.Selector {
	build := sql.Dialect(dialect)
	table := func(name, alias string) *sql.SelectTable { return build.Table(name).As(alias) }
	e := table(searchentry.Table, "e")

	on := joined{
		build.Select().From(table(commitment.Table, "c")), build.Select().From(table(amendment.Table, "a")),
		build.Select().From(table(comment.Table, "m")), build.Select().From(table(organization.Table, "o")),
	}

	// A left join: an entry has only some of these rows.
	hits := build.Select(e.Columns(searchentry.Columns...)...).From(e).
		LeftJoin(on.commitment.Table()).On(e.C(searchentry.FieldCommitmentID), on.commitment.C("id")).
		LeftJoin(on.amendment.Table()).On(e.C(searchentry.FieldAmendmentID), on.amendment.C("id")).
		LeftJoin(on.comment.Table()).On(e.C("id"), on.comment.C("id")).
		LeftJoin(on.organization.Table()).On(e.C("id"), on.organization.C("id"))

	if q.IsEmpty() {
		return hits.AppendSelectExprAs(sql.Raw("0"), SearchRank).Where(sql.False())
	}

	words := q.FTS5()
	if s.OnPostgres() {
		words = q.TSQuery()
	}
	hits.AppendSelectExprAs(s.rank(e, words), SearchRank)
	return hits.Where(s.contains(e, "words", words.Words)).Where(on.public(e)).Where(on.matching(e, f))
}

// contains asks the index whether the column of an entry matches a condition of package words. On SQLite the column is
// part of the condition already.
func (s *Index) contains(e *sql.SelectTable, column, condition string) *sql.Predicate {
	return sql.P(func(b *sql.Builder) {
		if s.OnPostgres() {
			b.Ident(e.C(column)).WriteString(" @@ ").Arg(condition).WriteString("::text::tsquery")
			return
		}
		b.Ident(e.C("number")).
			WriteString(" IN (SELECT rowid FROM search_words WHERE search_words MATCH ").Arg(condition).WriteString(")")
	})
}

// rank puts first what has all words in its title, then what has them side by side, then organizations, commitments,
// amendments, comments. It depends on the entry and the query alone: it stays the same while others write, and reveals
// nothing about texts that the search does not return. Among equals the newest comes first.
func (s *Index) rank(e *sql.SelectTable, words words.Condition) sql.Querier {
	return sql.ExprFunc(func(b *sql.Builder) {
		b.WriteString("CASE WHEN ").Join(s.contains(e, "title", words.Title)).WriteString(" THEN 8 ELSE 0 END")
		if words.Together != "" {
			b.WriteString(" + CASE WHEN ").Join(s.contains(e, "words", words.Together)).WriteString(" THEN 4 ELSE 0 END")
		}
		b.WriteString(" + CASE ").Ident(e.C(searchentry.FieldKind)).
			WriteString(" WHEN 'ORGANIZATION' THEN 3 WHEN 'COMMITMENT' THEN 2 WHEN 'AMENDMENT' THEN 1 ELSE 0 END")
	})
}

// joined are the tables with the rows that an entry belongs to. Where an entry has no row in a table, its columns are
// null.
type joined struct{ commitment, amendment, comment, organization *sql.Selector }

// public lets through what everybody may read: of an entry's rows, all that there are must be public.
func (on joined) public(e *sql.SelectTable) *sql.Predicate {
	public.PublicCommitment(on.commitment)
	public.PublicAmendment(on.amendment)
	public.ReadableComment(on.comment)

	is := func(kind searchentry.Kind) *sql.Predicate { return sql.EQ(e.C(searchentry.FieldKind), kind) }
	return sql.Or(
		sql.And(is(searchentry.KindORGANIZATION), sql.NotNull(on.organization.C("id"))),
		sql.And(
			on.commitment.P(), // unknown, so not let through, where there is no commitment
			sql.Or(sql.IsNull(e.C(searchentry.FieldAmendmentID)), on.amendment.P()),
			sql.Or(sql.Not(is(searchentry.KindCOMMENT)), sql.And(sql.NotNull(on.comment.C("id")), on.comment.P())),
		),
	)
}

// matching returns the conditions of a filter. Process, axes and territories are those of the commitment; an
// organization has a territory of its own.
func (on joined) matching(e *sql.SelectTable, f SearchFilter) *sql.Predicate {
	all := []*sql.Predicate{sql.P(func(b *sql.Builder) { b.WriteString("1 = 1") })}

	if f.Kinds != nil {
		all = append(all, sql.In(e.C(searchentry.FieldKind), change.Anys(f.Kinds)...))
	}
	if f.Process != nil {
		all = append(all, sql.EQ(on.commitment.C(commitment.FieldProcessID), *f.Process))
	}
	if f.Axes != nil {
		all = append(all, sql.In(on.commitment.C(commitment.FieldAxisID), change.Anys(f.Axes)...))
	}
	if f.Language != nil {
		all = append(all, sql.Contains(e.C(searchentry.FieldLanguages), ","+words.Base(*f.Language)+","))
	}
	if f.Territories != nil {
		all = append(all, on.placed(e, f.Territories))
	}
	return sql.And(all...)
}

// placed lets through entries that are in one of the territories, or in one within them.
func (on joined) placed(e *sql.SelectTable, territories []string) *sql.Predicate {
	within := func() *sql.Selector {
		places := sql.Dialect(on.commitment.Dialect()).Select("id").From(sql.Table(territory.Table))
		public.Within(territories...)(places)
		return places
	}

	commitments := sql.Dialect(on.commitment.Dialect()).Select("commitment_id").
		From(sql.Table(commitment.TerritoriesTable)).Where(sql.In("territory_id", within()))
	return sql.Or(
		sql.In(e.C(searchentry.FieldCommitmentID), commitments),
		sql.In(on.organization.C(organization.FieldTerritoryID), within()),
	)
}
