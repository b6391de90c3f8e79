package people

import (
	"context"
	"ensemble/consultation/text/clean"
	"errors"
	"strings"

	"golang.org/x/text/language"

	"ensemble/auth"
	"ensemble/consultation/change"
	"ensemble/consultation/input"
	"ensemble/consultation/permission"
	"ensemble/consultation/refusal"
	"ensemble/ent"
	"ensemble/ent/session"
	"ensemble/ent/user"
	"ensemble/live"
)

// SignUp opens an account, signs in, and mails a link to confirm the address.
// Errors: RATE_LIMITED; BAD_USER_INPUT; CONFLICT on email or nickname when taken (docs/decisions/0012 says why it
// reveals that), and on terms when these are not in force any more.
func (s *Accounts) SignUp(ctx context.Context, in SignUpInput) (*Session, error) {
	if err := s.TakeAttempt(ctx, MailRequests, in.Email); err != nil {
		return nil, err
	}

	// The password is hashed before the transaction, because that takes long.
	u, err := s.newAccount(ctx, in)
	if err != nil {
		return nil, err
	}

	var made *Session
	err = change.In(ctx, s, func(ctx context.Context, tx *tx) error {
		if err := tx.free(ctx, u); err != nil {
			return err
		}

		create := tx.User.Create().SetID(s.NewID("user")).SetEmail(*u.Email).SetName(u.Name).
			SetNickname(*u.Nickname).SetNicknameLook(clean.Skeleton(*u.Nickname)).SetPasswordHash(u.PasswordHash).SetLanguage(u.Language).SetCreatedAt(s.Moment())
		// Without mail nobody can confirm an address, so nobody has to.
		if s.outbox.Mailer != nil {
			create.SetConfirmBy(s.Moment().Add(s.Keeping.Unconfirmed))
		}
		s.accepted(create)

		account, err := create.Save(ctx)
		if err != nil {
			return err
		}
		if err := tx.restsFor(ctx, account.ID, *u.Nickname); err != nil {
			return err
		}
		if err := tx.askToConfirm(ctx, account); err != nil {
			return err
		}
		made, err = tx.signIn(ctx, account.ID)
		return err
	})

	// Somebody else took one of them after free had looked.
	if ent.IsConstraintError(err) {
		return nil, &refusal.Error{
			Code: refusal.Conflict, Field: "email", Message: "This e-mail address or nickname was just taken.",
		}
	}
	return made, err
}

// free refuses when somebody has the e-mail address of u, or its nickname, or one that looks like it.
// Errors: CONFLICT, on email rather than on nickname when both are taken.
func (tx *tx) free(ctx context.Context, u *ent.User) error {
	taken, err := tx.User.Query().Where(user.Or(user.Email(*u.Email), user.Nickname(*u.Nickname),
		user.NicknameLook(clean.Skeleton(*u.Nickname)))).
		Select(user.FieldEmail).All(ctx)
	if err != nil || len(taken) == 0 {
		return err
	}

	// Whoever has an account already is told so first, whatever nickname they wish.
	for _, other := range taken {
		if other.Email != nil && *other.Email == *u.Email {
			return addressTaken("email")
		}
	}
	return errNicknameTaken
}

// errNicknameTaken is the refusal of a nickname that somebody has, or had until lately: it does not say which.
var errNicknameTaken = &refusal.Error{Code: refusal.Conflict, Field: "nickname", Message: "This nickname is taken."}

