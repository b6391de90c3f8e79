package consultation_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"ensemble/auth"
	"ensemble/consultation"
	"ensemble/consultation/change"
	"ensemble/consultation/notify"
	"ensemble/consultation/roadmap"
	"ensemble/ent"
	"ensemble/ent/invitation"
	"ensemble/ent/mailedtoken"
	"ensemble/ent/migrate"
	"ensemble/ent/notification"
	"ensemble/ent/unsubscription"
	"ensemble/internal/testsite"
	"ensemble/internal/testsite/scene"
	"ensemble/live"
)

// everywhere makes what jeanne makes, and more: the person has a row in each table that an erasure deletes rows from.
func everywhere(t *testing.T, w *scene.World) *testsite.Person {
	t.Helper()
	p, theirs := jeanne(t, w)

	now, later := w.Now(), w.Now().Add(time.Hour)
	hash := func() []byte { sum, _ := auth.HashToken(auth.NewToken()); return sum }
	ctx := t.Context()

	testsite.Must(t, scene.Only(w.UpdateNotificationSettings(scene.As(t, p), notify.UpdateNotificationSettingsInput{
		FollowsAutomatically: scene.Ptr(false),
	})))
	testsite.Must(t, w.Follow(scene.As(t, w.Bob), notify.FollowSubjectInput{Subject: p.ID}))

	// The rest is written to the tables directly. Only the columns that must be set are.
	for _, err := range []error{
		w.Write.AccessToken.Create().SetID(w.NewID("accesstoken")).SetUserID(p.ID).SetName("x").SetTokenHash(hash()).
			SetScopes("read").SetCreatedAt(now).SetExpiresAt(later).Exec(ctx),
		w.Write.Identity.Create().SetID(w.NewID("identity")).SetUserID(p.ID).
			SetIssuer(scene.Trusted).SetSubject("a5f0").SetCreatedAt(now).Exec(ctx),
		w.Write.SignInAttempt.Create().SetID(w.NewID("attempt")).SetUserID(p.ID).SetState("x").SetProvider("x").
			SetNonce("x").SetVerifier("x").SetReturnTo("/").SetCreatedAt(now).Exec(ctx),
		w.Write.MailedToken.Create().SetID(w.NewID("link")).SetUserID(p.ID).
			SetPurpose(mailedtoken.PurposeRESET_PASSWORD).SetAddress("x").SetTokenHash(hash()).
			SetCreatedAt(now).SetExpiresAt(later).Exec(ctx),
		w.Write.Mail.Create().SetID(w.NewID("mail")).SetUserID(p.ID).SetAddress("x").SetLanguage("fr").
			SetSubject("x").SetBody("x").SetSendAt(now).SetCreatedAt(now).Exec(ctx),
		w.Write.Invitation.Create().SetID(w.NewID("invitation")).SetUserID(p.ID).SetOrganizationID(w.Organization.ID).
			SetRole(invitation.RoleMEMBER).SetTokenHash(hash()).SetInviterID(w.Bob.ID).
			SetCreatedAt(now).SetExpiresAt(later).Exec(ctx),
		w.Write.Mention.Create().SetID(w.NewID("mention")).SetUserID(p.ID).SetCommentID(theirs.ID).
			SetCreatedAt(now).Exec(ctx),
		w.Write.RestingNickname.Create().SetID("jeanne_hash").SetUserID(p.ID).SetNickname("jeanne_before").
			SetUntil(later).Exec(ctx),
		w.Write.Unsubscription.Create().SetID(w.NewID("unsubscription")).SetUserID(p.ID).
			SetMails(unsubscription.MailsDIGEST).SetTokenHash(hash()).SetCreatedAt(now).Exec(ctx),
		w.Write.Notification.Create().SetID(w.NewID("notification")).SetUserID(w.Bob.ID).
			SetKind(notification.KindFOLLOWED_SUPPORTED).SetSubjectID(p.ID).SetItems([]string{}).SetCount(1).
			SetCreatedAt(now).SetUpdatedAt(now).Exec(ctx),
	} {
		testsite.Must(t, err)
	}
	return p
}

// emptied returns the tables that an erasure deletes rows from, each with the columns that say which rows.
func emptied() map[string][]string {
	tables := map[string][]string{}
	for name, is := range personal {
		if strings.HasSuffix(is.erased, deleted) {
			table, column, _ := strings.Cut(name, ".")
			tables[table] = append(tables[table], column)
		}
	}
	return tables
}

