package consultation

import (
	"context"
	"fmt"
	"time"

	"ensemble/auth"
	"ensemble/consultation/text"
	"ensemble/ent"
	"ensemble/ent/accesstoken"
	"ensemble/ent/amendment"
	"ensemble/ent/comment"
	"ensemble/ent/commentedit"
	"ensemble/ent/idempotencykey"
	"ensemble/ent/identity"
	"ensemble/ent/invitation"
	"ensemble/ent/mail"
	"ensemble/ent/mailedtoken"
	"ensemble/ent/membership"
	"ensemble/ent/role"
	"ensemble/ent/session"
	"ensemble/ent/signinattempt"
	"ensemble/ent/user"
	"ensemble/live"
)

// erasing is an account on its way out.
type erasing struct {
	*Tx
	account *ent.User
}

// eraseSteps forget a person: each what is kept in one place. What they wrote stays, under nobody's name. Each may be done
// again, and finds nothing then.
var eraseSteps = []func(*erasing, context.Context) error{
	(*erasing).accessOf,
	(*erasing).trustIn,
	(*erasing).waitingOf, // before the cases: it closes its own
	(*erasing).casesOf,
	(*erasing).draftsOf,
	(*erasing).mailTo,
	(*erasing).attentionOf,
	(*erasing).mentionsOf,
	(*erasing).identityOf,
}

// EraseAccount forgets the viewer, for ever: their name, address, password, sessions, roles, memberships and drafts. What
// they wrote, gave and voted stays under “Deleted account”. Errors: BAD_USER_INPUT for a wrong password, where the account
// has one; ErrStale, where it has none; CONFLICT for the only administrator of the site.
func (s *Service) EraseAccount(ctx context.Context, password *string) (*ent.User, error) {
	viewer := auth.ViewerFrom(ctx)
	if err := permit(viewer, "eraseAccount", about{}); err != nil {
		return nil, err
	}
	if _, err := s.proveAnew(ctx, viewer, password); err != nil {
		return nil, err
	}
	if err := s.inTx(ctx, func(ctx context.Context, tx *Tx) error { return tx.erase(ctx, viewer.UserID) }); err != nil {
		return nil, err
	}
	return s.People().Where(user.ID(viewer.UserID)).Only(ctx)
}

// erase runs the steps, announces that what was made with the person's name is to be made anew, and writes it down.
func (tx *Tx) erase(ctx context.Context, userID string) error {
	admins, err := tx.lockSiteAdmins(ctx)
	if err != nil {
		return err
	}
	u, err := tx.lockUser(ctx, userID)
	if err != nil {
		return absent("user", err)
	}
	if u.ErasedAt != nil {
		return nil
	}
	if u.SiteAdmin && len(admins) == 1 {
		return refuse(Conflict, "Nobody else administers the site: make somebody an administrator first.")
	}
	if err := tx.forget(ctx, u); err != nil {
		return err
	}
	tx.viewerChanged(u.ID)
	tx.record(live.Event{Topic: live.SiteTopic, Type: live.AccountErased, Subject: u.ID})
	return tx.audit(ctx, privileged{act: "eraseAccount", subject: u.ID})
}

// forget runs the steps for an account, which is locked.
func (tx *Tx) forget(ctx context.Context, u *ent.User) error {
	if err := tx.lockThreadsAbout(ctx, u); err != nil {
		return err
	}
	for _, step := range eraseSteps {
		if err := step(&erasing{tx, u}, ctx); err != nil {
			return fmt.Errorf("erase %s: %w", u.ID, err)
		}
	}
	return nil
}

func (tx *Tx) lockUser(ctx context.Context, id string) (*ent.User, error) {
	q := tx.User.Query().Where(user.ID(id))
	if tx.service.onPostgres() {
		q.ForUpdate()
	}
	return q.Only(ctx)
}

// lockThreadsAbout keeps others from changing the threads in which something of the person is to change, in one order: before
// anything else of them is touched, as whoever posts or decides does.
func (tx *Tx) lockThreadsAbout(ctx context.Context, u *ent.User) error {
	about := comment.And(comment.AuthorID(u.ID), comment.HeldAtNotNil())
	if u.Nickname != nil {
		about = comment.Or(about, comment.BodyContainsFold("@"+*u.Nickname), comment.HasEditsWith(commentedit.BodyContainsFold("@"+*u.Nickname)))
	}
	found, err := tx.Comment.Query().Where(about).Select(comment.FieldPath).All(ctx)
	if err != nil || len(found) == 0 || !tx.service.onPostgres() {
		return err
	}
	roots := make([]string, len(found))
	for n, m := range found {
		roots[n] = PathIDs(m)[0]
	}
	_, err = tx.Comment.Query().Where(comment.IDIn(roots...)).Order(comment.ByID()).ForUpdate().IDs(ctx)
	return err
}

