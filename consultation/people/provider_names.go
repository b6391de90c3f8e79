package people

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"strings"

	"ensemble/consultation/input"
	"ensemble/consultation/refusal"
	"ensemble/consultation/text/clean"
	"ensemble/ent"
	"ensemble/ent/user"
)

// neutralNickname is for those of whom a provider says nothing that can be a nickname.
const neutralNickname = "participant"

const (
	minNickname = 3 // characters, as in nicknameForm
	maxNickname = 20
	maxNumbered = 9 // how often a nickname is numbered before it gets random letters
)

// namesFrom returns the name and the nickname of somebody who comes from a provider. What the provider says passes the
// same checks as what people type. Where it does not pass, the name is the nickname, and the nickname is neutral: the
// person can change both.
func (tx *tx) namesFrom(ctx context.Context, c Claims) (name, nickname string, err error) {
	if nickname, err = tx.freeNickname(ctx, c); err != nil {
		return "", "", err
	}

	said := begun(c.Name)
	if strings.Contains(said, "@") { // an e-mail address, which is private
		return nickname, nickname, nil
	}

	name, refused, err := tx.checked(ctx, NewName{Field: "name", Name: said, Form: PersonName})
	if refused {
		name = nickname
	}
	return name, nickname, err
}

// begun returns as much of what a provider says as a name may have.
func begun(said string) string {
	runes := []rune(said)
	return string(runes[:min(len(runes), input.MaxName)])
}

// checked checks a name, and tells what is refused from what failed.
func (tx *tx) checked(ctx context.Context, n NewName) (name string, refused bool, err error) {
	name, err = n.Check(ctx, tx.Client())
	not, err := refusal.Apart(err)
	return name, not != nil, err
}

// freeNickname derives a nickname that nobody has, and that does not rest, from how somebody is called. It never uses an
// e-mail address, which is private.
func (tx *tx) freeNickname(ctx context.Context, c Claims) (string, error) {
	base, refused, err := tx.checked(ctx, NewName{Field: "nickname", Name: nicknameFrom(c), Form: Nickname})
	if err != nil {
		return "", err
	}
	if refused {
		base = neutralNickname
	}

	wishes := nicknamesFor(base)
	looks := make([]string, len(wishes))
	for i, wish := range wishes {
		looks[i] = clean.Skeleton(wish)
	}
	borne, err := tx.User.Query().Where(user.Or(user.NicknameIn(wishes...), user.NicknameLookIn(looks...))).All(ctx)
	if err != nil {
		return "", err
	}
	resting, err := tx.resting(ctx, wishes)
	if err != nil {
		return "", err
	}

	for _, wish := range wishes {
		alike := func(u *ent.User) bool { return clean.Skeleton(*u.Nickname) == clean.Skeleton(wish) }
		if slices.ContainsFunc(borne, alike) || slices.Contains(resting, restingID(wish)) {
			continue
		}
		// What is cut and numbered is another name than the base, which was checked.
		wish, refused, err := tx.checked(ctx, NewName{Field: "nickname", Name: wish, Form: Nickname})
		if err != nil || !refused {
			return wish, err
		}
	}
	return "", fmt.Errorf("no nickname is free") // the last wish is random, so it is practically never taken
}

// nicknamesFor returns a nickname, the same with the numbers from 2 to maxNumbered and with random letters, and last the
// neutral one with these letters, for a base that no check allows with an end.
func nicknamesFor(base string) []string {
	wishes := []string{base}
	for n := 2; n <= maxNumbered; n++ {
		wishes = append(wishes, withEnd(base, fmt.Sprint(n)))
	}
	random := strings.ToLower(rand.Text()[:8])
	return append(wishes, withEnd(base, random), withEnd(neutralNickname, random))
}

// withEnd returns base with a hyphen and end after it, cut so that the whole is no longer than a nickname may be.
func withEnd(base, end string) string {
	return base[:min(len(base), maxNickname-1-len(end))] + "-" + end
}

// nicknameFrom returns what is left of the nickname that somebody wishes, or of their name, in the letters of
// nicknames; neutralNickname when that is too short.
func nicknameFrom(c Claims) string {
	for _, wish := range []string{c.Nickname, c.Name} {
		if strings.Contains(wish, "@") { // an e-mail address
			continue
		}

		nickname := strings.Map(nicknameRune, clean.Fold(begun(wish)))
		nickname = strings.Trim(nickname[:min(len(nickname), maxNickname)], "-")
		if len(nickname) >= minNickname {
			return nickname
		}
	}

	return neutralNickname
}

// nicknameRune returns the letter of a nickname that replaces a folded one; -1 for none.
func nicknameRune(r rune) rune {
	switch {
	case 'a' <= r && r <= 'z', '0' <= r && r <= '9':
		return r
	case r == ' ':
		return '-'
	}
	return -1
}
