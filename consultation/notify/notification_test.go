package notify_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/text/language"

	"ensemble/consultation/change"
	"ensemble/consultation/notify"
	"ensemble/consultation/organizations"
	"ensemble/consultation/people"
	"ensemble/consultation/processes"
	"ensemble/consultation/refusal"
	"ensemble/consultation/roadmap"
	"ensemble/ent"
	"ensemble/ent/commitment"
	"ensemble/ent/follow"
	"ensemble/ent/membership"
	"ensemble/ent/notification"
	"ensemble/ent/role"
	"ensemble/internal/testsite"
	"ensemble/internal/testsite/scene"
	"ensemble/live"
)

// When 200 commitments are published before people are told, each follower gets one notification and one event.
func TestCrowdsAreToldAsOne(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		w.TellAll(t)
		for _, p := range []*testsite.Person{w.Alice, w.Bob, w.Moderator} {
			w.FollowAs(t, p, w.Process.ID)
		}
		for i := range 200 {
			w.Commitment(t, fmt.Sprintf("Numéro %d", i), "Texte.")
		}

		w.TellAll(t)

		for _, p := range []*testsite.Person{w.Alice, w.Bob, w.Moderator} {
			w.WantsInbox(t, p, "COMMITMENT_PUBLISHED×200*")
			if n := w.LogHeads(t)[p.ID]; n != 1 {
				t.Errorf("%d events", n)
			}
		}

		s := w.InboxTexts(t, w.Alice, language.French)[0]
		if s != "200 engagements ont été publiés dans « Feuille de route »." {
			t.Error(s)
		}
		if n := testsite.Got(w.Read.Notification.Query().Count(t.Context()))(t); n != 3 {
			t.Errorf("%d notifications", n)
		}
	})
}

// What is hidden is neither counted nor listed in a notification, and whoever wrote it is not named.
func TestHiddenIsNotTold(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		m := w.Comment(t, w.Alice, c.ID, "Un")
		first, second := w.Answer(t, w.Bob, m, "Deux"), w.Answer(t, w.Steering, m, "@alice Trois")
		w.TellAll(t)
		w.Clock.Advance(time.Second)
		third := w.Answer(t, w.Moderator, m, "Quatre")
		w.WantsInbox(t, w.Alice, "MENTION×1* ANSWER×2*")

		hide := func(m *ent.Comment) {
			testsite.Must(t, w.Write.Comment.UpdateOneID(m.ID).SetHiddenAt(w.Now()).Exec(t.Context()))
		}

		hide(third)
		w.WantsInbox(t, w.Alice, "MENTION×1* ANSWER×1*")
		s := w.InboxTexts(t, w.Alice, language.English)[1]
		if s != "bob answered your comment on “EN Un comité par département”." {
			t.Error(s)
		}

		hide(first)
		w.WantsInbox(t, w.Alice, "MENTION×1*")

		hide(second)
		w.WantsInbox(t, w.Alice, "")

		never := w.Answer(t, w.Bob, m, "Cinq")
		hide(never)
		w.WantsInbox(t, w.Alice, "")

		// All are shown again, so that the counters are right in the end.
		for _, m := range []*ent.Comment{first, second, third, never} {
			testsite.Must(t, w.Write.Comment.UpdateOneID(m.ID).ClearHiddenAt().Exec(t.Context()))
		}
	})
}

// A person is not notified of the kinds that they muted, and their topic says nothing of them.
func TestMutedKinds(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		testsite.Must(t, scene.Only(w.UpdateNotificationSettings(scene.As(t, w.Bob),
			notify.UpdateNotificationSettingsInput{
				MutedKinds: []notification.Kind{notification.KindMENTION, notification.KindROLE},
			})))

		w.Comment(t, w.Alice, c.ID, "@bob @steering")
		w.WantsInbox(t, w.Bob, "")
		w.WantsInbox(t, w.Steering, "MENTION×1*")
		if n := w.LogHeads(t)[w.Bob.ID]; n != 0 {
			t.Errorf("%d events of what is muted", n)
		}
	})
}

