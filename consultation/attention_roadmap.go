package consultation

import (
	"context"
	"slices"

	"entgo.io/ent/dialect/sql"

	"ensemble/ent"
	"ensemble/ent/amendment"
	"ensemble/ent/comment"
	"ensemble/ent/commitment"
	"ensemble/ent/follow"
	"ensemble/ent/notification"
	"ensemble/ent/predicate"
	"ensemble/ent/process"
	"ensemble/ent/support"
	"ensemble/ent/version"
	"ensemble/live"
)

// What happens in a roadmap concerns people: whom, and what they are told.

// maxMentions bounds how many people one comment tells that it mentions them, edits included.
const maxMentions = 10

// registerRoadmapConcerns registers whom events of a roadmap concern, what can be followed of it, and what is said of it. Of several
// rows that fit somebody the first counts: their order is a rule.
func (s *Service) registerRoadmapConcerns() {
	s.concern(slices.Concat(commentConcerns, amendmentConcerns, supportConcerns, commitmentConcerns, processConcerns)...)

	s.tellOf("comment", EventSubject{
		Read:    func(ctx context.Context, id string) (node, error) { return s.Read.Comment.Get(ctx, id) },
		Visible: func(row node) bool { return !IsRemoved(row.(*ent.Comment)) },
	})
	s.tellTogether(live.CommitmentPublished)
	s.takePart(live.CommentPosted, live.SupportAdded, live.AmendmentSubmitted)
	s.tellWith(s.readRoadmap)

	s.followable(Followable{
		Kind: follow.KindPROCESS, Table: process.Table,
		Exists: func(ctx context.Context, tx *Tx, id string) (bool, error) {
			return tx.Process.Query().Where(published(id)).Exist(ctx)
		},
		Left: func(t *sql.Selector) *sql.Predicate { return sql.NotNull(t.C(process.FieldPublishedAt)) },
	})
	s.followable(Followable{
		Kind: follow.KindCOMMITMENT, Table: commitment.Table,
		Exists: func(ctx context.Context, tx *Tx, id string) (bool, error) {
			return tx.Commitment.Query().Where(commitment.ID(id), publicCommitment).Exist(ctx)
		},
		Left: func(t *sql.Selector) *sql.Predicate {
			return sql.NotIn(t.C(commitment.FieldStatus), string(commitment.StatusDRAFT), string(commitment.StatusWITHDRAWN))
		},
	})
}

// What items are, and what holds of one that everybody may see.
var (
	shownComments = &Shown{
		comment.Table, "t.deleted_at IS NULL AND t.hidden_at IS NULL AND t.subject_id NOT IN (SELECT id FROM amendments WHERE hidden_at IS NOT NULL)",
	}
	shownAmendments = &Shown{amendment.Table, "t.state <> 'DRAFT' AND t.hidden_at IS NULL"}
	shownSupports   = &Shown{support.Table, "t.commitment_id <> ''"}
)

var commentConcerns = []Concern{
	{
		Kind: notification.KindMENTION, On: []live.Type{live.CommentPosted, live.CommentEdited}, In: "commitment",
		Who: "whoever a comment mentions: ten people at most, each once", To: mentioned, Once: maxMentions, About: onSubject,
		Says: said{Message: "You were mentioned %[1]d times in “%[3]s”."}, Items: shownComments,
	},
	{
		Kind: notification.KindANSWER, On: []live.Type{live.CommentPosted}, In: "commitment",
		Who: "the author of the comment that is answered", When: answers, To: answered, About: onParent,
		Says: said{Message: "There are %[1]d answers to your comment on “%[3]s”."}, Items: shownComments,
	},
	{
		Kind: notification.KindCOMMENT_ON_AMENDMENT, On: []live.Type{live.CommentPosted}, In: "commitment",
		Who: "the author of the amendment", When: onAmendment, To: amenderOfSubject, About: onSubject,
		Says: said{Message: "There are %[1]d comments on your amendment to “%[3]s”."}, Items: shownComments,
	},
}

