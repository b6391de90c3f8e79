package consultation

import (
	"context"
	"fmt"
	"strings"
	"time"

	"entgo.io/ent/dialect/sql"
	"golang.org/x/text/language"

	"ensemble/auth"
	"ensemble/consultation/text"
	"ensemble/ent"
	"ensemble/ent/comment"
	"ensemble/live"
)

// Alignments count the root comments of a subject by the side they take.
type Alignments struct {
	For     int
	Against int
	Neutral int
}

// PostCommentInput is the input of PostComment.
type PostCommentInput struct {
	Subject        string
	Parent         *string
	Body           string
	Alignment      *comment.Alignment
	Language       *string
	Organization   *string
	IdempotencyKey *string
}

// draftComment is a comment on its way through the checks, with what they look at.
type draftComment struct {
	*writing
	in      PostCommentInput
	viewer  auth.Viewer
	subject *subject
	parent  *ent.Comment // nil at the root
	signs   error        // why the viewer may not sign for the organization
	body    string
	lang    string
	wait    time.Duration // until the person may post again
}

// postChecks run in this order; the first refusal counts. Those that hold (hold.go) have a moderator read the comment
// before it is published.
var postChecks = []func(*draftComment) error{
	(*draftComment).mayComment,
	(*draftComment).maySign,
	(*draftComment).parentAccepts,
	(*draftComment).alignedAtRoot,
	(*draftComment).length,
	(*draftComment).language,
	(*draftComment).pace,
	(*draftComment).shown,
	(*draftComment).preModerated,
	(*draftComment).fewLinks,
	(*draftComment).noHeldWord,
	(*draftComment).notRepeated,
}

func (d *draftComment) mayComment() error {
	return MayComment(d.viewer, d.subject.commitment, d.subject.amendment, d.subject.openings)
}

func (d *draftComment) maySign() error { return d.signs }

func (d *draftComment) parentAccepts() error {
	switch {
	case d.in.Parent == nil:
		return nil
	case d.parent == nil, d.parent.SubjectID != d.in.Subject, IsRemoved(d.parent) && d.parent.DescendantCount == 0: // or no place of it is public
		return BadInput("parent", "This is not a comment of the same thread.")
	case IsRemoved(d.parent):
		return BadInput("parent", "This comment was removed.")
	case !AcceptsReplies(d.parent):
		return BadInput("parent", "The thread is too deep to answer here.")
	}
	return nil
}

func (d *draftComment) alignedAtRoot() error {
	if d.in.Parent != nil && d.in.Alignment != nil {
		return BadInput("alignment", "Only a comment at the root of the thread takes a side.")
	}
	return nil
}

func (d *draftComment) length() (err error) {
	d.body, err = prose("body", d.in.Body, 1, d.subject.process.CommentMaxLength)
	return err
}

func (d *draftComment) language() (err error) {
	if d.in.Language != nil {
		d.lang, err = tag("language", *d.in.Language)
	}
	return err
}

// pace keeps one person from flooding a thread.
func (d *draftComment) pace() error {
	if d.wait > 0 {
		return TooOften("commentPace", d.wait)
	}
	return nil
}

// shown is what the checks that can hold look at.
func (d *draftComment) shown() error {
	d.text, d.plain, d.html = d.body, text.CommentPlain(d.body), text.CommentHTML(d.body)
	return nil
}

// PostComment posts a comment or an answer and announces it with the subject's new counts; or holds it, with no word to
// anybody, until a moderator has read it.
func (s *Service) PostComment(ctx context.Context, in PostCommentInput) (*ent.Comment, error) {
	return once(ctx, s, Retry{"postComment", in.IdempotencyKey, in}, s.Read.Comment.Get,
		func(ctx context.Context, tx *Tx) (*ent.Comment, error) {
			d := &draftComment{in: in, viewer: auth.ViewerFrom(ctx)}
			if err := tx.load(ctx, d); err != nil {
				return nil, err
			}
			held, err := examine(d, postChecks)
			if err != nil {
				return nil, err
			}
			m, err := tx.saveComment(ctx, d, len(held) > 0)
			if err != nil {
				return nil, err
			}
			if len(held) > 0 {
				return m, holdItem(ctx, tx, &moderatedComment{s, m, d.subject}, held)
			}
			return m, tx.posted(ctx, d.subject, m)
		})
}

// posted indexes, counts and announces a comment that became public.
func (tx *Tx) posted(ctx context.Context, on *subject, m *ent.Comment) error {
	if err := tx.service.Index(ctx, tx, m); err != nil {
		return err
	}
	if err := tx.countBelow(ctx, m, +1); err != nil {
		return err
	}
	return tx.announceCount(ctx, live.CommentPosted, on, m, +1, commenter(m))
}