// When several processes tell people at once, two answers that come at the same time are one notification of both.
func TestNoticesRace(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		m := w.Comment(t, w.Alice, c.ID, "Un")
		for i := range 12 {
			w.Answer(t, w.Person(t, fmt.Sprintf("answerer-%d", i)), m, "Oui")
		}

		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				for range 3 { // one may be in the other's way, as two processes are
					_ = w.TellPeople(t.Context())
				}
			})
		}
		all.Wait()

		w.WantsInbox(t, w.Alice, "ANSWER×12*")
		if n := w.LogHeads(t)[w.Alice.ID]; n != 12 {
			t.Errorf("%d events", n)
		}
	})
}

// When somebody reads their notifications while more come, none is lost, whichever is first.
func TestReadRace(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		m := w.Comment(t, w.Alice, c.ID, "Un")
		const answers = 10
		for i := range answers {
			w.Answer(t, w.Person(t, fmt.Sprintf("answerer-%d", i)), m, "Oui")
		}

		ctx := scene.As(t, w.Alice)

		var all sync.WaitGroup
		all.Go(func() { _ = w.TellPeople(t.Context()) })
		all.Go(func() {
			for range 20 {
				_, err := w.MarkNotificationsRead(ctx, notify.MarkNotificationsReadInput{UpTo: scene.Ptr(w.Now())})
				if err != nil {
					t.Error(err)
				}
			}
		})
		all.Wait()
		w.TellAll(t)

		told := testsite.Got(w.Read.Notification.Query().Where(notification.UserID(w.Alice.ID)).All(t.Context()))(t)
		sum := 0
		for _, n := range told {
			sum += n.Count
		}

		if sum != answers {
			t.Errorf("%d answers are told, want %d", sum, answers)
		}
	})
}

// People mark their own notifications as read, by id or up to a moment, which is announced to them. What comes
// afterwards is a new notification.
func TestMarkNotificationsRead(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		type in = notify.MarkNotificationsReadInput
		c := w.SomeCommitment(t)
		m := w.Comment(t, w.Alice, c.ID, "Un")
		w.Answer(t, w.Bob, m, "Deux")
		w.TellAll(t)

		mine := testsite.Got(w.Read.Notification.Query().Only(t.Context()))(t)
		if n := testsite.Got(w.MarkNotificationsRead(scene.As(t, w.Bob), in{IDs: []string{mine.ID}}))(t); n != 0 {
			t.Error("he reads hers")
		}

		w.Announces(t, func() error {
			n, err := w.MarkNotificationsRead(scene.As(t, w.Alice), in{IDs: []string{mine.ID}})
			if n != 1 {
				t.Errorf("%d read", n)
			}
			return err
		}, scene.FactOf(w.Alice.ID, live.NotificationsRead, w.Alice.ID, "", nil))
		w.Idle(t, func() error {
			return scene.Only(w.MarkNotificationsRead(scene.As(t, w.Alice), in{UpTo: scene.Ptr(w.Now())}))
		})

		w.Answer(t, w.Bob, m, "Trois")
		w.WantsInbox(t, w.Alice, "ANSWER×1 ANSWER×1*")

		mark := func(in in) func(context.Context) error {
			return func(ctx context.Context) error { return scene.Only(w.MarkNotificationsRead(ctx, in)) }
		}
		w.Refusals(t, []scene.RefusedCase{
			scene.Case("neither", w.Alice, refusal.BadUserInput, "ids", mark(in{})),
			scene.Case("both", w.Alice, refusal.BadUserInput, "ids",
				mark(in{IDs: []string{mine.ID}, UpTo: scene.Ptr(w.Now())})),
			scene.Case("too many", w.Alice, refusal.BadUserInput, "ids", mark(in{IDs: make([]string, 101)})),
			scene.Case("nobody", nil, refusal.Unauthenticated, "", mark(in{UpTo: scene.Ptr(w.Now())})),
		})
	})
}

