package consultation_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"ensemble/consultation"
	"ensemble/consultation/change"
	"ensemble/consultation/notify"
	"ensemble/consultation/organizations"
	"ensemble/consultation/people"
	"ensemble/consultation/roadmap"
	"ensemble/ent/mail"
	"ensemble/ent/membership"
	"ensemble/internal/testenv"
	"ensemble/internal/testsite"
	"ensemble/internal/testsite/scene"
)

// marks are words that stand in the database because of one person, each in another place.
var marks = []string{
	"dupont", "jeanne.dupont@example.org", "jeanne_d", // the account, words of reports and appeals, what waits, mail
	"markdraft", "markdeleted", "markretracted", "markbefore", // drafts and comments
	"marktoken", "markdevice", "marksubject", "markkey", // ways in, and retries
	"markmail",    // what others sent her
	"markearlier", // an address that she had
}

// writeBefore lets the site write to the address of somebody who has no account yet: an invitation, and a link that
// sets a password. None of it leaves.
func writeBefore(t *testing.T, w *scene.World) {
	t.Helper()
	w.Mailer = &scene.Mailbox{Fails: 1000}
	testsite.Got(w.InviteMember(scene.As(t, w.Admin), organizations.InviteMemberInput{
		Organization: w.Organization.ID, Email: new(scene.NewAccount().Email), Role: membership.RoleMEMBER,
		IdempotencyKey: new("not hers either"),
	}))(t)
	testsite.Got(w.RequestPasswordReset(t.Context(), people.RequestPasswordResetInput{Email: scene.NewAccount().Email}))(t)
	w.Mailer = nil
}

// bear lets a person have another address for a while, to which they are invited, and then their own again.
func bear(t *testing.T, w *scene.World, p *testsite.Person, address string) {
	t.Helper()
	to := func(address string) {
		testsite.Got(w.RequestEmailChange(scene.As(t, p), people.RequestEmailChangeInput{
			Email: address, Password: scene.Password,
		}))(t)
	}
	to(address)
	testsite.Got(w.InviteMember(scene.As(t, w.Admin), organizations.InviteMemberInput{
		Organization: w.Organization.ID, Email: &address, Role: membership.RoleMEMBER,
	}))(t)
	to(scene.NewAccount().Email)
}

// mailThatWaits has p mention Bob, and a mail about it written to him that does not leave.
func mailThatWaits(t *testing.T, w *scene.World, p *testsite.Person) {
	t.Helper()
	testsite.Must(t, scene.Only(w.UpdateNotificationSettings(scene.As(t, w.Bob),
		notify.UpdateNotificationSettingsInput{MailsMentions: new(true)})))
	testsite.Must(t, w.Write.User.Update().SetEmailConfirmedAt(w.Now()).Exec(t.Context()))
	w.Mailer = &scene.Mailbox{Fails: 1000}
	w.Clock.Advance(time.Minute)
	w.Comment(t, p, w.SomeCommitment(t).ID, "Here is @bob.")
	w.TellAll(t)
	testsite.Must(t, w.Jobs.Do(t.Context(), "write digests"))
	if n := testsite.Got(w.Read.Mail.Query().Where(mail.UserID(w.Bob.ID)).Count(t.Context()))(t); n == 0 {
		t.Fatal("no mail waits for Bob")
	}
}

// leaveMarks lets somebody do all that leaves words of theirs that an erasure takes away. It returns them.
func leaveMarks(t *testing.T, w *scene.World) *testsite.Person {
	t.Helper()
	writeBefore(t, w)
	p, _ := jeanne(t, w)
	bear(t, w, p, "markearlier@example.org")
	ctx := scene.As(t, p)
	c, other := w.SomeCommitment(t), w.SomeCommitment(t)

	testsite.Got(w.DraftAmendment(ctx, roadmap.DraftAmendmentInput{Commitment: c.ID, Body: new("A markdraft.")}))(t)
	gone := testsite.Got(w.DraftAmendment(ctx, roadmap.DraftAmendmentInput{
		Commitment: other.ID, Body: new("A markdeleted draft."), IdempotencyKey: new("markkey"),
	}))(t)
	testsite.Got(w.DeleteAmendmentDraft(ctx, roadmap.DeleteAmendmentDraftInput{Amendment: gone.ID}))(t)

	m := testsite.Got(w.PostComment(ctx, roadmap.PostCommentInput{Subject: c.ID, Body: "It was markbefore."}))(t)
	testsite.Got(w.EditComment(ctx, roadmap.EditCommentInput{Comment: m.ID, Body: "It is markretracted."}))(t)
	testsite.Got(w.DeleteComment(ctx, roadmap.DeleteCommentInput{Comment: m.ID}))(t)

	_, _, err := w.CreateAccessToken(ctx, people.CreateAccessTokenInput{
		Name: "marktoken", Scopes: []string{"read"}, ExpiresAt: w.Now().Add(2 * change.Day), Password: new(scene.Password),
	})
	testsite.Must(t, err)
	do(t, w.Site, "UPDATE sessions SET device = 'markdevice' WHERE user_id = '"+p.ID+"'")
	testsite.Must(t, w.Write.Identity.Create().SetID("identity_1").SetUserID(p.ID).SetIssuer(scene.Trusted).
		SetSubject("marksubject").SetCreatedAt(w.Now()).Exec(t.Context()))

	testsite.Must(t, w.Write.Mail.Create().SetID("mail_1").SetUserID(p.ID).SetAddress("jeanne.dupont@example.org").
		SetLanguage("fr").SetSubject("x").SetBody("Markmail for Jeanne Dupont.").SetSendAt(w.Now()).
		SetCreatedAt(w.Now()).Exec(t.Context()))
	hub := w.NewOrganization(t, "Hub du Nord", true)
	w.Member(t, hub, w.Bob, membership.RoleOWNER)
	testsite.Got(w.InviteMember(scene.As(t, w.Bob), organizations.InviteMemberInput{
		Organization: hub.ID, Email: new("jeanne.dupont@example.org"), Role: membership.RoleMEMBER,
		IdempotencyKey: new("not hers"), // statistics of a table that is empty in the end are not made anew
	}))(t)
	mailThatWaits(t, w, p)
	return p
}

