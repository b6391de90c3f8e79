package graph

import (
	"context"

	"entgo.io/ent/dialect/sql"

	"ensemble/ent"
	"ensemble/ent/commitment"
	"ensemble/ent/predicate"
	"ensemble/ent/support"
	"ensemble/graph/batch"
	"ensemble/graph/model"
	"ensemble/graph/relay"
)

// supportersOf is the list of a commitment's supports.
func (r *Resolver) supportersOf(ctx context.Context, c *ent.Commitment, filter *model.SupportFilter, a relay.Args) (*relay.SupportConnection, error) {
	f := model.SupportFilter{}
	if filter != nil {
		f = *filter
	}
	q := r.Consultation.Read.Support.Query().Where(supportsMatching(f)...)
	list := relay.Of(q, supportOrder).Under(support.FieldCommitmentID, func(s *ent.Support) string { return s.CommitmentID }).
		Knowing("commitment").By(f)
	page, err := relay.Nested(ctx, c, list, a)
	if err == nil && filter == nil {
		page = page.Total(c.SupportCount + c.EarlierSupportCount)
	}
	return page, err
}

func supportsMatching(f model.SupportFilter) []predicate.Support {
	var conditions []predicate.Support
	switch {
	case f.By == nil:
	case *f.By == model.SupporterKindPerson:
		conditions = append(conditions, support.UserIDNotNil())
	default:
		conditions = append(conditions, support.OrganizationIDNotNil())
	}
	if f.IsOnCurrentText != nil {
		current := onCurrentText()
		if !*f.IsOnCurrentText {
			current = support.Not(current)
		}
		conditions = append(conditions, current)
	}
	return conditions
}

// onCurrentText matches supports that speak about the text as it is now.
func onCurrentText() predicate.Support {
	return func(s *sql.Selector) {
		versions := sql.Dialect(s.Dialect()).Select(commitment.FieldVersionID).From(sql.Table(commitment.Table))
		versions.Where(sql.ColumnsEQ(versions.C(commitment.FieldID), s.C(support.FieldCommitmentID)))
		s.Where(sql.In(s.C(support.FieldVersionID), versions))
	}
}

// countSupports counts the supports of a list by who gives them and on which text.
func (r *Resolver) countSupports(ctx context.Context, page *relay.SupportConnection) (*model.SupportCounts, error) {
	f, _ := relay.FilterOf[model.SupportFilter](page)
	counts, err := batch.Load(ctx, page, batch.Arguments(ctx), func(ctx context.Context, pages []*relay.SupportConnection) (map[string]*model.SupportCounts, error) {
		var rows []supportTally
		parent := parentColumn(page.NodeID(), support.FieldCommitmentID, support.FieldOrganizationID)
		err := r.Consultation.Read.Support.Query().Where(supportsMatching(f)...).Where(sql.FieldIn(parent, ids(pages)...)).
			Modify(tallySupports(parent)).Scan(ctx, &rows)
		counts := make(map[string]*model.SupportCounts, len(pages))
		for _, p := range pages {
			counts[p.NodeID()] = &model.SupportCounts{}
		}
		for _, row := range rows {
			row.addTo(counts[row.Parent])
		}
		return counts, err
	})
	return counts[page.NodeID()], err
}

// supportTally is how many supports of a commitment, or by an organization, are alike. The flags are 0 or 1.
type supportTally struct {
	Parent  string
	Person  int
	Current int
	Count   int
}

func tallySupports(parent string) func(*sql.Selector) {
	return func(s *sql.Selector) {
		c := sql.Table(commitment.Table)
		s.Join(c).On(s.C(support.FieldCommitmentID), c.C(commitment.FieldID))
		person := "CASE WHEN " + s.C(support.FieldUserID) + " IS NULL THEN 0 ELSE 1 END"
		current := "CASE WHEN " + s.C(support.FieldVersionID) + " = " + c.C(commitment.FieldVersionID) + " THEN 1 ELSE 0 END"
		s.Select(sql.As(s.C(parent), "parent")).
			AppendSelectExprAs(sql.Raw(person), "person").AppendSelectExprAs(sql.Raw(current), "current").
			AppendSelectExprAs(sql.Raw(sql.Count("*")), "count").GroupBy(s.C(parent), "person", "current")
	}
}

func (t supportTally) addTo(c *model.SupportCounts) {
	if t.Person == 1 {
		c.People += t.Count
	} else {
		c.Organizations += t.Count
	}
	if t.Current == 1 {
		c.OnCurrentText += t.Count
	} else {
		c.OnEarlierTexts += t.Count
	}
}

func (r *Resolver) commitmentOfSupport(ctx context.Context, s *ent.Support) (*ent.Commitment, error) {
	return batch.One(ctx, s, "commitment", func(s *ent.Support) string { return s.CommitmentID }, r.nodes().anyCommitments)
}
