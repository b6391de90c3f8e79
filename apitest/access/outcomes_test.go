package access_test

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"ensemble/apitest/story"
	"ensemble/auth"
	"ensemble/consultation/permission"
	"ensemble/ent/mailedtoken"
	"ensemble/graph/generated"
	"ensemble/internal/testenv"
	"ensemble/internal/testsite"
)

// openAttempts are inputs of the mutations that are open to everybody who has an account, or to all: attempts has the
// others. <link> is a token that was mailed to dora, <n> a name that nobody has; "of me" is of whoever asks.
var openAttempts = map[string]string{
	"signUp": `{"email": "<n>@example.org", "name": "New", "nickname": "<n>",
		"password": "correct horse battery", "terms": "2026-03"}`,
	"signIn":                   `{"email": "carol@example.org", "password": "correct horse battery"}`,
	"signOut":                  `{}`,
	"requestEmailConfirmation": `{"email": "carol@example.org"}`,
	"confirmEmail":             `{"token": "<link>"}`,
	"requestPasswordReset":     `{"email": "carol@example.org"}`,
	"resetPassword":            `{"token": "<link>", "password": "another horse battery"}`,
	"acceptTerms":              `{"version": "2026-03"}`,
	"updateAccount":            `{"language": "en"}`,
	"changePassword":           `{"currentPassword": "correct horse battery", "newPassword": "another horse battery"}`,
	"requestEmailChange":       `{"email": "<n>@example.org", "password": "correct horse battery"}`,
	"eraseAccount":             `{"password": "correct horse battery"}`,
	"endSession":               `{"session": "<session of me>"}`,
	"createAccessToken": `{"name": "Tableau", "scopes": ["READ"],
		"expiresAt": "2026-04-01T00:00:00Z", "password": "correct horse battery"}`,
	"revokeAccessToken":          `{"accessToken": "<token of me>"}`,
	"draftAmendment":             `{"commitment": "<commitment>", "body": "Encore un autre texte."}`,
	"postComment":                `{"subject": "<commitment>", "body": "Bonjour."}`,
	"voteComment":                `{"comment": "<answer>", "vote": "UP"}`,
	"reportContent":              `{"item": "<deep comment>", "reason": "SPAM"}`,
	"addSupport":                 `{"commitment": "<reviewed commitment>"}`,
	"removeSupport":              `{"commitment": "<commitment>"}`,
	"confirmSupport":             `{"commitment": "<commitment>"}`,
	"createOrganization":         `{"name": "Association <n>", "kind": "ASSOCIATION"}`,
	"acceptInvitation":           `{"invitation": "<invitation>"}`,
	"declineInvitation":          `{"invitation": "<invitation>"}`,
	"followSubject":              `{"subject": "<organization>"}`,
	"unfollowSubject":            `{"subject": "<organization>"}`,
	"markNotificationsRead":      `{"upTo": "2030-01-01T00:00:00Z"}`,
	"updateNotificationSettings": `{"digest": "DAILY"}`,
}

// Open mutations stand side by side in one story, except for these. A mutation of alone has a story of its own. One of
// last ends its story, since its caller could do nothing afterwards.
var (
	alone = []string{"acceptInvitation", "declineInvitation"}
	last  = []string{"changePassword", "eraseAccount", "signOut"}
)

// exceptions are mutations that the table of permissions allows to more people than can do them in the state of this
// story: the letters of those who can, or of those who cannot, and why.
var exceptions = map[string]struct{ only, but, why string }{
	"confirmSupport":    {only: "ab", why: "others have no support on an earlier text"},
	"draftAmendment":    {but: "a", why: "has a draft already"},
	"reportContent":     {but: "a", why: "wrote it"},
	"voteComment":       {but: "b", why: "wrote it"},
	"acceptInvitation":  {only: "c", why: "it is to her"},
	"declineInvitation": {only: "c", why: "it is to her"},
	"leaveOrganization": {but: "o", why: "no other owner is left"},
}

// prevented reports whether c may do the mutation but cannot, in the state of this story.
func prevented(mutation string, c caller) bool {
	e, known := exceptions[mutation]
	return known && (e.only != "" && !strings.Contains(e.only, c.letter) || strings.Contains(e.but, c.letter))
}

// trial is a mutation that somebody tries.
type trial struct {
	mutation string
	who      caller
}

// outcome tries x. It returns "+" if it is done, or the letter of the error, and whether the mutation changed the
// story.
func (x trial) outcome(t *testing.T, st *story.Story, number int) (letter string, changed bool) {
	t.Helper()
	input := openAttempts[x.mutation]
	st.Call("n", fmt.Sprint("newcomer-", number))
	if strings.Contains(input, "<link>") {
		st.Call("link", link(t, st, x.mutation))
	}

	var a testsite.Reply
	if input == "" {
		a = try(t, st, x.mutation, x.who.name)
	} else {
		variables := map[string]any{"input": inputOf(t, st, input, x.who.name)}
		a = st.Send(t, story.Mutation(x.mutation), variables, st.Bearer(x.who.name)...)
	}

	testsite.WantSoundErrors(t, a)
	if code := cmp.Or(a.Code(), refusedInside(a)); code != "" {
		return codeLetter(code), false
	}
	return "+", input == "" || slices.Contains(alone, x.mutation)
}

