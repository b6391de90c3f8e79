package demo

import (
	"errors"
	"slices"
	"time"

	"ensemble/consultation/organizations"
	"ensemble/consultation/public"
	"ensemble/consultation/roadmap"
	"ensemble/consultation/text/markdown"
	"ensemble/ent"
	"ensemble/ent/comment"
	"ensemble/live"
)

// votePace is how long after a comment, or the vote before, the sample has somebody vote on it.
const votePace = 37 * time.Minute

// subject is what a comment is about.
type subject struct {
	commitment *ent.Commitment
	amendment  *ent.Amendment // nil when it is about the commitment itself
}

func (on subject) id() string {
	if on.amendment != nil {
		return on.amendment.ID
	}
	return on.commitment.ID
}

func (s *story) subjectOf(in sampleComment) subject {
	if a := s.amendments[in.Subject.Amendment]; a != nil {
		return subject{a.Edges.Commitment, a}
	}
	return subject{s.commitments[in.Subject.Commitment], nil}
}

func (s *story) planComment(in sampleComment) {
	what, at := "comment "+in.Key, s.ago(in.DaysAgo)
	s.plan(at, what, func() error { return s.postSample(in) })

	for i, voter := range append(slices.Clone(in.Votes.Up), in.Votes.Down...) {
		value := 1
		if i >= len(in.Votes.Up) {
			value = -1
		}
		s.plan(at.Add(time.Duration(i+1)*votePace), what+": vote", func() error {
			return s.vote(s.subjectOf(in), s.comments[in.Key], s.users[voter].ID, value)
		})
	}

	if in.EditedBody != "" {
		s.plan(s.ago(in.EditedDaysAgo), what+": edit", func() error {
			return s.edit(s.subjectOf(in), s.comments[in.Key], string(in.Body))
		})
	}

	if in.Deleted {
		s.plan(s.ago(in.DeletedDaysAgo), what+": delete", func() error {
			return s.deleteComment(s.subjectOf(in), s.comments[in.Key])
		})
	}
}

func (s *story) postSample(in sampleComment) error {
	m := &ent.Comment{
		AuthorID: s.users[in.Author].ID, OrganizationID: s.organizationID(in.Organization),
		Body: string(in.Body), Language: in.Language, Alignment: in.Alignment,
	}

	if in.EditedBody != "" {
		m.Body = string(in.EditedBody)
	}
	if in.Parent != nil {
		m.Edges.Parent = s.comments[*in.Parent]
	}

	s.comments[in.Key] = m
	return s.post(s.subjectOf(in), m)
}

// post posts a comment, or an answer to its parent, and announces it with the subject's new counts.
func (s *story) post(on subject, m *ent.Comment) error {
	err := errors.Join(
		roadmap.MayComment(s.viewers[m.AuthorID], on.commitment, on.amendment, s.openings()),
		organizations.MaySign(s.viewers[m.AuthorID], m.OrganizationID),
	)
	if err != nil {
		return err
	}

	m.ID, m.SubjectID, m.Topic, m.CreatedAt = s.newID("comment"), on.id(), on.commitment.ID, s.at
	m.Path = m.ID + "/"

	if parent := m.Edges.Parent; parent != nil {
		if !roadmap.AcceptsReplies(parent) || parent.SubjectID != m.SubjectID || m.Alignment != nil {
			return errors.New("the parent takes no such answer")
		}
		m.ParentID, m.Depth, m.Path = &parent.ID, parent.Depth+1, parent.Path+m.Path
	}

	s.rows.Comments = append(s.rows.Comments, m)
	s.mention(m)
	s.count(public.Commenter(m), live.CommentPosted, on, m, +1)
	return nil
}

// mention remembers whom a comment mentions.
func (s *story) mention(m *ent.Comment) {
	m.MentionsBound = true
	for _, nickname := range markdown.Mentions(m.Body) {
		bears := func(u *ent.User) bool { return u.Nickname != nil && *u.Nickname == nickname }
		if i := slices.IndexFunc(s.rows.Users, bears); i >= 0 {
			s.rows.Mentions = append(s.rows.Mentions, &ent.CommentMention{
				ID: m.ID + "@" + nickname, CommentID: m.ID, Nickname: nickname, UserID: s.rows.Users[i].ID,
			})
		}
	}
}