// newAccount checks and cleans the input, hashes the password, and returns the account that is to be made.
// Errors: BAD_USER_INPUT; those of NewName.Check; CONFLICT on terms.
func (s *Accounts) newAccount(ctx context.Context, in SignUpInput) (*ent.User, error) {
	email, wrongEmail := EmailAddress(in.Email)
	name, wrongName := NewName{Field: "name", Name: in.Name, Form: PersonName}.Check(ctx, s.Read)
	nickname, wrongNickname := NewName{Field: "nickname", Name: in.Nickname, Form: Nickname}.Check(ctx, s.Read)

	lang, wrongLanguage := input.Requested(ctx, language.French.String()), error(nil)
	if in.Language != nil {
		lang, wrongLanguage = input.Tag("language", *in.Language)
	}

	err := refusal.Together(wrongEmail, wrongName, wrongNickname, suitable("password", in.Password), wrongLanguage,
		s.Terms.accept("terms", in.Terms))
	if err != nil {
		return nil, err
	}

	// Hashing comes last: it is the only step that is work.
	hash, err := s.Passwords.Hash(ctx, in.Password)
	return &ent.User{Email: &email, Name: name, Nickname: &nickname, PasswordHash: hash, Language: lang}, err
}

var errCredentials = refusal.New(refusal.WrongCredentials, "The e-mail address or the password is wrong.")

// SignIn opens a session for the account with an e-mail address and a password.
// Errors: RATE_LIMITED, whether the account is known or not; WRONG_CREDENTIALS, after the same work
// whichever of the two is wrong.
func (s *Accounts) SignIn(ctx context.Context, in SignInInput) (*Session, error) {
	if err := s.TakeAttempt(ctx, SignIns, in.Email); err != nil {
		return nil, err
	}

	u, err := s.Read.User.Query().Where(user.Email(strings.ToLower(in.Email)), user.ErasedAtIsNil()).Only(ctx)
	if refusal.IgnoreMissing(err) != nil {
		return nil, err
	}

	// For an unknown address, too, a password is checked: the time does not reveal who has an account.
	ok, err := s.isPassword(ctx, in.Password, u)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, errCredentials
	}

	var made *Session
	err = change.In(ctx, s, func(ctx context.Context, tx *tx) error {
		// The account may have been erased meanwhile, or have a new password.
		account, err := tx.lockAccount(ctx, u.ID)
		if errors.Is(err, refusal.ErrSignIn) || err == nil && account.PasswordHash != u.PasswordHash {
			return errCredentials
		}
		if err != nil {
			return err
		}

		made, err = tx.signIn(ctx, u.ID)
		return err
	})
	return made, err
}

// signIn opens a session for an account, on the device that makes the request, and returns it with its token.
func (tx *tx) signIn(ctx context.Context, userID string) (*Session, error) {
	s := tx.Accounts
	token := auth.NewToken()
	hash, _ := auth.HashToken(token)
	expires := s.Moment().Add(SessionLifetime)

	err := tx.Session.Create().SetID(s.NewID("session")).SetUserID(userID).SetTokenHash(hash).
		SetCreatedAt(s.Moment()).SetExpiresAt(expires).SetDevice(auth.DeviceFrom(ctx)).Exec(ctx)
	if err != nil {
		return nil, err
	}

	// It is read in the transaction, which alone sees the new session.
	viewer, err := s.viewerOf(ctx, tx, hash)
	return &Session{token, expires, viewer}, err
}

// SignOut ends the viewer's session, or all of theirs, and returns how many it ended: 0 when nobody is signed in.
// Errors: none but those of the database.
func (s *Accounts) SignOut(ctx context.Context, in SignOutInput) (ended int, err error) {
	viewer := auth.ViewerFrom(ctx)
	if !viewer.SignedIn() {
		return 0, nil
	}

	err = change.In(ctx, s, func(ctx context.Context, tx *tx) error {
		which := session.ID(viewer.SessionID)
		if in.Everywhere {
			which = session.UserID(viewer.UserID)
		}

		if ended, err = tx.Session.Delete().Where(which).Exec(ctx); ended > 0 {
			ViewerChanged(tx.Tx, viewer.UserID)
		}
		return err
	})
	return ended, err
}

// ViewerChanged makes open sockets of a person read again who that person is: they have a snapshot of it.
func ViewerChanged(tx *change.Tx, userID string) {
	tx.Record(live.Event{Topic: live.ViewerTopic(userID), Type: live.ViewerChanged, Subject: userID})
}

