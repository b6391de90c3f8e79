package graph

import (
	"context"

	"ensemble/consultation/public"
	"ensemble/consultation/roadmap"
	"ensemble/consultation/text"
	"ensemble/ent"
	"ensemble/ent/comment"
	"ensemble/ent/commentedit"
	"ensemble/graph/generated"
	"ensemble/graph/model"
	"ensemble/graph/relay"
)

func (r *commentResolver) Subject(ctx context.Context, obj *ent.Comment) (relay.CommentSubject, error) {
	return r.subjectOf(ctx, obj)
}

func (r *commentResolver) Parent(ctx context.Context, obj *ent.Comment) (*ent.Comment, error) {
	return r.parentOf(ctx, obj)
}

func (r *commentResolver) Path(ctx context.Context, obj *ent.Comment) ([]string, error) {
	return roadmap.PathIDs(obj), nil
}

func (r *commentResolver) Body(ctx context.Context, obj *ent.Comment) (*string, error) {
	return readable(obj), nil
}

func (r *commentResolver) BodyHTML(ctx context.Context, obj *ent.Comment) (*string, error) {
	if public.IsRemoved(obj) {
		return nil, nil
	}
	html := text.CommentHTML(obj.Body)
	return &html, nil
}

func (r *commentResolver) Author(ctx context.Context, obj *ent.Comment) (relay.Actor, error) {
	if public.IsRemoved(obj) {
		return nil, nil
	}
	return actorOf(ctx, r.nodes(), obj, "author", func(m *ent.Comment) string { return public.Face(m.AuthorID, m.OrganizationID) })
}

func (r *commentResolver) Mentions(ctx context.Context, obj *ent.Comment) ([]*ent.User, error) {
	return r.mentionsIn(ctx, obj)
}

func (r *commentResolver) Replies(ctx context.Context, obj *ent.Comment, first *int, after *string, last *int, before *string) (*relay.Connection[*ent.Comment], error) {
	list := relay.Of(r.Consultation.PublicComments(), commentOrder(model.CommentOrderOldest)).
		Under(comment.FieldParentID, func(m *ent.Comment) string { return value(m.ParentID) })
	return relay.Nested(ctx, obj, list, args(first, after, last, before))
}

func (r *commentResolver) AcceptsReplies(ctx context.Context, obj *ent.Comment) (bool, error) {
	return roadmap.AcceptsReplies(obj), nil
}

func (r *commentResolver) Edits(ctx context.Context, obj *ent.Comment, first *int, after *string, last *int, before *string) (*relay.Connection[*ent.CommentEdit], error) {
	list := relay.Of(r.Consultation.PublicEdits(), editOrder).
		Under(commentedit.FieldCommentID, func(e *ent.CommentEdit) string { return e.CommentID })
	return relay.Nested(ctx, obj, list, args(first, after, last, before))
}

func (r *commentResolver) Removal(ctx context.Context, obj *ent.Comment) (*model.CommentRemoval, error) {
	return removal(obj), nil
}

func (r *commentResolver) ViewerBody(ctx context.Context, obj *ent.Comment) (*string, error) {
	at, err := r.placeOf(ctx, obj)
	if err != nil || !roadmap.MayReadHidden(viewer(ctx), obj, at.commitment) {
		return nil, err
	}
	return &obj.Body, nil
}

func (r *commentResolver) ViewerVote(ctx context.Context, obj *ent.Comment) (*model.VoteDirection, error) {
	vote, err := r.voteOn(ctx, obj)
	return directions[vote], err
}

func (r *commentResolver) ViewerCanEdit(ctx context.Context, obj *ent.Comment) (bool, error) {
	at, err := r.placeOf(ctx, obj)
	return err == nil && roadmap.MayEditComment(viewer(ctx), obj, at.commitment, at.amendment, at.openings) == nil, err
}

func (r *commentResolver) ViewerCanDelete(ctx context.Context, obj *ent.Comment) (bool, error) {
	return obj.DeletedAt == nil && roadmap.MayDeleteComment(viewer(ctx), obj) == nil, nil
}

func (r *commentResolver) ViewerCanReply(ctx context.Context, obj *ent.Comment) (bool, error) {
	at, err := r.placeOf(ctx, obj)
	return err == nil && roadmap.AcceptsReplies(obj) && roadmap.MayComment(viewer(ctx), at.commitment, at.amendment, at.openings) == nil, err
}

func (r *commentResolver) ViewerCanVote(ctx context.Context, obj *ent.Comment) (bool, error) {
	at, err := r.placeOf(ctx, obj)
	return err == nil && roadmap.MayVote(viewer(ctx), obj, at.commitment, at.amendment, at.openings) == nil, err
}

func (r *commentEditResolver) BodyHTML(ctx context.Context, obj *ent.CommentEdit) (string, error) {
	return text.CommentHTML(obj.Body), nil
}

func (r *mutationResolver) PostComment(ctx context.Context, input roadmap.PostCommentInput) (*model.PostCommentPayload, error) {
	c, err := r.Consultation.PostComment(ctx, input)
	if err != nil {
		return nil, err
	}
	return &model.PostCommentPayload{Comment: c, Held: c.HeldAt != nil}, nil
}

func (r *mutationResolver) EditComment(ctx context.Context, input model.EditCommentInput) (*model.EditCommentPayload, error) {
	c, err := r.Consultation.EditComment(ctx, input.Comment, input.Body, input.IdempotencyKey)
	if err != nil {
		return nil, err
	}
	return &model.EditCommentPayload{Comment: c}, nil
}

func (r *mutationResolver) DeleteComment(ctx context.Context, input model.DeleteCommentInput) (*model.DeleteCommentPayload, error) {
	c, err := r.Consultation.DeleteComment(ctx, input.Comment, input.IdempotencyKey)
	if err != nil {
		return nil, err
	}
	return &model.DeleteCommentPayload{Comment: c}, nil
}

func (r *mutationResolver) VoteComment(ctx context.Context, input model.VoteCommentInput) (*model.VoteCommentPayload, error) {
	c, err := r.Consultation.VoteComment(ctx, input.Comment, ballot(input.Vote), input.IdempotencyKey)
	if err != nil {
		return nil, err
	}
	return &model.VoteCommentPayload{Comment: c}, nil
}

func (r *Resolver) Comment() generated.CommentResolver { return &commentResolver{r} }

func (r *Resolver) CommentEdit() generated.CommentEditResolver { return &commentEditResolver{r} }

type (
	commentResolver     struct{ *Resolver }
	commentEditResolver struct{ *Resolver }
)
