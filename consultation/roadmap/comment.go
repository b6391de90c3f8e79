package roadmap

import (
	"context"
	"strings"
	"time"

	"entgo.io/ent/dialect/sql"

	"ensemble/auth"
	"ensemble/consultation/change"
	"ensemble/consultation/input"
	"ensemble/consultation/moderation"
	"ensemble/consultation/organizations"
	"ensemble/consultation/permission"
	"ensemble/consultation/public"
	"ensemble/consultation/refusal"
	"ensemble/consultation/text/markdown"
	"ensemble/ent"
	"ensemble/ent/comment"
	"ensemble/ent/predicate"
	"ensemble/live"
)

// Alignments are how many root comments of a subject take each side.
type Alignments struct {
	For     int
	Against int
	Neutral int
}

// draftComment is a comment on its way through the checks, with what the checks look at.
type draftComment struct {
	in      PostCommentInput
	viewer  auth.Viewer
	writing *moderation.Writing
	subject *subject
	parent  *ent.Comment // nil at the root
	signs   error        // why the viewer may not sign for the organization
	body    string
	lang    string
	wait    time.Duration // until the person may post again
}

// postChecks are the checks of a new comment. They run in this order, and the first refusal counts. What only holds a
// comment until a moderator has read it comes afterwards, in moderation/hold.go.
var postChecks = []func(*draftComment) error{
	(*draftComment).mayComment,
	(*draftComment).maySign,
	(*draftComment).parentAccepts,
	(*draftComment).alignedAtRoot,
	(*draftComment).length,
	(*draftComment).language,
	(*draftComment).pace,
}

// mayComment refuses a viewer who may not comment, and a subject that takes no comments now. Errors: those of
// MayComment.
func (d *draftComment) mayComment() error {
	return MayComment(d.viewer, d.subject.commitment, d.subject.amendment, d.subject.openings)
}

// maySign refuses a comment in the name of an organization for which the viewer may not sign. load has asked that in
// the transaction. Errors: FORBIDDEN on organization.
func (d *draftComment) maySign() error { return d.signs }

// parentAccepts refuses an answer to a comment of another thread, to one that was removed, and to one at maxDepth.
// Errors: BAD_USER_INPUT on parent.
func (d *draftComment) parentAccepts() error {
	switch {
	case d.in.Parent == nil:
		return nil
	case d.parent == nil, d.parent.SubjectID != d.in.Subject,
		public.IsRemoved(d.parent) && d.parent.DescendantCount == 0: // nobody sees where it was
		return refusal.BadInput("parent", "This is not a comment of the same thread.")
	case public.IsRemoved(d.parent):
		return refusal.BadInput("parent", "This comment was removed.")
	case !AcceptsReplies(d.parent):
		return refusal.BadInput("parent", "The thread is too deep to answer here.")
	}
	return nil
}

// alignedAtRoot refuses a side (for, against, neutral) in an answer: only comments at the root are counted by their
// side. Errors: BAD_USER_INPUT on alignment.
func (d *draftComment) alignedAtRoot() error {
	if d.in.Parent != nil && d.in.Alignment != nil {
		return refusal.BadInput("alignment", "Only a comment at the root of the thread takes a side.")
	}
	return nil
}

// length cleans the body, and refuses one that is empty or longer than the process allows. Errors: BAD_USER_INPUT on
// body.
func (d *draftComment) length() (err error) {
	d.body, err = input.Prose("body", d.in.Body, 1, d.subject.process.CommentMaxLength)
	return err
}

// language takes the language of the input, where there is one, in place of the one that load has chosen. Errors:
// BAD_USER_INPUT on language.
func (d *draftComment) language() (err error) {
	if d.in.Language != nil {
		d.lang, err = input.Tag("language", *d.in.Language)
	}
	return err
}

// pace refuses a person who posted a comment a moment ago, so that nobody floods a thread. Errors: RATE_LIMITED.
func (d *draftComment) pace() error {
	if d.wait > 0 {
		return refusal.TooOften("commentPace", d.wait)
	}
	return nil
}