// accessOf ends every way to act as the person.
func (e *erasing) accessOf(ctx context.Context) error {
	if _, err := e.Session.Delete().Where(session.UserID(e.account.ID)).Exec(ctx); err != nil {
		return err
	}
	if _, err := e.AccessToken.Delete().Where(accesstoken.UserID(e.account.ID)).Exec(ctx); err != nil {
		return err
	}
	if _, err := e.Identity.Delete().Where(identity.UserID(e.account.ID)).Exec(ctx); err != nil {
		return err
	}
	if _, err := e.SignInAttempt.Delete().Where(signinattempt.UserID(e.account.ID)).Exec(ctx); err != nil {
		return err
	}
	if _, err := e.MailedToken.Delete().Where(mailedtoken.UserID(e.account.ID)).Exec(ctx); err != nil {
		return err
	}
	_, err := e.IdempotencyKey.Delete().Where(idempotencykey.UserID(e.account.ID)).Exec(ctx)
	return err
}

// trustIn takes back what they were trusted with. An organization may be left without an owner: then site
// administrators stand in for one (organizationFor).
func (e *erasing) trustIn(ctx context.Context) error {
	if _, err := e.Role.Delete().Where(role.UserID(e.account.ID)).Exec(ctx); err != nil {
		return err
	}
	if _, err := e.Membership.Delete().Where(membership.UserID(e.account.ID)).Exec(ctx); err != nil {
		return err
	}
	invited := invitation.UserID(e.account.ID)
	if e.account.Email != nil {
		invited = invitation.Or(invited, invitation.Email(*e.account.Email))
	}
	_, err := e.Invitation.Delete().Where(invited).Exec(ctx)
	return err
}

// draftsOf deletes what nobody else has seen.
func (e *erasing) draftsOf(ctx context.Context) error {
	_, err := e.Amendment.Delete().Where(amendment.AuthorID(e.account.ID), amendment.StateEQ(amendment.StateDRAFT)).Exec(ctx)
	return err
}

// mailTo stops what is on its way to them.
func (e *erasing) mailTo(ctx context.Context) error {
	_, err := e.Mail.Delete().Where(mail.UserID(e.account.ID)).Exec(ctx)
	return err
}

// attentionOf forgets what they follow and were told.
func (e *erasing) attentionOf(ctx context.Context) error { return e.forgetFollower(ctx, e.account.ID) }

// mentionsOf takes the nickname out of what others wrote to the person.
func (e *erasing) mentionsOf(ctx context.Context) error {
	if e.account.Nickname == nil {
		return nil
	}
	nickname := *e.account.Nickname
	comments, err := e.Comment.Query().Where(comment.BodyContainsFold("@" + nickname)).All(ctx)
	if err != nil {
		return err
	}
	for _, m := range comments {
		if body := text.Unmention(m.Body, nickname); body != m.Body {
			if m, err = e.Comment.UpdateOne(m).SetBody(body).Save(ctx); err != nil {
				return err
			}
			if err := e.index(ctx, m); err != nil {
				return err
			}
		}
	}
	return e.mentionsInEdits(ctx, nickname)
}

func (e *erasing) mentionsInEdits(ctx context.Context, nickname string) error {
	edits, err := e.CommentEdit.Query().Where(commentedit.BodyContainsFold("@" + nickname)).All(ctx)
	if err != nil {
		return err
	}
	for _, edit := range edits {
		if body := text.Unmention(edit.Body, nickname); body != edit.Body {
			if _, err := e.ExecContext(ctx, `UPDATE comment_edits SET body = $1 WHERE id = $2`, body, edit.ID); err != nil {
				return err
			}
		}
	}
	return nil
}

// at is when the account was erased: now, the first time.
func (e *erasing) at() time.Time {
	if e.account.ErasedAt != nil {
		return *e.account.ErasedAt
	}
	return e.service.now()
}

// identityOf blanks the account. When it was erased stays.
func (e *erasing) identityOf(ctx context.Context) error {
	return e.User.UpdateOne(e.account).SetName("").ClearNickname().ClearEmail().ClearEmailConfirmedAt().SetPasswordHash("").ClearConfirmBy().SetTermsVersion("").ClearTermsAcceptedAt().
		SetSiteAdmin(false).SetErasedAt(e.at()).Exec(ctx)
}
