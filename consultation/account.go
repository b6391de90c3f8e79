package consultation

import (
	"context"
	"errors"
	"strings"
	"time"

	"golang.org/x/text/language"

	"ensemble/auth"
	"ensemble/ent"
	"ensemble/ent/session"
	"ensemble/ent/user"
	"ensemble/live"
)

// SessionLifetime is how long a sign-in lasts.
const SessionLifetime = 30 * 24 * time.Hour

// SignUpInput is the input of SignUp.
type SignUpInput struct {
	Email    string
	Name     string
	Nickname string
	Password string
	Language *string
	Terms    *string // version of the terms of use that the person accepts
}

// Session is a new sign-in: the token is shown this once.
type Session struct {
	Token     string
	ExpiresAt time.Time
	Viewer    auth.Viewer
}

// SignUp opens an account, signs in, and mails a link to confirm the address.
// Errors: RATE_LIMITED; BAD_USER_INPUT; CONFLICT on email or nickname when taken: docs/decisions/0012 says why it tells.
func (s *Service) SignUp(ctx context.Context, in SignUpInput) (*Session, error) {
	if err := s.mayTry(ctx, mails, in.Email); err != nil {
		return nil, err
	}
	u, err := s.newAccount(ctx, in)
	if err != nil {
		return nil, err
	}
	var made *Session
	err = s.inTx(ctx, func(ctx context.Context, tx *Tx) error {
		if err := tx.free(ctx, u); err != nil {
			return err
		}
		create := tx.User.Create().SetID(s.NewID("user")).SetEmail(*u.Email).SetName(u.Name).SetNickname(*u.Nickname).
			SetPasswordHash(u.PasswordHash).SetLanguage(u.Language).SetCreatedAt(s.now())
		if s.Mailer != nil {
			create.SetConfirmBy(s.now().Add(s.Keeping.Unconfirmed))
		}
		s.accepted(create)
		account, err := create.Save(ctx)
		if err != nil {
			return err
		}
		if err := tx.askToConfirm(ctx, account); err != nil {
			return err
		}
		made, err = tx.signIn(ctx, account.ID)
		return err
	})
	if ent.IsConstraintError(err) {
		return nil, &Error{Code: Conflict, Field: "email", Message: "This e-mail address or nickname was just taken."}
	}
	return made, err
}

// free asks that nobody has the e-mail address or the nickname.
func (tx *Tx) free(ctx context.Context, u *ent.User) error {
	taken, err := tx.User.Query().Where(user.Or(user.Email(*u.Email), user.Nickname(*u.Nickname))).Select(user.FieldEmail).All(ctx)
	if err != nil || len(taken) == 0 {
		return err
	}
	for _, other := range taken {
		if other.Email != nil && *other.Email == *u.Email {
			return &Error{Code: Conflict, Field: "email", Message: "There is an account with this e-mail address."}
		}
	}
	return &Error{Code: Conflict, Field: "nickname", Message: "This nickname is taken."}
}

// newAccount checks and cleans the input, and hashes the password.
func (s *Service) newAccount(ctx context.Context, in SignUpInput) (*ent.User, error) {
	email, err := emailAddress(in.Email)
	if err != nil {
		return nil, err
	}
	name, err := personName("name", in.Name)
	if err != nil {
		return nil, err
	}
	nickname, err := nickname(in.Nickname)
	if err != nil {
		return nil, err
	}
	if err := suitable("password", in.Password); err != nil {
		return nil, err
	}
	if err := s.Terms.accept("terms", in.Terms); err != nil {
		return nil, err
	}
	lang := requestLanguage(ctx, language.French.String())
	if in.Language != nil {
		if lang, err = tag("language", *in.Language); err != nil {
			return nil, err
		}
	}
	hash, err := s.Passwords.Hash(ctx, in.Password)
	return &ent.User{Email: &email, Name: name, Nickname: &nickname, PasswordHash: hash, Language: lang}, err
}

var errCredentials = refuse(Unauthenticated, "The e-mail address or the password is wrong.")