// When a process ends after the commit and before everybody was told, the next one goes on where it stopped, and tells
// nobody twice.
func TestTellingIsContinued(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		const crowd = 1201 // more than two batches

		var rows []*ent.FollowCreate
		var people []*ent.UserCreate
		for i := range crowd {
			id := w.NewID("user")
			people = append(people, w.Write.User.Create().SetID(id).SetName("x").
				SetNickname(fmt.Sprintf("crowd-%d", i)).SetLanguage("fr").SetCreatedAt(w.Now()))
			rows = append(rows, w.Write.Follow.Create().SetID(w.NewID("follow")).SetUserID(id).
				SetKind(follow.KindCOMMITMENT).SetSubjectID(c.ID).SetCreatedAt(w.Now()))
		}

		testsite.Must(t, w.Write.User.CreateBulk(people...).Exec(t.Context()))
		testsite.Must(t, w.Write.Follow.CreateBulk(rows...).Exec(t.Context()))
		w.TellAll(t)

		w.Move(t, c, commitment.StatusUNDER_REVIEW)
		f := testsite.Got(w.Read.Fanout.Query().Only(t.Context()))(t)

		next := testsite.Got(notify.TellSome(w.Notify, t.Context(), f))(t)
		if n := testsite.Got(w.Read.Notification.Query().Count(t.Context()))(t); n != 500 || next == nil {
			t.Fatalf("%d are told at first", n)
		}
		// A process that was slow and read the same row tells nobody.
		if again, err := notify.TellSome(w.Notify, t.Context(), f); again != nil || err != nil {
			t.Errorf("told again: %v, %v", again, err)
		}

		w.TellAll(t)
		counts := testsite.Got(w.Read.Notification.Query().Select(notification.FieldCount).Ints(t.Context()))(t)
		if len(counts) != crowd {
			t.Errorf("%d are told, want %d", len(counts), crowd)
		}

		for _, n := range counts {
			if n != 1 {
				t.Fatalf("somebody is told %d times", n)
			}
		}
	})
}

// What no event stands for is told within the transaction, and never to whoever did it.
func TestNotify(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		testsite.Must(t, w.In(scene.As(t, w.Admin), func(ctx context.Context, tx *change.Tx) error {
			notify.Tell(ctx, tx, w.Alice.ID, notification.KindINVITATION, w.Organization.ID)
			notify.Tell(ctx, tx, w.Admin.ID, notification.KindINVITATION, w.Organization.ID)
			notify.Tell(ctx, tx, w.Bob.ID, notification.KindROLE, w.Process.ID)
			notify.Tell(ctx, tx, w.Bob.ID, notification.KindROLE, w.Process.ID)
			return nil
		}))

		w.WantsInbox(t, w.Alice, "INVITATION×1*")
		w.WantsInbox(t, w.Bob, "ROLE×2*")
		w.WantsInbox(t, w.Admin, "")

		if s := w.InboxTexts(t, w.Alice, language.French)[0]; s != "Vous êtes invité à rejoindre « Hub du Sud »." {
			t.Error(s)
		}
		if s := w.InboxTexts(t, w.Bob, language.English)[0]; s != "Your role in “Roadmap” has changed." {
			t.Error(s)
		}
	})
}

// A notification that was read is forgotten after 90 days, and one that was not after a year.
func TestNotificationsAreForgotten(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		for _, p := range []*testsite.Person{w.Alice, w.Bob} {
			testsite.Must(t, w.In(t.Context(), func(ctx context.Context, tx *change.Tx) error {
				notify.Tell(ctx, tx, p.ID, notification.KindROLE, w.Process.ID)
				return nil
			}))
		}

		testsite.Must(t, scene.Only(w.MarkNotificationsRead(scene.As(t, w.Alice), notify.MarkNotificationsReadInput{
			UpTo: scene.Ptr(w.Now()),
		})))

		for _, step := range []struct {
			days, left int
		}{{90, 2}, {1, 1}, {274, 1}, {1, 0}} {
			w.Clock.Advance(time.Duration(step.days) * 24 * time.Hour)
			testsite.Must(t, w.Jobs.Do(t.Context(), "forget notifications"))
			if n := testsite.Got(w.Read.Notification.Query().Count(t.Context()))(t); n != step.left {
				t.Errorf("after %d days more: %d left, want %d", step.days, n, step.left)
			}
		}
	})
}

// Each kind of notification says something in both languages, also when its subject is absent.
func TestEveryKindSaysSomething(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)

		for _, concern := range w.Concerns() {
			for _, subject := range []string{
				c.ID, w.Process.ID, w.Organization.ID, "comment_00000000000000000000000000",
			} {
				for count := 1; count <= 3; count += 2 {
					n := &ent.Notification{ID: "n", Kind: concern.Kind, SubjectID: subject, Count: count}

					told := testsite.Got(w.Sentences(t.Context(), []*ent.Notification{n}))(t)["n"]

					for _, reader := range []language.Tag{language.French, language.English} {
						if s := told.Text([]language.Tag{reader}); s == "" || strings.Contains(s, "%") {
							t.Errorf("%s: %q", concern.Kind, s)
						}
					}
				}
			}
		}
	})
}

