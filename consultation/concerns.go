package consultation

import (
	"context"
	"slices"

	"ensemble/ent"
	"ensemble/ent/commitment"
	"ensemble/ent/notification"
	"ensemble/live"
)

// Concern says who is told of some events, and as what. Whoever did it is never told, nor whoever has muted the kind.
type Concern struct {
	Kind notification.Kind
	On   []live.Type
	Who  string // in words

	in   string                  // the kind of topic that counts: some events are on two
	when func(h *happening) bool // nil: always
	to   func(h *happening) []audience
	of   func(h *happening) (subject, item string) // item "": the subject says it all
}

// Concerns is the whole table: docs/notifications.md renders it. Of several rows that fit somebody, the first counts.
var Concerns = []Concern{
	{notification.KindMENTION, types(live.CommentPosted, live.CommentEdited), "whoever a comment mentions: ten people at most, each once",
		"commitment", nil, (*happening).mentioned, (*happening).onSubject},
	{notification.KindANSWER, types(live.CommentPosted), "the author of the comment that is answered",
		"commitment", (*happening).answers, (*happening).answered, (*happening).onParent},
	{notification.KindCOMMENT_ON_AMENDMENT, types(live.CommentPosted), "the author of the amendment",
		"commitment", (*happening).onAmendment, (*happening).amenderOfSubject, (*happening).onSubject},

	{notification.KindAMENDMENT_ACCEPTED, types(live.AmendmentAccepted), "its author", "commitment", nil, (*happening).amender, itself},
	{notification.KindAMENDMENT_REJECTED, types(live.AmendmentRejected), "its author", "commitment", nil, (*happening).amender, itself},
	{notification.KindAMENDMENT_CONFLICTING, types(live.AmendmentMergeStateChanged), "its author, when the text has moved on and touches the same words",
		"commitment", (*happening).conflicts, (*happening).amender, itself},
	{notification.KindAMENDMENT_PROMOTED, types(live.AmendmentPromoted), "followers and supporters of the commitment it was made to",
		"commitment", nil, (*happening).concerned, onTopic},

	{notification.KindAMENDMENT_SUBMITTED, types(live.AmendmentSubmitted), "followers and supporters of the commitment",
		"commitment", nil, (*happening).concerned, onTopicBy},
	{notification.KindFOLLOWED_AMENDED, types(live.AmendmentSubmitted), "followers of the person or organization that amends",
		"commitment", nil, (*happening).followersOfActor, byActor},
	{notification.KindFOLLOWED_SUPPORTED, types(live.SupportAdded), "followers of the person or organization that supports",
		"commitment", nil, (*happening).followersOfActor, byActor},

	{notification.KindCOMMITMENT_REVISED, types(live.VersionPublished), "followers and supporters: whose support is on an earlier text is asked to confirm it",
		"commitment", nil, (*happening).concerned, onTopicBy},
	{notification.KindCOMMITMENT_ADOPTED, types(live.CommitmentStatusChanged), "followers and supporters",
		"commitment", (*happening).adopts, (*happening).concerned, onTopic},
	{notification.KindCOMMITMENT_MOVED_ON, types(live.CommitmentStatusChanged), "followers and supporters, when it goes to another status",
		"commitment", func(h *happening) bool { return !h.adopts() }, (*happening).concerned, onTopic},
	{notification.KindCOMMITMENT_WITHDRAWN, types(live.CommitmentWithdrawn), "followers and supporters",
		"commitment", nil, (*happening).concerned, onTopic},

	{notification.KindCOMMITMENT_PUBLISHED, types(live.CommitmentPublished), "followers of the process", "process", nil, (*happening).followers, onTopic},
	{notification.KindPHASE_OPENED, types(live.PhaseOpened), "followers of the process", "process", nil, (*happening).followers, onTopic},
	{notification.KindPHASE_CLOSED, types(live.PhaseClosed), "followers of the process", "process", nil, (*happening).followers, onTopic},

	// No event stands for these: what is private is told by notify.
	{Kind: notification.KindCONTENT_MODERATED, Who: "the author of what was hidden, restored, published or refused"},
	{Kind: notification.KindAPPEAL_DECIDED, Who: "whoever appealed"},
	{Kind: notification.KindINVITATION, Who: "whoever is invited into an organization"},
	{Kind: notification.KindROLE, Who: "whoever gets or loses a role in a process, in an organization or on the site"},
}

