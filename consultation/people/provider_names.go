package people

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"strings"

	"ensemble/consultation/input"
	"ensemble/consultation/text/clean"
	"ensemble/ent/user"
)

const (
	minNickname = 3 // characters, as in nicknameForm
	maxNickname = 20
	maxNumbered = 9 // how often a nickname is numbered before it gets random letters
)

// nameFrom returns the public name of somebody who comes from a provider, cleaned and cut to the length of a name;
// otherwise, when nothing of it can be used.
func nameFrom(c Claims, otherwise string) string {
	runes := []rune(c.Name)
	name, err := input.Line("name", string(runes[:min(len(runes), input.MaxName)]), input.MaxName)
	if err != nil {
		return otherwise
	}
	return name
}

// freeNickname derives a nickname that nobody has from how somebody is called. It never uses an e-mail address, which
// is private.
func (tx *tx) freeNickname(ctx context.Context, c Claims) (string, error) {
	wishes := nicknamesFor(nicknameFrom(c))
	taken, err := tx.User.Query().Where(user.NicknameIn(wishes...)).Select(user.FieldNickname).Strings(ctx)
	if err != nil {
		return "", err
	}

	for _, wish := range wishes {
		if !slices.Contains(taken, wish) && !isReserved(wish) {
			return wish, nil
		}
	}
	return "", fmt.Errorf("no nickname is free") // the last wish is random, so it is practically never taken
}

// nicknamesFor returns a nickname, the same with the numbers from 2 to maxNumbered, and last with random letters.
func nicknamesFor(base string) []string {
	wishes := []string{base}
	for n := 2; n <= maxNumbered; n++ {
		wishes = append(wishes, withEnd(base, fmt.Sprint(n)))
	}
	return append(wishes, withEnd(base, strings.ToLower(rand.Text()[:8])))
}

// withEnd returns base with a hyphen and end after it, cut so that the whole is no longer than a nickname may be.
func withEnd(base, end string) string {
	return base[:min(len(base), maxNickname-1-len(end))] + "-" + end
}

// nicknameFrom returns what is left of the nickname that somebody wishes, or of their name, in the letters of
// nicknames; "participant" when that is too short.
func nicknameFrom(c Claims) string {
	for _, wish := range []string{c.Nickname, c.Name} {
		if strings.Contains(wish, "@") { // an e-mail address
			continue
		}

		nickname := strings.Map(nicknameRune, clean.Fold(wish))
		nickname = strings.Trim(nickname[:min(len(nickname), maxNickname)], "-")
		if len(nickname) >= minNickname {
			return nickname
		}
	}

	return "participant"
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