// link makes the token of a link in a mail to dora, for confirmEmail or resetPassword.
func link(t *testing.T, st *story.Story, mutation string) string {
	t.Helper()
	purpose := map[string]mailedtoken.Purpose{
		"confirmEmail":  mailedtoken.PurposeCONFIRM_EMAIL,
		"resetPassword": mailedtoken.PurposeRESET_PASSWORD,
	}[mutation]
	st.SQL(t, "UPDATE users SET email_confirmed_at = NULL WHERE id = $1", st.Names["dora"])

	token := auth.MailedToken.New()
	hash, _ := auth.MailedToken.Hash(token)
	testsite.Must(t, st.Write.MailedToken.Create().
		SetID(st.NewID("link")).
		SetUserID(st.Names["dora"]).
		SetPurpose(purpose).
		SetAddress("dora@example.org").
		SetTokenHash(hash).
		SetCreatedAt(st.Now()).
		SetExpiresAt(st.Now().Add(time.Hour)).
		Exec(t.Context()))
	return token
}

// permitted reports whether the table of permissions lets c try the mutation, as far as the table knows without the
// state of things.
func permitted(p permission.Permission, name string, c caller) bool {
	if c.name == "" {
		return p.Who&permission.Anybody != 0
	}

	is := permission.Anybody | permission.SignedIn | permission.Confirmed
	switch c.name {
	case "unconfirmed":
		is &^= permission.Confirmed
	case "alice":
		is |= permission.Member
	case "signatory":
		is |= permission.Member | permission.Signatory
	case "owner":
		is |= permission.Member | permission.Owner
	case "FACILITATOR":
		is |= permission.Facilitator
	case "MODERATOR":
		is |= permission.Moderator
	case "STEERING":
		is |= permission.Steering
	case "ADMIN", "token":
		is |= permission.Admin
	case "admin":
		is |= permission.Admin | permission.SiteAdmin
	}

	if attempts[name].as == c.name {
		is |= permission.Author
	}
	return p.Who&is != 0 && (c.name != "token" || p.Scope == permission.ScopeRead)
}

// trials are each mutation, tried as each caller.
func trials(t *testing.T) []trial {
	t.Helper()
	var all []trial
	for _, f := range generated.NewExecutableSchema(generated.Config{}).Schema().Mutation.Fields {
		if strings.HasPrefix(f.Name, "__") {
			continue
		}
		if openAttempts[f.Name] == "" && attempts[f.Name].input == "" {
			t.Fatalf("%s has no attempt", f.Name)
		}
		for _, c := range callers {
			all = append(all, trial{f.Name, c})
		}
	}

	slices.SortStableFunc(all, func(a, b trial) int { return strings.Compare(a.mutation, b.mutation) })
	return all
}

// outcomes tries all in the given order and returns their letters. Trials that change nothing share a copy of the
// story; after one that changes it a new copy begins.
func outcomes(t *testing.T, fresh func(t *testing.T) *story.Story, all []trial) map[trial]string {
	t.Helper()
	letters := map[trial]string{}
	for next := 0; next < len(all); {
		ran := t.Run("from "+all[next].mutation, func(t *testing.T) {
			st := fresh(t)
			gather(t, st)
			secondAdmin(t, st)
			st.SQL(t, "UPDATE processes SET reports_to_hide = 0")

			for same := true; same && next < len(all); next++ {
				x, changed := all[next], false
				letters[x], changed = x.outcome(t, st, next)

				// The last caller has tried a mutation that leaves nobody who could go on.
				isOver := next+1 == len(all) || all[next+1].mutation != x.mutation
				same = !changed && !(isOver && slices.Contains(last, x.mutation))
			}
		})

		if !ran {
			return letters
		}
	}
	return letters
}

// outcomesLegend heads the table of outcomes. Its verb is for the letters of errors.
const outcomesLegend = `# Who may do what: each mutation, in the state of things in which it can be done, as each kind of caller.
#
#   +  done
#   %s
#
`

// What each caller can do with each mutation is as the golden table says, and as the table of permissions does.
func TestOutcomesForEachCaller(t *testing.T) {
	for _, dialect := range testenv.Dialects(t) {
		t.Run(dialect, func(t *testing.T) {
			t.Parallel()
			all := trials(t)
			letters := outcomes(t, story.Open[dialect], all)

			var table strings.Builder
			fmt.Fprintf(&table, outcomesLegend, codeLegend)
			table.WriteString(legend())
			table.WriteByte('\n')
			for one := range slices.Chunk(all, len(callers)) {
				for _, x := range one {
					table.WriteString(letters[x])
				}
				fmt.Fprintf(&table, "  %s\n", one[0].mutation)
			}

			comparePermissions(t, "mutations", table.String())
			agree(t, letters)
		})
	}
}

// agree asks that the letters say of each mutation what the table of permissions says, and that somebody can do it.
func agree(t *testing.T, letters map[trial]string) {
	t.Helper()
	for _, p := range permission.Permissions() {
		for _, name := range mutationsOf(p) {
			anybody := false
			for _, c := range callers {
				letter, may := letters[trial{name, c}], permitted(p, name, c)
				anybody = anybody || letter == "+"

				switch {
				case (letter == "+") != (may && !prevented(name, c)):
					t.Errorf("%s as %q is %s, permitted: %v, prevented: %v", name, c.name,
						letter, may, prevented(name, c))
				case !may && !strings.Contains(map[bool]string{true: "U", false: "FN"}[c.name == ""], letter):
					t.Errorf("%s as %q is %s", name, c.name, letter)
				}
			}
			if !anybody {
				t.Errorf("nobody could %s", name)
			}
		}
	}
}