// Whoever gets or loses a role is notified of it, in words that name where it is as far as they may see that. Whoever
// does it themselves is not.
func TestRolesAreTold(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		draft := testsite.Got(w.CreateProcess(scene.As(t, w.Admin), processes.CreateProcessInput{
			Slug: "draft", Languages: []string{"fr"}, Title: scene.French("x"), Description: scene.French("x"),
			CommentMaxLength: 1000, EvaluatingLimit: 3,
		}))(t)
		admin := scene.As(t, w.Admin)
		w.Member(t, w.Organization, w.Alice, membership.RoleOWNER)
		w.Member(t, w.Organization, w.Bob, membership.RoleMEMBER)
		bob := w.MembershipOf(t, w.Organization, w.Bob).ID

		testsite.Must(t, scene.Only(w.GrantRole(admin,
			processes.GrantRoleInput(w.Granting(w.Bob, role.NameMODERATOR)))))
		testsite.Must(t, scene.Only(w.GrantRole(admin, processes.GrantRoleInput{
			Process: draft.ID, User: &w.Bob.ID, Role: role.NameMODERATOR, Reason: "Élu.",
		})))
		testsite.Must(t, scene.Only(w.GrantSiteAdmin(admin,
			people.GrantSiteAdminInput{User: &w.Bob.ID, Reason: "Élu."})))
		testsite.Must(t, scene.Only(w.ChangeMemberRole(scene.As(t, w.Alice), organizations.ChangeMemberRoleInput{
			Membership: bob, Role: membership.RoleOWNER,
		})))

		rows := testsite.Got(w.Read.Notification.Query().Where(notification.UserID(w.Bob.ID)).All(t.Context()))(t)
		told := testsite.Got(w.Sentences(t.Context(), rows))(t)
		var texts []string
		for _, n := range rows {
			texts = append(texts, told[n.ID].Text([]language.Tag{language.English}))
		}
		slices.Sort(texts)

		somewhere := "One of your roles on this site has changed."
		inProcess := "Your role in “" + w.Process.Title["en"] + "” has changed."
		inOrganization := "Your role in “" + w.Organization.Name + "” has changed."
		want := []string{somewhere, somewhere, inProcess, inOrganization}
		if len(texts) != 4 || !slices.Equal(texts[:2], want[:2]) ||
			!slices.Contains(texts, want[2]) || !slices.Contains(texts, want[3]) {
			t.Errorf("they are told %q, want %q", texts, want)
		}

		testsite.Must(t, scene.Only(w.LeaveOrganization(scene.As(t, w.Alice), organizations.LeaveOrganizationInput{
			Organization: w.Organization.ID,
		})))
		own := w.Granting(w.Admin, role.NameADMIN)
		testsite.Must(t, scene.Only(w.RevokeRole(admin, processes.RevokeRoleInput(own))))
		for _, p := range []*testsite.Person{w.Alice, w.Admin} {
			n := testsite.Got(w.Read.Notification.Query().
				Where(notification.UserID(p.ID), notification.KindEQ(notification.KindROLE)).
				Count(t.Context()))(t)
			if n != 0 {
				t.Errorf("%s is told %d times of what they do", p.ID, n)
			}
		}
	})
}

// An event that the log forgot before people were told of it is not told, and does not stop those behind it.
func TestForgottenEventsAreNotTold(t *testing.T) {
	testsite.Each(t, func(t *testing.T, s *testsite.Site) {
		w := scene.New(t, s)
		c := w.SomeCommitment(t)
		testsite.Must(t, w.TellPeople(t.Context()))
		testsite.Must(t, w.TryComment(scene.As(t, w.Alice), roadmap.PostCommentInput{Subject: c.ID, Body: "@bob ?"}))
		w.Comment(t, w.Alice, c.ID, "Un")

		w.KeepEvents = change.Retention{Count: 1}
		testsite.Must(t, w.Jobs.Do(t.Context(), "forget events", "tell people"))

		w.WantsInbox(t, w.Bob, "")
		if n := testsite.Got(w.Read.Fanout.Query().Count(t.Context()))(t); n != 0 {
			t.Errorf("%d events are still to be told", n)
		}
	})
}