func (tx *Tx) load(ctx context.Context, d *draftComment) (err error) {
	if err := signedIn(d.viewer); err != nil {
		return err
	}
	if d.wait, err = tx.commentWait(ctx, d.viewer.UserID); err != nil {
		return err
	}
	if d.subject, err = tx.subjectOf(ctx, "subject", d.in.Subject); err != nil {
		return err
	}
	d.lang = requestLanguage(ctx, d.subject.process.Languages[0])
	d.signs = maySign(ctx, tx, d.viewer, d.in.Organization)
	if d.writing, err = tx.writingOf(ctx, d.viewer, d.subject.process); err != nil {
		return err
	}
	if d.recent, err = tx.recentTexts(ctx, d.viewer.UserID, d.subject.process, ""); err != nil {
		return err
	}
	if d.in.Parent != nil {
		d.parent, err = tx.lockThread(ctx, *d.in.Parent)
	}
	return ignoreNotFound(err)
}

// commentWait is how long a person must wait after their newest comment, removed or not. Their row is locked, so that of two
// comments at once the second sees the first.
func (tx *Tx) commentWait(ctx context.Context, userID string) (time.Duration, error) {
	s := tx.service
	if s.CommentPace <= 0 {
		return 0, nil
	}
	if s.onPostgres() {
		if err := tx.queryRow(ctx, []any{new(string)}, "SELECT id FROM users WHERE id = $1 FOR NO KEY UPDATE", userID); err != nil {
			return 0, fmt.Errorf("lock the person: %w", err)
		}
	}
	newest, err := tx.Comment.Query().Where(comment.AuthorID(userID)).Order(comment.ByCreatedAt(sql.OrderDesc())).First(ctx)
	if newest == nil {
		return 0, ignoreNotFound(err)
	}
	return newest.CreatedAt.Add(s.CommentPace).Sub(s.now()), nil
}

// requestLanguage is the language that the request asks for first, else the fallback. "Accept-Language: *", which some
// programs send unasked, is read as "mul" and asks for none.
func requestLanguage(ctx context.Context, fallback string) string {
	if tags := auth.LanguagesFrom(ctx); len(tags) > 0 && tags[0] != language.Und && tags[0].String() != "mul" {
		return tags[0].String()
	}
	return fallback
}

func (tx *Tx) saveComment(ctx context.Context, d *draftComment, held bool) (*ent.Comment, error) {
	s := tx.service
	id, depth, path := s.NewID("comment"), 0, ""
	if d.parent != nil {
		depth, path = d.parent.Depth+1, d.parent.Path
	}
	create := tx.Comment.Create().SetID(id).SetSubjectID(d.in.Subject).SetTopic(d.subject.commitment.ID).
		SetNillableParentID(d.in.Parent).SetDepth(depth).SetPath(path + id + "/").SetBody(d.body).SetLanguage(d.lang).
		SetNillableAlignment(d.in.Alignment).SetAuthorID(d.viewer.UserID).SetNillableOrganizationID(d.in.Organization).
		SetCreatedAt(s.now())
	if held {
		create.SetHeldAt(s.now()).SetHiddenAt(s.now())
	}
	return create.Save(ctx)
}

// PathIDs are the ids from the root of a comment's thread to itself.
func PathIDs(m *ent.Comment) []string { return strings.Split(strings.TrimSuffix(m.Path, "/"), "/") }