// PostComment posts a comment or an answer, and announces it with the subject's new counts. If a check asks for a
// moderator, the comment is held instead, and nobody is told of it until a moderator has read it.
// Errors: UNAUTHENTICATED; NOT_FOUND when the subject is not public; TERMS_NOT_ACCEPTED; FORBIDDEN until the viewer's
// address is confirmed, and when they may not sign for the organization; CLOSED where comments are not taken;
// BAD_USER_INPUT; RATE_LIMITED when the viewer's last comment is too recent.
func (s *Roadmap) PostComment(ctx context.Context, in PostCommentInput) (*ent.Comment, error) {
	if err := renderCommentAhead(ctx, in.Body); err != nil {
		return nil, err
	}

	return change.Once(ctx, s, in, s.Read.Comment.Get,
		func(ctx context.Context, tx *tx) (*ent.Comment, error) {
			d := &draftComment{in: in, viewer: auth.ViewerFrom(ctx)}
			if err := tx.load(ctx, d); err != nil {
				return nil, err
			}

			for _, check := range postChecks {
				if err := check(d); err != nil {
					return nil, err
				}
			}

			w := d.writing
			w.Text, w.Plain, w.Html = d.body, markdown.CommentPlain(d.body), markdown.CommentHTML(d.body)
			held := moderation.Examine(w)

			m, err := tx.saveComment(ctx, d, len(held) > 0)
			if err != nil {
				return nil, err
			}
			if len(held) > 0 {
				return m, moderation.HoldItem(ctx, tx.Tx, &moderatedComment{s, m, d.subject}, held)
			}

			return m, tx.posted(ctx, d.subject, m)
		})
}

// posted indexes, counts and announces a comment that became public. Errors: CLOSED when its subject stopped taking
// comments meanwhile.
func (tx *tx) posted(ctx context.Context, on *subject, m *ent.Comment) error {
	if err := tx.search.Refresh(ctx, tx.Tx, m); err != nil {
		return err
	}
	if err := tx.countBelow(ctx, m, +1); err != nil {
		return err
	}
	return tx.announceCount(ctx, live.CommentPosted, on, m, +1, public.Commenter(m))
}

// load reads what the checks need into d, and locks the thread that the comment answers.
// Errors: UNAUTHENTICATED; NOT_FOUND on subject. What else is wrong is left to the checks.
func (tx *tx) load(ctx context.Context, d *draftComment) (err error) {
	if err := permission.AskSignedIn(d.viewer); err != nil {
		return err
	}

	// Lock the person before the thread: everybody locks in this order.
	if d.wait, err = tx.commentWait(ctx, d.viewer.UserID); err != nil {
		return err
	}

	if d.subject, err = tx.subjectOf(ctx, "subject", d.in.Subject); err != nil {
		return err
	}

	d.lang = input.Requested(ctx, d.subject.process.Languages[0])
	d.signs, err = refusal.Apart(organizations.MaySignNow(ctx, tx.Tx, d.viewer, d.in.Organization))
	if err != nil {
		return err
	}

	if d.writing, err = tx.writingOf(ctx, d.viewer, d.subject.process); err != nil {
		return err
	}
	if d.writing.Recent, err = tx.recentTexts(ctx, d.viewer.UserID, d.subject.process, ""); err != nil {
		return err
	}

	// A parent that does not exist stays nil, and parentAccepts refuses it.
	if d.in.Parent != nil {
		d.parent, err = tx.lockThread(ctx, *d.in.Parent)
	}
	return refusal.IgnoreMissing(err)
}

// commentWait returns how long a person must wait after their newest comment, whether it was removed or not; zero or
// less means not at all. It locks the row of the person, so that of two comments at once the second sees the first.
func (tx *tx) commentWait(ctx context.Context, userID string) (time.Duration, error) {
	s := tx.Roadmap
	if s.CommentPace <= 0 {
		return 0, nil
	}

	if err := tx.LockPerson(ctx, userID); err != nil {
		return 0, err
	}

	newest, err := tx.Comment.Query().Where(comment.AuthorID(userID)).
		Order(comment.ByCreatedAt(sql.OrderDesc())).First(ctx)
	if newest == nil {
		return 0, refusal.IgnoreMissing(err)
	}
	return newest.CreatedAt.Add(s.CommentPace).Sub(s.Moment()), nil
}