// SignIn opens a session. Errors: RATE_LIMITED, known account or not; UNAUTHENTICATED for wrong credentials, after the same work whichever is wrong.
func (s *Service) SignIn(ctx context.Context, email, password string) (*Session, error) {
	if err := s.mayTry(ctx, signIns, email); err != nil {
		return nil, err
	}
	u, err := s.Read.User.Query().Where(user.Email(strings.ToLower(email)), user.ErasedAtIsNil()).Only(ctx)
	if ignoreNotFound(err) != nil {
		return nil, err
	}
	ok, err := s.isPassword(ctx, password, u)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, errCredentials
	}
	var made *Session
	err = s.inTx(ctx, func(ctx context.Context, tx *Tx) error {
		account, err := tx.lockAccount(ctx, u.ID)
		if errors.Is(err, errSignIn) || err == nil && account.PasswordHash != u.PasswordHash { // erased or changed meanwhile
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

func (tx *Tx) signIn(ctx context.Context, userID string) (*Session, error) {
	s := tx.service
	token := auth.NewToken()
	hash, _ := auth.HashToken(token)
	expires := s.now().Add(SessionLifetime)
	err := tx.Session.Create().SetID(s.NewID("session")).SetUserID(userID).SetTokenHash(hash).
		SetCreatedAt(s.now()).SetExpiresAt(expires).SetDevice(auth.DeviceFrom(ctx)).Exec(ctx)
	if err != nil {
		return nil, err
	}
	viewer, err := s.viewerOf(ctx, tx, hash)
	return &Session{token, expires, viewer}, err
}

// SignOut ends the viewer's session, or all of theirs, and says how many.
func (s *Service) SignOut(ctx context.Context, everywhere bool) (ended int, err error) {
	viewer := auth.ViewerFrom(ctx)
	if !viewer.SignedIn() {
		return 0, nil
	}
	err = s.inTx(ctx, func(ctx context.Context, tx *Tx) error {
		which := session.ID(viewer.SessionID)
		if everywhere {
			which = session.UserID(viewer.UserID)
		}
		if ended, err = tx.Session.Delete().Where(which).Exec(ctx); ended > 0 {
			viewerChanged(tx, viewer.UserID)
		}
		return err
	})
	return ended, err
}

// viewerChanged has open sockets of a person look again at who that is: what they hold is a snapshot.
func viewerChanged(tx *Tx, userID string) {
	tx.record(live.Event{Topic: live.ViewerTopic(userID), Type: live.ViewerChanged, Subject: userID})
}

// AccountChange is what is to change; nil leaves it as it is.
type AccountChange struct {
	Name     *string
	Nickname *string
	Language *string
}

// UpdateAccount changes how the viewer is called, and in which language the site writes to them.
// Errors: BAD_USER_INPUT; CONFLICT on nickname when taken.
func (s *Service) UpdateAccount(ctx context.Context, in AccountChange) (auth.Viewer, error) {
	v := auth.ViewerFrom(ctx)
	if err := permit(v, "updateAccount", about{}); err != nil {
		return v, err
	}
	err := s.inTx(ctx, func(ctx context.Context, tx *Tx) error {
		u, err := tx.lockAccount(ctx, v.UserID) // or what is blanked meanwhile would be written back
		if err != nil {
			return err
		}
		if err := in.apply(u); err != nil {
			return err
		}
		v.Language = u.Language
		return tx.User.Update().Where(user.ID(u.ID)).SetName(u.Name).SetNillableNickname(u.Nickname).SetLanguage(u.Language).Exec(ctx)
	})
	if ent.IsConstraintError(err) {
		err = &Error{Code: Conflict, Field: "nickname", Message: "This nickname is taken."}
	}
	return v, err
}

// apply checks what is to change, and writes it into u.
func (in AccountChange) apply(u *ent.User) (err error) {
	if in.Name != nil && *in.Name != u.Name {
		if u.Name, err = personName("name", *in.Name); err != nil {
			return err
		}
	}
	if in.Nickname != nil && (u.Nickname == nil || *in.Nickname != *u.Nickname) {
		given, err := nickname(*in.Nickname)
		if err != nil {
			return err
		}
		u.Nickname = &given
	}
	if in.Language != nil {
		u.Language, err = tag("language", *in.Language)
	}
	return err
}