// Once an account is erased, and the job has scrubbed what was erased, no file of a SQLite database has a word of it
// any more, nor has a file with a table or an index of PostgreSQL when the tables were packed.
func TestErasingLeavesNoTraceInFiles(t *testing.T) {
	for name, open := range map[string]func(*testing.T) (*testsite.Site, func() []byte){
		"sqlite": func(t *testing.T) (*testsite.Site, func() []byte) {
			url := testenv.SQLite(t)
			return testsite.New(t, url), func() []byte { return contents(t, filepath.Dir(strings.TrimPrefix(url, "sqlite:"))) }
		},
		"postgres": func(t *testing.T) (*testsite.Site, func() []byte) {
			s := testsite.New(t, testenv.PostgresServer(t).URL)
			return s, func() []byte {
				do(t, s, "CHECKPOINT")
				var folder string
				testsite.Must(t, s.Store.Read.QueryRowContext(t.Context(), `
					SELECT current_setting('data_directory') || '/base/' || oid
					FROM pg_database WHERE datname = current_database()`).Scan(&folder))
				return contents(t, folder)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			s, files := open(t)
			w := scene.New(t, s)
			p := leaveMarks(t, w)
			if w.OnPostgres() {
				do(t, s, "ANALYZE") // values of columns are in its statistics then
			}
			if found := marksIn(files()); len(found) < len(marks) {
				t.Fatalf("only %v are there to erase", found)
			}

			testsite.Got(w.EraseAccount(scene.As(t, p), consultation.EraseAccountInput{Password: new(scene.Password)}))(t)
			testsite.Must(t, w.Jobs.Do(t.Context(), "scrub what was erased"))
			if w.OnPostgres() {
				t.Logf("vacuuming left %v in space that is not used", marksIn(files()))
				do(t, s, "VACUUM FULL")
			}
			if found := marksIn(files()); len(found) > 0 {
				t.Errorf("%v are left", found)
			}

			w.CheckCounters(t)
			w.CheckLog(t)
			w.CheckSearch(t)
		})
	}
}

// contents returns what the files of a folder hold, in small letters.
func contents(t *testing.T, folder string) []byte {
	t.Helper()
	var all []byte
	for _, file := range testsite.Got(os.ReadDir(folder))(t) {
		all = append(all, testsite.Got(os.ReadFile(filepath.Join(folder, file.Name())))(t)...)
	}
	return bytes.ToLower(all)
}

// marksIn returns the marks that are in some bytes.
func marksIn(all []byte) []string {
	return slices.DeleteFunc(slices.Clone(marks), func(mark string) bool { return !bytes.Contains(all, []byte(mark)) })
}

// do runs a statement outside any transaction.
func do(t *testing.T, s *testsite.Site, statement string) {
	t.Helper()
	_, err := s.Store.Write.ExecContext(t.Context(), statement)
	testsite.Must(t, err)
}

// An erasure has the files scrubbed at once, and does not wait for that.
func TestErasingScrubs(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		erased := make(chan bool, 100) // whether Bob was, each time
		w.Scrub = func(ctx context.Context) error {
			u, err := w.Read.User.Get(ctx, w.Bob.ID)
			erased <- err == nil && u.ErasedAt != nil
			return err
		}
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { defer close(ended); w.Service.Jobs.Run(ctx) }()

		if !w.OnPostgres() && <-erased { // at the start
			t.Error("Bob is erased before he asks for it")
		}
		testsite.Got(w.EraseAccount(scene.As(t, w.Bob), consultation.EraseAccountInput{}))(t)
		if !<-erased {
			t.Error("the files were scrubbed for nobody")
		}
		stop()
		<-ended
	})
}

// While nobody was erased lately, PostgreSQL is left to vacuum by itself.
func TestScrubbingWaitsForAnErasure(t *testing.T) {
	scene.OnPostgres(t, func(t *testing.T, w *scene.World) {
		times := 0
		w.Scrub = func(context.Context) error { times++; return nil }
		run := func(want int) {
			t.Helper()
			testsite.Must(t, w.Jobs.Do(t.Context(), "scrub what was erased"))
			if times != want {
				t.Errorf("scrubbed %d times, want %d", times, want)
			}
		}

		run(0)
		testsite.Must(t, w.Write.User.UpdateOneID(w.Bob.ID).SetErasedAt(w.Now()).Exec(t.Context()))
		run(1)
		w.Clock.Advance(change.Day)
		run(2) // of what was erased again
		w.Clock.Advance(2 * time.Hour)
		run(2)
	})
}
