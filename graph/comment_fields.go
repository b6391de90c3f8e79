package graph

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"entgo.io/ent/dialect/sql"

	"ensemble/consultation/change"
	"ensemble/consultation/public"
	"ensemble/consultation/roadmap"
	"ensemble/ent"
	"ensemble/ent/comment"
	"ensemble/ent/commentmention"
	"ensemble/ent/user"
	"ensemble/graph/batch"
	"ensemble/graph/model"
	"ensemble/graph/relay"
)

// commentsOn returns the list of the comments on a subject. counted is the number of readable comments that the subject
// has in its counter.
func commentsOn[T batch.Row](ctx context.Context, r *Resolver, subject T, counted int, filter *model.CommentFilter,
	order model.CommentOrder, a relay.Args,
) (*relay.CommentConnection, error) {
	q, f := r.Consultation.PublicComments(), model.CommentFilter{}
	if filter != nil {
		f = *filter
	}
	filterComments(q, f)

	rootsOnly := order == model.CommentOrderTop || order == model.CommentOrderMostDiscussed
	if rootsOnly {
		q.Where(comment.Depth(0))
	}

	kind, _ := change.KindOf(subject.NodeID())
	list := relay.Of(q, commentOrder(order)).
		Under(comment.FieldSubjectID, func(m *ent.Comment) string { return m.SubjectID }).
		Knowing(kind).By(f) // by the reference that subjectOf follows

	page, err := relay.Nested(ctx, subject, list, a)
	if err != nil || filter != nil || rootsOnly {
		return page, err
	}

	// The whole thread need not be counted: the removed comments that keep their place in it are few.
	return page.CountedBy(func(ctx context.Context) (int, error) {
		removed, err := batch.Load(ctx, subject, "placeholders",
			func(ctx context.Context, rows []T) (map[string]int, error) {
				return r.Consultation.Placeholders(ctx, ids(rows))
			})
		return counted + removed[subject.NodeID()], err
	}), nil
}

// filterComments narrows q to the comments that a filter lets through.
func filterComments(q *ent.CommentQuery, f model.CommentFilter) {
	if f.Alignment != nil {
		q.Where(public.ReadableComment, roadmap.OnSide(*f.Alignment))
	}

	if f.Below != nil {
		q.Where(public.Below(*f.Below))
	}

	if f.RootsOnly {
		q.Where(comment.Depth(0))
	}

	if f.By != nil {
		q.Where(public.ReadableComment,
			writtenBy(*f.By, comment.OrganizationIDIsNil(), comment.OrganizationIDNotNil()))
	}
}

// parentOf returns the comment that m answers; nil for a root. It reads only parents that were not read together with
// m, as most are.
func (r *Resolver) parentOf(ctx context.Context, m *ent.Comment) (*ent.Comment, error) {
	parent := func(m *ent.Comment) string { return value(m.ParentID) }

	parents, err := batch.Load(ctx, m, "parent",
		func(ctx context.Context, rows []*ent.Comment) (map[string]*ent.Comment, error) {
			found := make(map[string]*ent.Comment, len(rows))
			for _, row := range rows {
				found[row.ID] = row
			}

			others := slices.DeleteFunc(batch.IDs(rows, parent), func(id string) bool { return found[id] != nil })
			return found, collect(ctx, found, others, withIDs(r.Consultation.Read.Comment.Query))
		})

	return parents[parent(m)], err
}

// voteOn returns the viewer's vote on a comment: 1 up, -1 down, 0 none.
func (r *Resolver) voteOn(ctx context.Context, m *ent.Comment) (int, error) {
	votes, err := batch.Load(ctx, m, "viewerVote",
		func(ctx context.Context, rows []*ent.Comment) (map[string]int, error) {
			return r.Consultation.VotesOf(ctx, viewer(ctx), ids(rows))
		})
	return votes[m.ID], err
}

// readable returns something that a comment tells everybody; nil when the comment is removed.
func readable[T any](m *ent.Comment, told *T) *T {
	if public.IsRemoved(m) {
		return nil
	}
	return told
}