// UpdateAccount changes how the viewer is called, and in which language the site writes to them.
// Errors: UNAUTHENTICATED; FORBIDDEN for access tokens; those of NewName.Check; CONFLICT on nickname when taken.
func (s *Accounts) UpdateAccount(ctx context.Context, in UpdateAccountInput) (auth.Viewer, error) {
	v := auth.ViewerFrom(ctx)
	if err := permission.Ask(v, "updateAccount", permission.About{}); err != nil {
		return v, err
	}

	err := change.In(ctx, s, func(ctx context.Context, tx *tx) error {
		// Without the lock, what an erasure blanks meanwhile would be written back.
		u, err := tx.lockAccount(ctx, v.UserID)
		if err != nil {
			return err
		}
		given := u.Nickname
		if err := in.apply(ctx, tx, u); err != nil {
			return err
		}

		v.Language = u.Language
		err = tx.User.Update().Where(user.ID(u.ID)).SetName(u.Name).SetNillableNickname(u.Nickname).
			SetNillableNicknameLook(u.NicknameLook).SetLanguage(u.Language).Exec(ctx)
		if err != nil || in.Nickname == nil {
			return err
		}
		return tx.renamed(ctx, u, given)
	})

	if ent.IsConstraintError(err) {
		err = errNicknameTaken
	}
	return v, err
}

// apply checks what is to change, and writes it into u. What is as it was is not checked again: the rules may have
// become stricter since.
// Errors: those of NewName.Check.
func (in UpdateAccountInput) apply(ctx context.Context, tx *tx, u *ent.User) (err error) {
	if in.Name != nil && *in.Name != u.Name {
		wish := NewName{Field: "name", Name: *in.Name, Form: PersonName, Bearer: u.ID}
		if u.Name, err = wish.Check(ctx, tx.Client()); err != nil {
			return err
		}
	}

	if in.Nickname != nil && (u.Nickname == nil || *in.Nickname != *u.Nickname) {
		wish := NewName{Field: "nickname", Name: *in.Nickname, Form: Nickname, Bearer: u.ID}
		given, err := wish.Check(ctx, tx.Client())
		if err != nil {
			return err
		}
		look := clean.Skeleton(given)
		u.Nickname, u.NicknameLook = &given, &look
	}

	if in.Language != nil {
		u.Language, err = input.Tag("language", *in.Language)
	}
	return err
}

// Whom names an account: exactly one of the two is given.
type Whom struct {
	User     *string
	Nickname *string
}

// Find returns the account of somebody who has not left.
// Errors: BAD_USER_INPUT unless exactly one of the two is given; NOT_FOUND on the one that is given.
func Find(ctx context.Context, tx *change.Tx, whom Whom) (*ent.User, error) {
	if (whom.User == nil) == (whom.Nickname == nil) {
		return nil, refusal.BadInput("user", "Give either the id or the nickname.")
	}

	q, field := tx.User.Query().Where(user.ErasedAtIsNil()), "user"
	if whom.User != nil {
		q.Where(user.ID(*whom.User))
	} else {
		q.Where(user.Nickname(strings.ToLower(*whom.Nickname)))
		field = "nickname"
	}

	u, err := q.Only(ctx)
	return u, refusal.IfMissing(field, err)
}

// lockAccount reads an account that is not erased, and prevents others from changing how to sign in to it until the
// transaction ends.
// Errors: UNAUTHENTICATED (refusal.ErrSignIn) when there is none.
func (tx *tx) lockAccount(ctx context.Context, id string) (*ent.User, error) {
	u, err := tx.User.Query().Where(user.ID(id), user.ErasedAtIsNil(), tx.Locked()).Only(ctx)
	if ent.IsNotFound(err) {
		return nil, refusal.ErrSignIn
	}
	return u, err
}