// late copies the rows of a person that an erasure deletes. The function it returns writes them back, as a transaction
// does that began before the erasure and committed after it.
func late(t *testing.T, w *scene.World, person string) (commit func()) {
	t.Helper()
	run := func(query string, args ...any) int64 {
		done := testsite.Got(w.Store.Write.ExecContext(t.Context(), query, args...))(t)
		return testsite.Got(done.RowsAffected())(t)
	}

	tables := emptied()
	for table, columns := range tables {
		run(fmt.Sprintf("CREATE TABLE late_%[1]s AS SELECT * FROM %[1]s WHERE '%[2]s' IN (%[3]s)",
			table, person, strings.Join(columns, ", ")))
	}

	return func() {
		for _, table := range migrate.Tables {
			if tables[table.Name] == nil {
				continue
			}
			query := fmt.Sprintf("INSERT INTO %[1]s SELECT * FROM late_%[1]s l"+
				" WHERE NOT EXISTS (SELECT 1 FROM %[1]s t WHERE t.id = l.id)", table.Name)
			if run(query) == 0 {
				t.Errorf("an erasure takes nothing out of %s: give somebody a row there that it does", table.Name)
			}
			run("DROP TABLE late_" + table.Name)
		}
	}
}

// What another transaction began before an erasure and commits after it does not stay, in any table. A second time
// nothing is left to do, and the time at which the person was erased stays as it was.
func TestEraseAgain(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		p := everywhere(t, w)
		commit := late(t, w, p.ID)
		testsite.Must(t, scene.Only(w.EraseAccount(scene.As(t, p), consultation.EraseAccountInput{
			Password: scene.Ptr(scene.Password),
		})))
		tables := emptied()
		rows := func() map[string]string {
			all := w.Contents(t)
			for table := range all {
				if tables[table] == nil && table != "users" {
					delete(all, table)
				}
			}
			return all
		}

		before := rows()
		commit()
		w.Clock.Advance(23 * time.Hour)
		testsite.Must(t, w.Jobs.Do(t.Context(), "erase again"))

		now := rows()
		for table := range before {
			if now[table] != before[table] {
				t.Errorf("%s holds\n%s\nand after the erasure held\n%s", table, now[table], before[table])
			}
		}

		w.Idle(t, func() error { return w.Jobs.Do(t.Context(), "erase again") })
	})
}

// lateFollow writes that p follows Alice, without asking whether p may.
func lateFollow(t *testing.T, w *scene.World, p *testsite.Person) {
	t.Helper()
	testsite.Must(t, w.Write.Follow.Create().SetID(w.NewID("follow")).SetUserID(p.ID).SetKind("USER").
		SetSubjectID(w.Alice.ID).SetCreatedAt(w.Now()).Exec(t.Context()))
}

// A job erases again, without being asked, in its later rounds too.
func TestJobErasesAgain(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		testsite.Must(t, scene.Only(w.EraseAccount(scene.As(t, w.Bob), consultation.EraseAccountInput{})))
		lateFollow(t, w, w.Bob)

		announced := make(chan live.Event, 100)
		w.Publisher = scene.PublisherFunc(func(ctx context.Context, events ...live.Event) {
			w.Told.Publish(ctx, events...)
			for _, e := range events {
				announced <- e
			}
		})

		first := w.NewPhase(t, 0, 1<<40)
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { defer close(ended); w.Service.Jobs.Run(ctx) }()

		awaited(t, announced, live.PhaseOpened, first.ID)
		awaited(t, announced, live.PhaseOpened, w.NewPhase(t, 0, 1<<40).ID) // the second round announces it
		stop()
		<-ended

		if left := testsite.Got(w.Read.Follow.Query().Count(t.Context()))(t); left > 0 {
			t.Errorf("%d follows are left", left)
		}
	})
}

// After a day an erasure is not done again.
func TestEraseAgainForADay(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		testsite.Must(t, scene.Only(w.EraseAccount(scene.As(t, w.Bob), consultation.EraseAccountInput{})))
		w.Clock.Advance(24*time.Hour + time.Microsecond)
		lateFollow(t, w, w.Bob)
		w.Idle(t, func() error { return w.Jobs.Do(t.Context(), "erase again") })
	})
}

// All who were erased are looked at again, also when there are many and when several were erased at the same moment.
func TestEraseManyAgain(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		const n = 250
		people := make([]*ent.UserCreate, n)
		follows := make([]*ent.FollowCreate, n)
		for i := range n {
			id := w.NewID("user")
			people[i] = w.Write.User.Create().SetID(id).SetName("").SetLanguage("fr").SetCreatedAt(w.Now()).
				SetErasedAt(w.Now().Add(time.Duration(i/60) * time.Minute))
			follows[i] = w.Write.Follow.Create().SetID(w.NewID("follow")).SetUserID(id).SetKind("USER").
				SetSubjectID(w.Alice.ID).SetCreatedAt(w.Now())
		}

		testsite.Must(t, w.Write.User.CreateBulk(people...).Exec(t.Context()))
		testsite.Must(t, w.Write.Follow.CreateBulk(follows...).Exec(t.Context()))

		testsite.Must(t, w.Jobs.Do(t.Context(), "erase again"))
		if left := testsite.Got(w.Read.Follow.Query().Count(t.Context()))(t); left > 0 {
			t.Errorf("%d rows are left", left)
		}
	})
}