// personally returns something that a comment tells the viewer, also while moderators keep it from others; nil when the
// viewer may not read the comment.
func personally[T any](ctx context.Context, r *Resolver, m *ent.Comment, told *T) (*T, error) {
	at, err := r.placeOf(ctx, m)
	if err != nil || !roadmap.MayReadHidden(viewer(ctx), m, at.commitment) {
		return nil, err
	}
	return told, nil
}

// removal returns why a comment cannot be read; nil when it can. What is held is hidden as well, and counts as held.
func removal(m *ent.Comment) *model.CommentRemoval {
	if !public.IsRemoved(m) {
		return nil
	}
	return new(model.CommentRemoval(public.RemovalOf(m)))
}

// mentionsIn returns the people that a comment mentions, each once, in order of appearance.
func (r *Resolver) mentionsIn(ctx context.Context, m *ent.Comment) ([]*ent.User, error) {
	mentioned, err := batch.Load(ctx, m, "mentions", r.mentionedIn)
	if err != nil || mentioned[m.ID] == nil {
		return []*ent.User{}, err
	}
	return mentioned[m.ID], nil
}

// mentionedIn returns the people that comments mention, by the ids of the comments.
func (r *Resolver) mentionedIn(ctx context.Context, comments []*ent.Comment) (map[string][]*ent.User, error) {
	nicknames := map[string][]string{}
	for _, m := range comments {
		if all := public.Mentioned(m); len(all) > 0 {
			nicknames[m.ID] = all
		}
	}
	if len(nicknames) == 0 {
		return nil, nil
	}

	people, err := r.namedIn(ctx, slices.Collect(maps.Keys(nicknames)))
	mentioned := map[string][]*ent.User{}
	for id, all := range nicknames {
		for _, nickname := range all {
			u := people[named{id, nickname}]
			same := func(other *ent.User) bool { return other.ID == u.ID }
			if u != nil && !slices.ContainsFunc(mentioned[id], same) {
				mentioned[id] = append(mentioned[id], u)
			}
		}
	}
	return mentioned, err
}

// named is a nickname in a comment, which names the same person for ever.
type named struct{ comment, nickname string }

// namedIn returns whom the nicknames in the comments with these ids name. Those who were erased are left out.
func (r *Resolver) namedIn(ctx context.Context, comments []string) (map[named]*ent.User, error) {
	// A row for each nickname in a comment: its person, the comment, and the nickname.
	people, err := r.Consultation.People().Where(user.ErasedAtIsNil(), func(s *sql.Selector) {
		mentions := sql.Table(commentmention.Table)
		s.Join(mentions).On(mentions.C(commentmention.FieldUserID), s.C(user.FieldID))
		s.Where(sql.In(mentions.C(commentmention.FieldCommentID), anys(comments)...))
		s.AppendSelectAs(mentions.C(commentmention.FieldCommentID), "comment")
		s.AppendSelectAs(mentions.C(commentmention.FieldNickname), "as")
	}).All(ctx)
	if err != nil {
		return nil, err
	}

	found := make(map[named]*ent.User, len(people))
	for _, u := range batch.Together(people) {
		var by named
		if by.comment, err = selected(u, "comment"); err == nil {
			by.nickname, err = selected(u, "as")
		}
		if err != nil {
			return nil, err
		}
		found[by] = u
	}
	return found, nil
}

// selected returns a text that was selected beside a person, under this name.
func selected(u *ent.User, name string) (string, error) {
	value, err := u.Value(name)
	text, ok := value.(string)
	if err == nil && !ok {
		err = fmt.Errorf("%s is no text, but %T", name, value)
	}
	return text, err
}

// anys returns values of one type as values of any.
func anys[T any](values []T) []any {
	all := make([]any, len(values))
	for i, v := range values {
		all[i] = v
	}
	return all
}

// directions maps the value of a vote to its direction in the schema.
var directions = map[int]*model.VoteDirection{1: pointer(model.VoteDirectionUp), -1: pointer(model.VoteDirectionDown)}

// pointer returns a pointer to a copy of v.
func pointer[T any](v T) *T { return &v }

// ballot returns the value of a vote: 1 up, -1 down, 0 taken back.
func ballot(d *model.VoteDirection) int {
	for value, direction := range directions {
		if d != nil && *d == *direction {
			return value
		}
	}
	return 0
}