// count adds n to all that counts a comment, and records the event with the new counts of its subject, in the name of
// actor; "" for nobody's.
func (s *story) count(actor string, event live.Type, on subject, m *ent.Comment, n int) {
	if m.Edges.Parent != nil {
		m.Edges.Parent.ReplyCount += n
	}
	for above := m.Edges.Parent; above != nil; above = above.Edges.Parent {
		above.DescendantCount += n
	}

	on.commitment.ActiveAt = s.at
	all, sides := on.counters()
	*all += n
	if side := sides[roadmap.SideOf(m)]; side != nil {
		*side += n
	}

	s.record(live.Event{
		Topic: m.Topic, Type: event, Subject: m.ID, Actor: actor, Data: map[string]any{
			"subject": m.SubjectID, "commentCount": *all, "for": *sides[comment.AlignmentFOR],
			"against": *sides[comment.AlignmentAGAINST], "neutral": *sides[comment.AlignmentNEUTRAL],
		},
	})
}

// counters returns where the subject counts comments: all of them, and those at the root by the side that they take.
func (on subject) counters() (all *int, sides map[comment.Alignment]*int) {
	pro, con, neutral := &on.commitment.ForCount, &on.commitment.AgainstCount, &on.commitment.NeutralCount
	all = &on.commitment.CommentCount
	if a := on.amendment; a != nil {
		all, pro, con, neutral = &a.CommentCount, &a.ForCount, &a.AgainstCount, &a.NeutralCount
	}
	return all, map[comment.Alignment]*int{
		comment.AlignmentFOR: pro, comment.AlignmentAGAINST: con, comment.AlignmentNEUTRAL: neutral,
	}
}

// edit replaces the text of a comment, and stores the text before as history.
func (s *story) edit(on subject, m *ent.Comment, body string) error {
	if err := roadmap.MayEditComment(s.viewers[m.AuthorID], m, on.commitment, on.amendment, s.openings()); err != nil {
		return err
	}
	s.rows.Edits = append(s.rows.Edits, &ent.CommentEdit{
		ID: s.newID("edit"), CommentID: m.ID, Body: m.Body, CreatedAt: s.at,
	})
	m.Body, m.EditedAt = body, new(s.at)
	s.record(live.Event{
		Topic: m.Topic, Type: live.CommentEdited, Subject: m.ID, Actor: public.Commenter(m),
		Data: map[string]any{"subject": m.SubjectID},
	})
	return nil
}

// deleteComment deletes a comment; what answers it stays.
func (s *story) deleteComment(on subject, m *ent.Comment) error {
	if err := roadmap.MayDeleteComment(s.viewers[m.AuthorID], m); err != nil {
		return err
	}
	m.DeletedAt = new(s.at)
	s.count("", live.CommentRemoved, on, m, -1)
	return nil
}

// vote sets somebody's first vote on a comment: 1 up, -1 down.
func (s *story) vote(on subject, m *ent.Comment, voter string, value int) error {
	if err := roadmap.MayVote(s.viewers[voter], m, on.commitment, on.amendment, s.openings()); err != nil {
		return err
	}

	s.rows.Votes = append(s.rows.Votes, &ent.CommentVote{
		ID: s.newID("vote"), CommentID: m.ID, UserID: voter, Value: value, CreatedAt: s.at,
	})

	m.UpCount, m.DownCount, m.Score = m.UpCount+max(value, 0), m.DownCount+max(-value, 0), m.Score+value

	s.record(live.Event{Topic: m.Topic, Type: live.VoteChanged, Subject: m.ID, Data: map[string]any{
		"subject": m.SubjectID, "upCount": m.UpCount, "downCount": m.DownCount,
	}})
	return nil
}