var amendmentConcerns = []Concern{
	{
		Kind: notification.KindAMENDMENT_ACCEPTED, On: []live.Type{live.AmendmentAccepted}, In: "commitment",
		Who: "its author", To: toAmender, About: (*Happening).Itself,
		Says: said{Message: "Your amendment to “%[3]s” was accepted."},
	},
	{
		Kind: notification.KindAMENDMENT_REJECTED, On: []live.Type{live.AmendmentRejected}, In: "commitment",
		Who: "its author", To: toAmender, About: (*Happening).Itself,
		Says: said{Message: "Your amendment to “%[3]s” was rejected."},
	},
	{
		Kind: notification.KindAMENDMENT_CONFLICTING, On: []live.Type{live.AmendmentMergeStateChanged}, In: "commitment",
		Who:  "its author, when the text has moved on and touches the same words",
		When: conflicts, To: toAmender, About: (*Happening).Itself,
		Says: said{Message: "The text of “%[3]s” now touches the words of your amendment."},
	},
	{
		Kind: notification.KindAMENDMENT_PROMOTED, On: []live.Type{live.AmendmentPromoted}, In: "commitment",
		Who: "followers and supporters of the commitment it was made to", To: followersAndSupporters, About: (*Happening).OnTopic,
		Says: said{Message: "An amendment to “%[3]s” became a commitment of its own."},
	},
	{
		Kind: notification.KindAMENDMENT_SUBMITTED, On: []live.Type{live.AmendmentSubmitted}, In: "commitment",
		Who: "followers and supporters of the commitment", To: followersAndSupporters, About: (*Happening).OnTopicBy,
		Says: said{Message: "%[1]d amendments to “%[3]s” were submitted."}, Items: shownAmendments,
	},
	{
		Kind: notification.KindFOLLOWED_AMENDED, On: []live.Type{live.AmendmentSubmitted}, In: "commitment",
		Who: "followers of the person or organization that amends", To: (*Happening).FollowersOfActor, About: (*Happening).ByActor,
		Says: said{Message: "There are %[1]d new amendments by %[3]s."}, Items: shownAmendments,
	},
}

var supportConcerns = []Concern{
	{
		Kind: notification.KindFOLLOWED_SUPPORTED, On: []live.Type{live.SupportAdded}, In: "commitment",
		Who: "followers of the person or organization that supports", To: (*Happening).FollowersOfActor, About: (*Happening).ByActor,
		Says: said{Message: "There are %[1]d new supports by %[3]s."}, Items: shownSupports,
	},
}

var commitmentConcerns = []Concern{
	{
		Kind: notification.KindCOMMITMENT_REVISED, On: []live.Type{live.VersionPublished}, In: "commitment",
		Who: "followers and supporters: whose support is on an earlier text is asked to confirm it",
		To:  followersAndSupporters, About: (*Happening).OnTopicBy,
		Says: said{Message: "There are %[1]d new versions of “%[3]s”."},
	},
	{
		Kind: notification.KindCOMMITMENT_ADOPTED, On: []live.Type{live.CommitmentStatusChanged}, In: "commitment",
		Who: "followers and supporters", When: adopts, To: followersAndSupporters, About: (*Happening).OnTopic,
		Says: said{Message: "“%[3]s” was adopted."},
	},
	{
		Kind: notification.KindCOMMITMENT_MOVED_ON, On: []live.Type{live.CommitmentStatusChanged}, In: "commitment",
		Who:  "followers and supporters, when it goes to another status",
		When: func(h *Happening) bool { return !adopts(h) }, To: followersAndSupporters, About: (*Happening).OnTopic,
		Says: said{Message: "“%[3]s” is %[4]s now."},
	},
	{
		Kind: notification.KindCOMMITMENT_WITHDRAWN, On: []live.Type{live.CommitmentWithdrawn}, In: "commitment",
		Who: "followers and supporters", To: followersAndSupporters, About: (*Happening).OnTopic,
		Says: said{Message: "“%[3]s” was withdrawn."},
	},
	{
		Kind: notification.KindCOMMITMENT_PUBLISHED, On: []live.Type{live.CommitmentPublished}, In: "process",
		Who: "followers of the process", To: (*Happening).Followers, About: (*Happening).OnTopic,
		Says: said{Message: "%[1]d commitments were published in “%[3]s”."},
	},
}

var processConcerns = []Concern{
	{
		Kind: notification.KindPHASE_OPENED, On: []live.Type{live.PhaseOpened}, In: "process",
		Who: "followers of the process", To: (*Happening).Followers, About: (*Happening).OnTopic,
		Says: said{Message: "A phase of “%[3]s” has opened."},
	},
	{
		Kind: notification.KindPHASE_CLOSED, On: []live.Type{live.PhaseClosed}, In: "process",
		Who: "followers of the process", To: (*Happening).Followers, About: (*Happening).OnTopic,
		Says: said{Message: "A phase of “%[3]s” has closed."},
	},
}

// commentOf is the comment that an event is about.
func commentOf(h *Happening) *ent.Comment { return h.Row.(*ent.Comment) }

// When.

func answers(h *Happening) bool { return commentOf(h).ParentID != nil }

func onAmendment(h *Happening) bool {
	kind, _ := KindOf(commentOf(h).SubjectID)
	return kind == "amendment"
}

func conflicts(h *Happening) bool {
	return h.Word("mergeState") == string(amendment.MergeStateCONFLICTING)
}