// saveComment inserts the comment below its parent, if it has one, with whom it mentions. A comment that is held is
// hidden as well.
func (tx *tx) saveComment(ctx context.Context, d *draftComment, held bool) (*ent.Comment, error) {
	s := tx.Roadmap
	id, err := tx.ChosenID(ctx, "comment", d.in.ID, func(ctx context.Context, id string) (bool, error) {
		return tx.Comment.Query().Where(comment.ID(id)).Exist(ctx)
	})
	if err != nil {
		return nil, err
	}
	depth, path := 0, ""
	if d.parent != nil {
		depth, path = d.parent.Depth+1, d.parent.Path
	}

	create := tx.Comment.Create().SetID(id).SetSubjectID(d.in.Subject).SetTopic(d.subject.commitment.ID).
		SetNillableParentID(d.in.Parent).SetDepth(depth).SetPath(path + id + "/").SetBody(d.body).SetLanguage(d.lang).
		SetNillableAlignment(d.in.Alignment).SetAuthorID(d.viewer.UserID).SetNillableOrganizationID(d.in.Organization).
		SetMentionsBound(true).SetCreatedAt(s.Moment())

	if held {
		create.SetHeldAt(s.Moment()).SetHiddenAt(s.Moment())
	}
	m, err := create.Save(ctx)
	if err != nil {
		return nil, change.UnlessTaken(d.in.ID, err)
	}
	return m, tx.bindMentions(ctx, m, "")
}

// PathIDs returns the ids of the comments from the root of m's thread down to m.
func PathIDs(m *ent.Comment) []string { return strings.Split(strings.TrimSuffix(m.Path, "/"), "/") }

// countBelow adds n, which may be negative, to the counts of readable comments below each comment above m. The caller
// has locked the thread.
func (tx *tx) countBelow(ctx context.Context, m *ent.Comment, n int) error {
	if m.ParentID == nil {
		return nil
	}

	above := PathIDs(m)
	above = above[:len(above)-1]
	if err := tx.Comment.Update().Where(comment.IDIn(above...)).AddDescendantCount(n).Exec(ctx); err != nil {
		return err
	}
	return tx.Comment.Update().Where(comment.ID(*m.ParentID)).AddReplyCount(n).Exec(ctx)
}

// announceCount adds n to the counts of m's subject. When everybody can see the subject, it records the event t with
// the new counts. A comment that is posted is counted only while the subject takes comments. Errors: CLOSED.
func (tx *tx) announceCount(ctx context.Context, t live.Type, on *subject, m *ent.Comment, n int, actor string) error {
	counts, isPublic, err := tx.count(ctx, on, m, n, t != live.CommentPosted)
	if err != nil || !isPublic {
		return err
	}

	tx.Record(live.Event{Topic: m.Topic, Type: t, Subject: m.ID, Actor: actor, Data: counts})
	if t == live.CommentRemoved {
		return tx.announceVanished(ctx, m, counts)
	}
	tx.About(m)
	return nil
}

// commentFor locks the thread of a comment, and reads the comment and what it is about. The comment is public, or the
// viewer's own: then also when it was removed, or is on an amendment that is hidden. Errors: UNAUTHENTICATED;
// NOT_FOUND.
func (tx *tx) commentFor(ctx context.Context, id string) (*ent.Comment, *subject, error) {
	viewer := auth.ViewerFrom(ctx)
	if err := permission.AskSignedIn(viewer); err != nil {
		return nil, nil, err
	}

	m, err := tx.lockThread(ctx, id)
	if err != nil {
		return nil, nil, refusal.IfMissing("comment", err)
	}
	if public.IsRemoved(m) && m.DescendantCount == 0 && m.AuthorID != viewer.UserID {
		return nil, nil, refusal.Missing("comment")
	}

	on, err := tx.anySubject(ctx, "comment", m.SubjectID)
	if err == nil && !on.isPublic() && m.AuthorID != viewer.UserID {
		return nil, nil, refusal.Missing("comment")
	}
	return m, on, err
}

// lockThread reads a comment, and stops others from changing its thread until the transaction ends. It locks the root:
// where there is one lock for a thread, nobody can lock its comments in the wrong order. The comment is read once,
// under the lock. Errors: those of ent.
func (tx *tx) lockThread(ctx context.Context, id string) (*ent.Comment, error) {
	if !tx.OnPostgres() {
		return tx.Comment.Query().Where(comment.ID(id), tx.Locked()).Only(ctx)
	}

	root, err := tx.Comment.Query().Where(rootOf(id), tx.Locked()).Only(ctx)
	if err != nil || root.ID == id {
		return root, err
	}
	return tx.Comment.Get(ctx, id)
}

// rootOf matches, on PostgreSQL, the root of a comment's thread, which is the first of the comment's path. A path never
// changes: it can be read before the lock.
func rootOf(id string) predicate.Comment {
	return func(s *sql.Selector) {
		s.Where(sql.P(func(b *sql.Builder) {
			b.Ident(s.C(comment.FieldID)).
				WriteString(" = (SELECT split_part(path, '/', 1) FROM comments WHERE id = ").Arg(id).WriteString(")")
		}))
	}
}