// Nobody is told anything once their account is erased, though the act that tells them names them.
func TestNobodyErasedIsTold(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		testsite.Must(t, scene.Only(w.EraseAccount(scene.As(t, w.Bob), consultation.EraseAccountInput{})))

		testsite.Must(t, w.In(scene.As(t, w.Steering), func(ctx context.Context, tx *change.Tx) error {
			for _, p := range []*testsite.Person{w.Alice, w.Bob} {
				notify.Tell(ctx, tx, p.ID, notification.KindROLE, w.Process.ID)
			}
			return nil
		}))

		told := testsite.Got(w.Read.Notification.Query().All(t.Context()))(t)
		if len(told) != 1 || told[0].UserID != w.Alice.ID {
			t.Errorf("told are %s", scene.AsJSON(told))
		}
	})
}

// A person who follows things while their account is erased follows nothing in the end, whichever comes first.
func TestFollowingWhileErased(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		ctx := scene.As(t, w.Bob)
		errs := scene.AtOnce(t, 6, func(i int) error {
			if i == 0 {
				return scene.Only(w.EraseAccount(ctx, consultation.EraseAccountInput{}))
			}
			return w.Follow(ctx, notify.FollowSubjectInput{Subject: w.Commitment(t, fmt.Sprint(i), "x").ID})
		})

		if failed := slices.DeleteFunc(errs, func(err error) bool { return err == nil }); len(failed) > 0 {
			t.Errorf("refused: %v", failed)
		}

		testsite.Must(t, w.Jobs.Do(t.Context(), "erase again"))
		if left := testsite.Got(w.Read.Follow.Query().Count(t.Context()))(t); left > 0 {
			t.Errorf("%d follows are left", left)
		}
	})
}

// A vote holds a thread and then refers to its person; an erasure holds the person and then locks the threads that name
// them. Neither waits for the other in a circle.
func TestVoteWhileThePersonErasesTheirAccount(t *testing.T) {
	scene.OnPostgres(t, func(t *testing.T, w *scene.World) {
		p := w.As(testsite.Got(w.SignUp(t.Context(), scene.NewAccount()))(t))
		nickname := *testsite.Got(w.Read.User.Get(t.Context(), p.ID))(t).Nickname
		m := w.Comment(t, w.Bob, w.SomeCommitment(t).ID, "Merci @"+nickname)
		ctx := scene.As(t, p)

		thread := scene.Hold(t, w, "SELECT 1 FROM comments WHERE id = $1 FOR UPDATE", m.ID)
		vote := scene.Start(t, w, 1, func() error {
			return scene.Only(w.VoteComment(ctx, roadmap.VoteCommentInput{Comment: m.ID, Value: 1}))
		})
		erasure := scene.Start(t, w, 2, func() error {
			return scene.Only(w.EraseAccount(ctx, consultation.EraseAccountInput{Password: scene.Ptr(scene.Password)}))
		})
		thread.Over()

		scene.Allowed(t, vote)
		scene.Allowed(t, erasure)
	})
}

// An erasure locks what others are told of its person in the order in which they are told it. So neither waits for the
// other in a circle.
func TestTellingOfAPersonWhoErasesTheirAccount(t *testing.T) {
	scene.OnPostgres(t, func(t *testing.T, w *scene.World) {
		readers := []string{w.Alice.ID, w.Moderator.ID}
		slices.Sort(readers)

		// A DELETE that is left to itself comes to the last of them first.
		rows := map[string]string{}
		for _, reader := range slices.Backward(readers) {
			rows[reader] = w.NewID("notification")
			testsite.Must(t, w.Write.Notification.Create().SetID(rows[reader]).SetUserID(reader).
				SetKind(notification.KindFOLLOWED_SUPPORTED).SetSubjectID(w.Bob.ID).SetItems([]string{}).SetCount(1).
				SetCreatedAt(w.Now()).SetUpdatedAt(w.Now()).Exec(t.Context()))
		}

		held := scene.Hold(t, w, "SELECT 1 FROM notifications WHERE id = $1 FOR UPDATE", rows[readers[0]])
		telling := scene.Start(t, w, 1, func() error {
			return w.In(scene.As(t, w.Steering), func(ctx context.Context, tx *change.Tx) error {
				for _, reader := range readers {
					notify.Tell(ctx, tx, reader, notification.KindFOLLOWED_SUPPORTED, w.Bob.ID)
				}
				return nil
			})
		})
		erasure := scene.Start(t, w, 2, func() error {
			return scene.Only(w.EraseAccount(scene.As(t, w.Bob), consultation.EraseAccountInput{}))
		})
		held.Over()

		scene.Allowed(t, telling)
		scene.Allowed(t, erasure)
	})
}