func adopts(h *Happening) bool { return h.Word("status") == string(commitment.StatusADOPTED) }

// Who.

func mentioned(h *Happening) []*Statement {
	var all []*Statement
	for i, nickname := range Mentioned(commentOf(h)) {
		if i == maxMentions {
			break
		}
		all = append(all, SQL("SELECT id AS user_id FROM users WHERE nickname = ", nickname))
	}
	return all
}

func answered(h *Happening) []*Statement {
	return []*Statement{SQL("SELECT author_id AS user_id FROM comments WHERE id = ", *commentOf(h).ParentID)}
}

func amenderOfSubject(h *Happening) []*Statement {
	return []*Statement{selectAmender(commentOf(h).SubjectID)}
}

func toAmender(h *Happening) []*Statement { return []*Statement{selectAmender(h.Subject)} }

func selectAmender(id string) *Statement {
	return SQL("SELECT author_id AS user_id FROM amendments WHERE id = ", id)
}

// followersAndSupporters select who followed or supported the commitment before h happened to it.
func followersAndSupporters(h *Happening) []*Statement {
	return append(h.Followers(), SQL("SELECT user_id FROM supports WHERE commitment_id = ", h.Topic).
		Add(" AND user_id IS NOT NULL AND created_at <= ", h.At))
}

// Of what.

func onSubject(h *Happening) (subject, item string) { return commentOf(h).SubjectID, h.Subject }

func onParent(h *Happening) (subject, item string) { return *commentOf(h).ParentID, h.Subject }

// What is said.

// statuses are what a commitment is.
var statuses = map[commitment.Status]said{
	commitment.StatusOPEN:         {Message: "open"},
	commitment.StatusUNDER_REVIEW: {Message: "under review"},
	commitment.StatusADOPTED:      {Message: "adopted"},
	commitment.StatusWITHDRAWN:    {Message: "withdrawn"},
}

// readRoadmap reads what notifications are about: each table once.
func (s *Service) readRoadmap(ctx context.Context, w *Surroundings) error {
	comments, err := found(ctx, nil, s.Read.Comment.Query().Where(onPublicSubject, comment.IDIn(w.IDs("comment")...)).All, w.IDs("comment"))
	amendments, err := found(ctx, err, s.PublicAmendments().Where(amendment.IDIn(w.IDs("amendment")...)).All, w.IDs("amendment"))
	supports, err := found(ctx, err, s.Read.Support.Query().Where(support.IDIn(w.IDs("support")...)).All, w.IDs("support"))
	if err != nil {
		return err
	}
	for id, m := range comments {
		w.On(id, m.Topic)
		if !IsRemoved(m) {
			w.Did(id, commenter(m))
		}
	}
	for id, a := range amendments {
		w.On(id, a.CommitmentID)
		w.Did(id, amender(a))
	}
	for id, given := range supports {
		w.Did(id, Supporter(given))
	}

	commitments, err := found(ctx, nil, s.PublicCommitments().Where(commitment.IDIn(w.IDs("commitment")...)).All, w.IDs("commitment"))
	for _, c := range commitments {
		w.Read(c.ProcessID, c.VersionID)
	}
	versions, err := found(ctx, err, s.Read.Version.Query().Where(version.IDIn(w.IDs("version")...)).All, w.IDs("version"))
	processes, err := found(ctx, err, s.PublicProcesses().Where(process.IDIn(w.IDs("process")...)).All, w.IDs("process"))
	if err != nil {
		return err
	}
	for id, v := range versions {
		w.Did(id, Face(v.AuthorID, v.OrganizationID))
	}
	for id, p := range processes {
		w.Titled(id, p.Title, p.Languages)
	}
	for id, c := range commitments {
		w.Stands(id, statuses[c.Status])
		if v, p := versions[c.VersionID], processes[c.ProcessID]; v != nil && p != nil {
			w.Titled(id, v.Title, p.Languages)
		}
	}
	return s.askToConfirm(ctx, w, commitments)
}

// askToConfirm asks those who are told of a new version, and support an earlier one, for this one.
func (s *Service) askToConfirm(ctx context.Context, w *Surroundings, commitments map[string]*ent.Commitment) error {
	var revised []predicate.Support
	for _, n := range w.Rows {
		if c := commitments[n.SubjectID]; c != nil && n.Kind == notification.KindCOMMITMENT_REVISED {
			revised = append(revised, support.And(support.UserID(n.UserID), support.CommitmentID(c.ID), support.VersionIDNEQ(c.VersionID)))
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
			w.Add(n, said{Message: "Your support is on an earlier text: do you confirm it?"})
		}
	}
	return nil
}
