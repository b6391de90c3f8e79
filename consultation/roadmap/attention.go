package roadmap

import (
	"context"
	"slices"

	"entgo.io/ent/dialect/sql"

	"ensemble/consultation/change"
	"ensemble/consultation/message"
	"ensemble/consultation/notify"
	"ensemble/consultation/public"
	"ensemble/ent"
	"ensemble/ent/amendment"
	"ensemble/ent/comment"
	"ensemble/ent/commitment"
	"ensemble/ent/follow"
	"ensemble/ent/notification"
	"ensemble/ent/predicate"
	"ensemble/ent/support"
	"ensemble/ent/version"
	"ensemble/live"
)

// This file says whom the events of a roadmap concern, and what these people are told.

// registerConcerns registers whom events of a roadmap concern, what people can follow in it, and what they are told.
// When several rows fit a person, the first one counts: their order is a rule.
func (s *Roadmap) registerConcerns() {
	s.notify.Concern(slices.Concat(commentConcerns, amendmentConcerns, supportConcerns, commitmentConcerns)...)

	s.notify.SubjectsOf("comment", notify.EventSubject{
		Read:    func(ctx context.Context, id string) (change.Node, error) { return s.Read.Comment.Get(ctx, id) },
		Visible: func(row change.Node) bool { return !public.IsRemoved(row.(*ent.Comment)) },
	})
	s.notify.Together(live.CommitmentPublished)
	s.notify.TakePart(live.CommentPosted, live.SupportAdded, live.AmendmentSubmitted)
	s.notify.DescribeWith(s.readRoadmap)

	s.notify.Followable(notify.Followable{
		Kind: follow.KindCOMMITMENT, Table: commitment.Table,
		Exists: func(ctx context.Context, tx *change.Tx, id string) (bool, error) {
			return tx.Commitment.Query().Where(commitment.ID(id), public.PublicCommitment).Exist(ctx)
		},
		Left: func(t *sql.Selector) *sql.Predicate {
			return sql.NotIn(t.C(commitment.FieldStatus), string(commitment.StatusDRAFT),
				string(commitment.StatusWITHDRAWN))
		},
	})
}

// These are the items that notifications count, and the conditions under which everybody may see one.
var (
	shownComments   = &notify.Shown{Table: comment.Table, Where: public.ReadableCommentSQL("t")}
	shownAmendments = &notify.Shown{Table: amendment.Table, Where: public.PublicAmendmentSQL("t")}
	shownSupports   = &notify.Shown{Table: support.Table, Where: "1 = 1"} // all are public
)

var commentConcerns = []notify.Concern{
	{
		Kind: notification.KindMENTION, On: []live.Type{live.CommentPosted, live.CommentEdited}, In: "commitment",
		Who: "whoever a comment mentions: ten people at most, each once", To: mentioned,
		Once: public.MaxMentions, About: onSubject,
		Says: message.Said{Message: "You were mentioned %[1]d times in “%[3]s”."}, Items: shownComments,
	},
	{
		Kind: notification.KindANSWER, On: []live.Type{live.CommentPosted}, In: "commitment",
		Who: "the author of the comment that is answered", When: answers, To: answered, About: onParent,
		Says: message.Said{Message: "There are %[1]d answers to your comment on “%[3]s”."}, Items: shownComments,
	},
	{
		Kind: notification.KindCOMMENT_ON_AMENDMENT, On: []live.Type{live.CommentPosted}, In: "commitment",
		Who: "the author of the amendment", When: onAmendment, To: amenderOfSubject, About: onSubject,
		Says: message.Said{Message: "There are %[1]d comments on your amendment to “%[3]s”."}, Items: shownComments,
	},
}

var amendmentConcerns = []notify.Concern{
	{
		Kind: notification.KindAMENDMENT_ACCEPTED, On: []live.Type{live.AmendmentAccepted}, In: "commitment",
		Who: "its author", To: toAmender, About: (*notify.Happening).Itself,
		Says: message.Said{Message: "Your amendment to “%[3]s” was accepted."},
	},
	{
		Kind: notification.KindAMENDMENT_REJECTED, On: []live.Type{live.AmendmentRejected}, In: "commitment",
		Who: "its author", To: toAmender, About: (*notify.Happening).Itself,
		Says: message.Said{Message: "Your amendment to “%[3]s” was rejected."},
	},
	{
		Kind: notification.KindAMENDMENT_CONFLICTING,
		On:   []live.Type{live.AmendmentMergeStateChanged}, In: "commitment",
		Who:  "its author, when the text has moved on and touches the same words",
		When: conflicts, To: toAmender, About: (*notify.Happening).Itself,
		Says: message.Said{Message: "The text of “%[3]s” now touches the words of your amendment."},
	},
	{
		Kind: notification.KindAMENDMENT_PROMOTED, On: []live.Type{live.AmendmentPromoted}, In: "commitment",
		Who: "followers and supporters of the commitment it was made to", To: followersAndSupporters,
		About: (*notify.Happening).OnTopic,
		Says:  message.Said{Message: "An amendment to “%[3]s” became a commitment of its own."},
	},
	{
		Kind: notification.KindAMENDMENT_SUBMITTED, On: []live.Type{live.AmendmentSubmitted}, In: "commitment",
		Who: "followers and supporters of the commitment", To: followersAndSupporters,
		About: (*notify.Happening).OnTopicBy,
		Says:  message.Said{Message: "%[1]d amendments to “%[3]s” were submitted."}, Items: shownAmendments,
	},
	{
		Kind: notification.KindFOLLOWED_AMENDED, On: []live.Type{live.AmendmentSubmitted}, In: "commitment",
		Who: "followers of the person or organization that amends", To: (*notify.Happening).FollowersOfActor,
		About: (*notify.Happening).ByActor,
		Says:  message.Said{Message: "There are %[1]d new amendments by %[3]s."}, Items: shownAmendments,
	},
}