// countBelow adds n to the counts of what is readable below each comment above m.
func (tx *Tx) countBelow(ctx context.Context, m *ent.Comment, n int) error {
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

// announceCount adds n to the subject's counts and, when everybody can see it, records the event with them; what is posted is
// counted only while it takes comments.
func (tx *Tx) announceCount(ctx context.Context, t live.Type, on *subject, m *ent.Comment, n int, actor string) error {
	counts, public, err := tx.count(ctx, on, m, n, t != live.CommentPosted)
	if err != nil || !public {
		return err
	}
	tx.record(live.Event{Topic: m.Topic, Type: t, Subject: m.ID, Actor: actor, Data: counts})
	if t == live.CommentRemoved {
		return tx.announceVanished(ctx, m, counts)
	}
	tx.about(m)
	return nil
}

// commenter is who the comment is by, as everybody may know.
func commenter(m *ent.Comment) string { return Face(m.AuthorID, m.OrganizationID) }

// EditComment replaces what a comment says and keeps what it said as history.
func (s *Service) EditComment(ctx context.Context, id, body string, key *string) (*ent.Comment, error) {
	return once(ctx, s, Retry{"editComment", key, []any{id, body}}, s.Read.Comment.Get,
		func(ctx context.Context, tx *Tx) (*ent.Comment, error) {
			m, on, err := tx.commentFor(ctx, id)
			if err != nil {
				return nil, err
			}
			if err := MayEditComment(auth.ViewerFrom(ctx), m, on.commitment, on.amendment, on.openings); err != nil {
				return nil, err
			}
			body, err := prose("body", body, 1, on.process.CommentMaxLength)
			if err != nil || body == m.Body {
				return m, err
			}
			if err := tx.needsNoReading(ctx, on.process, m, body); err != nil {
				return nil, err
			}
			now := s.now()
			if err := tx.CommentEdit.Create().SetID(s.NewID("edit")).SetCommentID(m.ID).SetBody(m.Body).
				SetCreatedAt(now).Exec(ctx); err != nil {
				return nil, err
			}
			tx.record(live.Event{
				Topic: m.Topic, Type: live.CommentEdited, Subject: m.ID, Actor: commenter(m),
				Data: map[string]any{"subject": m.SubjectID},
			})
			if m, err = m.Update().SetBody(body).SetEditedAt(now).Save(ctx); err != nil {
				return nil, err
			}
			return m, tx.service.Index(ctx, tx, m)
		})
}

// needsNoReading refuses a change of a public comment that a moderator would have to read first: what people have read
// would be gone meanwhile.
func (tx *Tx) needsNoReading(ctx context.Context, p *ent.Process, m *ent.Comment, after string) error {
	w, err := tx.writingOf(ctx, auth.ViewerFrom(ctx), p)
	if err != nil {
		return err
	}
	if w.recent, err = tx.recentTexts(ctx, m.AuthorID, p, m.ID); err != nil {
		return err
	}
	before := m.Body
	w.text, w.plain, w.html = after, text.CommentPlain(after), text.CommentHTML(after)
	w.before = &writing{text: before, plain: text.CommentPlain(before), html: text.CommentHTML(before)}
	if w.links() > 0 {
		w.before.html = "" // or a few could be added with each edit
	}
	held, err := examine(w, holdChecks)
	if err == nil && len(held) > 0 {
		err = BadInput("body", "A moderator has to read this before it is published: post it as a comment of its own.")
	}
	return err
}

// DeleteComment deletes the viewer's comment; what answers it stays. Deleting twice changes nothing.
func (s *Service) DeleteComment(ctx context.Context, id string, key *string) (*ent.Comment, error) {
	return once(ctx, s, Retry{"deleteComment", key, id}, s.Read.Comment.Get,
		func(ctx context.Context, tx *Tx) (*ent.Comment, error) {
			m, on, err := tx.commentFor(ctx, id)
			if err != nil {
				return nil, err
			}
			if err := MayDeleteComment(auth.ViewerFrom(ctx), m); err != nil || m.DeletedAt != nil {
				return m, err
			}
			wasReadable := !IsRemoved(m)
			if m, err = m.Update().SetDeletedAt(s.now()).Save(ctx); err != nil {
				return nil, err
			}
			if err := tx.service.Index(ctx, tx, m); err != nil {
				return nil, err
			}
			if err := closeCase(ctx, tx, m.ID); err != nil || !wasReadable {
				return m, err
			}
			if err := tx.countBelow(ctx, m, -1); err != nil {
				return nil, err
			}
			return m, tx.announceCount(ctx, live.CommentRemoved, on, m, -1, commenter(m))
		})
}

// announceVanished announces the removed comments above m that kept their place only because of it.
func (tx *Tx) announceVanished(ctx context.Context, m *ent.Comment, counts map[string]any) error {
	if m.ParentID == nil {
		return nil
	}
	gone, err := tx.Comment.Query().Where(comment.IDIn(PathIDs(m)...), comment.IDNEQ(m.ID), comment.DescendantCount(0),
		comment.Or(comment.DeletedAtNotNil(), comment.HiddenAtNotNil())).Order(ent.Desc(comment.FieldDepth)).All(ctx)
	if err != nil {
		return err
	}
	for _, above := range gone {
		tx.record(live.Event{Topic: above.Topic, Type: live.CommentRemoved, Subject: above.ID, Data: counts})
	}
	return nil
}

// commentFor reads a comment that is public, or the viewer's own, also on an amendment that is hidden, and what it is
// about; its thread is locked.
func (tx *Tx) commentFor(ctx context.Context, id string) (*ent.Comment, *subject, error) {
	viewer := auth.ViewerFrom(ctx)
	if err := signedIn(viewer); err != nil {
		return nil, nil, err
	}
	m, err := tx.lockThread(ctx, id)
	if err != nil {
		return nil, nil, absent("comment", err)
	}
	if IsRemoved(m) && m.DescendantCount == 0 && m.AuthorID != viewer.UserID {
		return nil, nil, notFound("comment")
	}
	on, err := tx.anySubject(ctx, "comment", m.SubjectID)
	if err == nil && !on.isPublic() && m.AuthorID != viewer.UserID {
		return nil, nil, notFound("comment")
	}
	return m, on, err
}

// lockThread reads a comment and keeps others from changing its thread until the transaction ends. The lock is the
// root's: one lock for a thread cannot be taken in the wrong order.
func (tx *Tx) lockThread(ctx context.Context, id string) (*ent.Comment, error) {
	m, err := tx.Comment.Get(ctx, id)
	if err != nil || !tx.service.onPostgres() {
		return m, err
	}
	root, err := tx.Comment.Query().Where(comment.ID(PathIDs(m)[0])).ForUpdate().Only(ctx)
	if err != nil || root.ID == id {
		return root, err
	}
	return tx.Comment.Get(ctx, id) // again, as it is now that we hold the lock
}

// Mentioned are the nicknames that a comment mentions.
func Mentioned(m *ent.Comment) []string {
	if IsRemoved(m) {
		return nil
	}
	return text.Mentions(m.Body)
}