func types(all ...live.Type) []live.Type { return all }

// concernsOf are the rows that events of a type on a kind of topic may fit.
func concernsOf(t live.Type, topic string) []Concern {
	kind, _ := KindOf(topic)
	return slices.DeleteFunc(slices.Clone(Concerns), func(c Concern) bool { return c.in != kind || !slices.Contains(c.On, t) })
}

// audiences are who is told of h by this row.
func (c Concern) audiences(h *happening) []audience {
	if c.when != nil && !c.when(h) {
		return nil
	}
	return c.to(h)
}

// happening is an event that is told, with the comment it is about, if it is about one.
type happening struct {
	live.Event
	comment *ent.Comment
}

// audience is a query for the ids of people, in which a ? stands for each argument.
type audience struct {
	query string
	args  []any
}

func (s *Service) happening(ctx context.Context, e live.Event) (*happening, error) {
	h := &happening{Event: e}
	if kind, _ := KindOf(e.Subject); kind != "comment" {
		return h, nil
	}
	m, err := s.Read.Comment.Get(ctx, e.Subject)
	h.comment = m
	return h, err
}

// visible says whether everybody may see now what happened.
func (h *happening) visible() bool { return h.comment == nil || !IsRemoved(h.comment) }

func (h *happening) answers() bool { return h.comment.ParentID != nil }

func (h *happening) onAmendment() bool {
	kind, _ := KindOf(h.comment.SubjectID)
	return kind == "amendment"
}

func (h *happening) conflicts() bool { return h.word("mergeState") == "CONFLICTING" }

func (h *happening) adopts() bool { return h.word("status") == string(commitment.StatusADOPTED) }

// word reads a state from the event's data, as the log keeps it.
func (h *happening) word(name string) string {
	word, _ := h.Data[name].(string)
	return word
}

// Who.

// followersOf are those who followed before it happened.
func (h *happening) followersOf(subject string) audience {
	return audience{"SELECT user_id FROM follows WHERE subject_id = ? AND active AND created_at <= ?", []any{subject, h.At}}
}

func authorOf(table, id string) audience {
	return audience{"SELECT author_id AS user_id FROM " + table + " WHERE id = ?", []any{id}}
}

func (h *happening) mentioned() []audience {
	var all []audience
	for i, nickname := range Mentioned(h.comment) {
		if i == maxMentions {
			break
		}
		all = append(all, audience{"SELECT id AS user_id FROM users WHERE nickname = ?", []any{nickname}})
	}
	return all
}

func (h *happening) answered() []audience {
	return []audience{authorOf("comments", *h.comment.ParentID)}
}

func (h *happening) amenderOfSubject() []audience {
	return []audience{authorOf("amendments", h.comment.SubjectID)}
}

func (h *happening) amender() []audience { return []audience{authorOf("amendments", h.Subject)} }

func (h *happening) followers() []audience { return []audience{h.followersOf(h.Topic)} }

func (h *happening) followersOfActor() []audience { return []audience{h.followersOf(h.Actor)} }

func (h *happening) concerned() []audience {
	return []audience{
		h.followersOf(h.Topic),
		{"SELECT user_id FROM supports WHERE commitment_id = ? AND user_id IS NOT NULL AND created_at <= ?", []any{h.Topic, h.At}},
	}
}

// Of what.

func (h *happening) onSubject() (subject, item string) { return h.comment.SubjectID, h.Subject }

func (h *happening) onParent() (subject, item string) { return *h.comment.ParentID, h.Subject }

func itself(h *happening) (subject, item string) { return h.Subject, "" }

func onTopic(h *happening) (subject, item string) { return h.Topic, "" }

func onTopicBy(h *happening) (subject, item string) { return h.Topic, h.Subject }

func byActor(h *happening) (subject, item string) { return h.Actor, h.Subject }