var supportConcerns = []notify.Concern{
	{
		Kind: notification.KindFOLLOWED_SUPPORTED, On: []live.Type{live.SupportAdded}, In: "commitment",
		Who: "followers of the person or organization that supports", To: (*notify.Happening).FollowersOfActor,
		About: (*notify.Happening).ByActor,
		Says:  message.Said{Message: "There are %[1]d new supports by %[3]s."}, Items: shownSupports,
	},
}

var commitmentConcerns = []notify.Concern{
	{
		Kind: notification.KindCOMMITMENT_REVISED, On: []live.Type{live.VersionPublished}, In: "commitment",
		Who: "followers and supporters: whose support is on an earlier text is asked to confirm it",
		To:  followersAndSupporters, About: (*notify.Happening).OnTopicBy,
		Says: message.Said{Message: "There are %[1]d new versions of “%[3]s”."},
	},
	{
		Kind: notification.KindCOMMITMENT_ADOPTED, On: []live.Type{live.CommitmentStatusChanged}, In: "commitment",
		Who: "followers and supporters", When: adopts, To: followersAndSupporters, About: (*notify.Happening).OnTopic,
		Says: message.Said{Message: "“%[3]s” was adopted."},
	},
	{
		Kind: notification.KindCOMMITMENT_MOVED_ON, On: []live.Type{live.CommitmentStatusChanged}, In: "commitment",
		Who:  "followers and supporters, when it goes to another status",
		When: func(h *notify.Happening) bool { return !adopts(h) }, To: followersAndSupporters,
		About: (*notify.Happening).OnTopic,
		Says:  message.Said{Message: "“%[3]s” is %[4]s now."},
	},
	{
		Kind: notification.KindCOMMITMENT_WITHDRAWN, On: []live.Type{live.CommitmentWithdrawn}, In: "commitment",
		Who: "followers and supporters", To: followersAndSupporters, About: (*notify.Happening).OnTopic,
		Says: message.Said{Message: "“%[3]s” was withdrawn."},
	},
	{
		Kind: notification.KindCOMMITMENT_PUBLISHED, On: []live.Type{live.CommitmentPublished}, In: "process",
		Who: "followers of the process", To: (*notify.Happening).Followers, About: (*notify.Happening).OnTopic,
		Says: message.Said{Message: "%[1]d commitments were published in “%[3]s”."},
	},
}

// commentOf returns the comment that an event is about.
func commentOf(h *notify.Happening) *ent.Comment { return h.Row.(*ent.Comment) }

// These functions say when an event concerns somebody.

// answers reports whether a comment answers another one.
func answers(h *notify.Happening) bool { return commentOf(h).ParentID != nil }

// onAmendment reports whether a comment is about an amendment, and not about the commitment itself.
func onAmendment(h *notify.Happening) bool {
	kind, _ := change.KindOf(commentOf(h).SubjectID)
	return kind == "amendment"
}

// conflicts reports whether an amendment, as the event says, now touches the same words as the current text.
func conflicts(h *notify.Happening) bool {
	return h.Word("mergeState") == string(amendment.MergeStateCONFLICTING)
}

// adopts reports whether the event moves a commitment to ADOPTED.
func adopts(h *notify.Happening) bool { return h.Word("status") == string(commitment.StatusADOPTED) }

// These functions select whom an event concerns.

// mentioned selects the people whom a comment names by nicknames. While a comment of an older program waits for
// bindOldMentions, these are the people who bear the nicknames.
func mentioned(h *notify.Happening) []*change.Statement {
	m := commentOf(h)
	var all []*change.Statement
	for _, nickname := range public.Mentioned(m) {
		bearer := change.SQL("SELECT id AS user_id FROM users WHERE nickname = ", nickname)
		if m.MentionsBound {
			bearer = change.SQL("SELECT user_id FROM comment_mentions WHERE comment_id = ", m.ID).
				Add(" AND nickname = ", nickname)
		}
		all = append(all, bearer)
	}
	return all
}

// answered selects the author of the comment that a comment answers; the comment must not be at the root.
func answered(h *notify.Happening) []*change.Statement {
	parent := *commentOf(h).ParentID
	return []*change.Statement{change.SQL("SELECT author_id AS user_id FROM comments WHERE id = ", parent)}
}

