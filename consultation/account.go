package consultation

import (
	"context"
	"net/mail"
	"regexp"
	"strings"
	"time"

	"golang.org/x/text/language"

	"ensemble/auth"
	"ensemble/consultation/text"
	"ensemble/ent"
	"ensemble/ent/session"
	"ensemble/ent/user"
	"ensemble/live"
)

const (
	maxEmail    = 254 // bytes; source: RFC 5321 §4.5.3.1.3, less the brackets
	minPassword = 10  // code points
	maxPassword = 200
)

// SessionLifetime is how long a sign-in lasts.
const SessionLifetime = 30 * 24 * time.Hour

var nicknameForm = regexp.MustCompile(`^[a-z0-9_-]{3,20}$`)

// SignUpInput is the input of SignUp.
type SignUpInput struct {
	Email    string
	Name     string
	Nickname string
	Password string
	Language *string
}

// Session is a new sign-in: the token is shown this once.
type Session struct {
	Token     string
	ExpiresAt time.Time
	Viewer    auth.Viewer
}

// SignUp opens an account and signs in. Errors: BAD_USER_INPUT; CONFLICT on email or nickname when taken.
func (s *Service) SignUp(ctx context.Context, in SignUpInput) (*Session, error) {
	u, err := s.newAccount(ctx, in)
	if err != nil {
		return nil, err
	}
	var made *Session
	err = s.inTx(ctx, func(ctx context.Context, tx *Tx) error {
		if err := tx.free(ctx, u); err != nil {
			return err
		}
		account, err := tx.User.Create().SetID(s.NewID("user")).SetEmail(*u.Email).SetName(u.Name).SetNickname(*u.Nickname).
			SetPasswordHash(u.PasswordHash).SetLanguage(u.Language).SetCreatedAt(s.now()).Save(ctx)
		if err != nil {
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
	name, err := line("name", in.Name, maxName)
	if err != nil {
		return nil, err
	}
	nickname := strings.ToLower(in.Nickname)
	if !nicknameForm.MatchString(nickname) {
		return nil, BadInput("nickname", "Use 3 to 20 of a-z, 0-9, _ and -.")
	}
	if n := text.Length(in.Password); n < minPassword || n > maxPassword {
		return nil, BadInput("password", "Use %d to %d characters.", minPassword, maxPassword)
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

// emailAddress is the lower-case form of a bare address.
func emailAddress(s string) (string, error) {
	parsed, err := mail.ParseAddress(s)
	if err != nil || parsed.Address != s || len(s) > maxEmail || strings.ContainsAny(s, " \"<>\r\n") {
		return "", BadInput("email", "This is not an e-mail address.")
	}
	return strings.ToLower(s), nil
}

// SignIn opens a session. Errors: UNAUTHENTICATED for wrong credentials, after the same work whichever is wrong.
func (s *Service) SignIn(ctx context.Context, email, password string) (*Session, error) {
	if text.Length(password) > maxPassword {
		password = "" // no stored password is that long, or empty
	}
	u, err := s.Read.User.Query().Where(user.Email(strings.ToLower(email)), user.ErasedAtIsNil()).Only(ctx)
	if ignoreNotFound(err) != nil {
		return nil, err
	}
	var stored string
	if u != nil {
		stored = u.PasswordHash
	}
	ok, err := s.Passwords.Check(ctx, password, stored)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, refuse(Unauthenticated, "The e-mail address or the password is wrong.")
	}
	var made *Session
	err = s.inTx(ctx, func(ctx context.Context, tx *Tx) error {
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
		SetCreatedAt(s.now()).SetExpiresAt(expires).Exec(ctx)
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
			tx.viewerChanged(viewer.UserID)
		}
		return err
	})
	return ended, err
}

// viewerChanged has open sockets of a person look again at who that is: what they hold is a snapshot.
func (tx *Tx) viewerChanged(userID string) {
	tx.record(live.Event{Topic: userID, Type: live.ViewerChanged, Subject: userID})
}