// amenderOfSubject selects the author of the amendment that a comment is about.
func amenderOfSubject(h *notify.Happening) []*change.Statement {
	return []*change.Statement{selectAmender(commentOf(h).SubjectID)}
}

// toAmender selects the author of the amendment that the event is about.
func toAmender(h *notify.Happening) []*change.Statement {
	return []*change.Statement{selectAmender(h.Subject)}
}

// selectAmender selects the author of the amendment with this id, whatever its state.
func selectAmender(id string) *change.Statement {
	return change.SQL("SELECT author_id AS user_id FROM amendments WHERE id = ", id)
}

// followersAndSupporters selects who followed or supported the commitment before h happened to it.
func followersAndSupporters(h *notify.Happening) []*change.Statement {
	supporters := change.SQL("SELECT user_id FROM supports WHERE commitment_id = ", h.Topic).
		Add(" AND user_id IS NOT NULL AND created_at <= ", h.At)
	return append(h.Followers(), supporters)
}

// These functions say which subject a notification is about, and which item it counts.

// onSubject puts a comment under what it is about: a commitment or an amendment.
func onSubject(h *notify.Happening) (subject, item string) { return commentOf(h).SubjectID, h.Subject }

// onParent puts a comment under the comment that it answers.
func onParent(h *notify.Happening) (subject, item string) { return *commentOf(h).ParentID, h.Subject }

// What follows says what people are told.

// statuses are the words for the status of a commitment.
var statuses = map[commitment.Status]message.Said{
	commitment.StatusOPEN:         {Message: "open"},
	commitment.StatusUNDER_REVIEW: {Message: "under review"},
	commitment.StatusADOPTED:      {Message: "adopted"},
	commitment.StatusWITHDRAWN:    {Message: "withdrawn"},
}

// readRoadmap reads what notifications are about, each table once, and says who did what, and how things are called.
func (s *Roadmap) readRoadmap(ctx context.Context, w *notify.Surroundings) error {
	ids := w.IDs("comment")
	comments, err := change.Found(ctx, nil,
		s.Read.Comment.Query().Where(public.OnPublicSubject, comment.IDIn(ids...)).All, ids)

	ids = w.IDs("amendment")
	amendments, err := change.Found(ctx, err, s.public.PublicAmendments().Where(amendment.IDIn(ids...)).All, ids)

	ids = w.IDs("support")
	supports, err := change.Found(ctx, err, s.Read.Support.Query().Where(support.IDIn(ids...)).All, ids)
	if err != nil {
		return err
	}

	for id, m := range comments {
		w.On(id, m.Topic)
		if !public.IsRemoved(m) {
			w.Did(id, public.Commenter(m))
		}
	}

	for id, a := range amendments {
		w.On(id, a.CommitmentID)
		w.Did(id, public.Amender(a))
	}
	for id, given := range supports {
		w.Did(id, public.Supporter(given))
	}

	ids = w.IDs("commitment")
	commitments, err := change.Found(ctx, nil, s.public.PublicCommitments().Where(commitment.IDIn(ids...)).All, ids)
	for _, c := range commitments {
		w.Read(c.VersionID)
	}

	ids = w.IDs("version")
	versions, err := change.Found(ctx, err, s.Read.Version.Query().Where(version.IDIn(ids...)).All, ids)
	if err != nil {
		return err
	}

	for id, v := range versions {
		w.Did(id, public.Face(v.AuthorID, v.OrganizationID))
	}
	for id, c := range commitments {
		w.Stands(id, statuses[c.Status])
		if v := versions[c.VersionID]; v != nil {
			w.TitledWithin(id, v.Title, c.ProcessID)
		}
	}

	return s.askToConfirm(ctx, w, commitments)
}

// askToConfirm adds, for those who are told of a new version and support an earlier one, whether they confirm their
// support.
func (s *Roadmap) askToConfirm(
	ctx context.Context, w *notify.Surroundings, commitments map[string]*ent.Commitment,
) error {
	var revised []predicate.Support
	for _, n := range w.Rows {
		if c := commitments[n.SubjectID]; c != nil && n.Kind == notification.KindCOMMITMENT_REVISED {
			revised = append(revised,
				support.And(support.UserID(n.UserID), support.CommitmentID(c.ID), support.VersionIDNEQ(c.VersionID)))
		}
	}

	if len(revised) == 0 {
		return nil
	}
	given, err := s.Read.Support.Query().Where(support.Or(revised...)).All(ctx)
	if err != nil {
		return err
	}

	type place struct{ person, commitment string }
	outdated := map[place]bool{}
	for _, g := range given {
		outdated[place{*g.UserID, g.CommitmentID}] = true
	}

	for _, n := range w.Rows {
		if n.Kind == notification.KindCOMMITMENT_REVISED && outdated[place{n.UserID, n.SubjectID}] {
			w.Add(n, message.Said{Message: "Your support is on an earlier text: do you confirm it?"})
		}
	}
	return nil
}
