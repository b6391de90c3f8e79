package consultation_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/text/language"

	"ensemble/auth"
	"ensemble/consultation"
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
	"ensemble/live"
)

// tell has the keeper tell everybody.
func (w *world) tell(t testing.TB) {
	t.Helper()
	for {
		must(t, w.TellPeople(t.Context()))
		if got(w.Read.Fanout.Query().Count(t.Context()))(t) == 0 {
			return
		}
	}
}

// notifications are what somebody can read, the oldest first: “kind×count”, with a star when unread.
func (w *world) notifications(t testing.TB, p *testsite.Person) string {
	t.Helper()
	var all []string
	q := got(w.Notifications(viewerOf(t, p)))(t)
	rows := got(q.Order(ent.Asc(notification.FieldUpdatedAt, notification.FieldID)).All(t.Context()))(t)
	told := got(w.Tell(t.Context(), rows))(t)
	for _, n := range rows {
		star := ""
		if n.ReadAt == nil {
			star = "*"
		}
		all = append(all, fmt.Sprintf("%s×%d%s", n.Kind, told[n.ID].Count, star))
	}
	return strings.Join(all, " ")
}

// texts are what they say in a language, the oldest first.
func (w *world) texts(t testing.TB, p *testsite.Person, reader language.Tag) []string {
	t.Helper()
	q := got(w.Notifications(viewerOf(t, p)))(t)
	rows := got(q.Order(ent.Asc(notification.FieldUpdatedAt, notification.FieldID)).All(t.Context()))(t)
	told := got(w.Tell(t.Context(), rows))(t)
	texts := make([]string, len(rows))
	for i, n := range rows {
		texts[i] = told[n.ID].Text([]language.Tag{reader})
	}
	return texts
}

func viewerOf(t testing.TB, p *testsite.Person) auth.Viewer { return auth.ViewerFrom(as(t, p)) }

func (w *world) wants(t testing.TB, p *testsite.Person, want string) {
	t.Helper()
	w.tell(t)
	if is := w.notifications(t, p); is != want {
		t.Errorf("they are told %q, want %q", is, want)
	}
}

func (w *world) follows(t testing.TB, p *testsite.Person, subject string) {
	t.Helper()
	must(t, w.Follow(as(t, p), notify.FollowInput{Subject: subject}))
}

func (w *world) answer(t testing.TB, p *testsite.Person, to *ent.Comment, body string) *ent.Comment {
	t.Helper()
	return got(w.PostComment(as(t, p), roadmap.PostCommentInput{Subject: to.SubjectID, Parent: &to.ID, Body: body}))(t)
}

func (w *world) followed(t testing.TB, p *testsite.Person) []string {
	t.Helper()
	return got(w.Following(viewerOf(t, p), nil).Select(follow.FieldSubjectID).Strings(t.Context()))(t)
}

func TestFollow(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c, draft := w.commitment(t), w.Draft(t, "Deux", "Texte.")
		for _, subject := range []string{w.Process.ID, c.ID, w.Bob.ID, w.Organization.ID} {
			w.follows(t, w.Alice, subject)
			w.idle(t, func() error { return w.Follow(as(t, w.Alice), notify.FollowInput{Subject: subject}) })
		}
		if n := len(w.followed(t, w.Alice)); n != 4 {
			t.Errorf("she follows %d", n)
		}
		kind := follow.KindUSER
		if n := got(w.Following(viewerOf(t, w.Alice), &kind).Count(t.Context()))(t); n != 1 {
			t.Errorf("she follows %d people", n)
		}
		if n := got(w.Followers(t.Context(), []string{c.ID, draft.ID}))(t); n[c.ID] != 1 || n[draft.ID] != 0 {
			t.Errorf("followers: %v", n)
		}
		w.refusals(t, []refusedCase{
			{"oneself", w.Alice, refusal.BadUserInput, "subject", func(ctx context.Context) error { return w.Follow(ctx, notify.FollowInput{Subject: w.Alice.ID}) }},
			{"a draft", w.Steering, refusal.NotFound, "subject", func(ctx context.Context) error { return w.Follow(ctx, notify.FollowInput{Subject: draft.ID}) }},
			{"nothing", w.Alice, refusal.NotFound, "subject", func(ctx context.Context) error {
				return w.Follow(ctx, notify.FollowInput{Subject: "commitment_00000000000000000000000000"})
			}},
			{"an axis", w.Alice, refusal.NotFound, "subject", func(ctx context.Context) error { return w.Follow(ctx, notify.FollowInput{Subject: w.Axis.ID}) }},
		})
		must(t, w.Unfollow(as(t, w.Alice), notify.UnfollowInput{Subject: w.Bob.ID}))
		must(t, w.Unfollow(as(t, w.Alice), notify.UnfollowInput{Subject: w.Bob.ID}))
		w.move(t, c, commitment.StatusWITHDRAWN)
		if n := len(w.followed(t, w.Alice)); n != 2 {
			t.Errorf("she follows %d, want the process and the organization", n)
		}
	})
}

func TestFollowsAreBounded(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.commitment(t)
		var rows []*ent.FollowCreate
		for range 2000 {
			rows = append(rows, w.Write.Follow.Create().SetID(w.NewID("follow")).SetUserID(w.Alice.ID).SetKind(follow.KindUSER).
				SetSubjectID(w.NewID("user")).SetCreatedAt(w.Now()))
		}
		must(t, w.Write.Follow.CreateBulk(rows...).Exec(t.Context()))
		w.refused(t, refusal.Conflict, "", func() error { return w.Follow(as(t, w.Alice), notify.FollowInput{Subject: c.ID}) })
		w.Comment(t, w.Alice, c.ID, "Un") // goes on without it
		if got(w.Read.Follow.Query().Where(follow.SubjectID(c.ID)).Exist(t.Context()))(t) {
			t.Error("she follows one more")
		}
	})
}

// Twenty at once: one row.
func TestFollowRace(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.commitment(t)
		var all sync.WaitGroup
		for range 20 {
			ctx := as(t, w.Alice)
			all.Go(func() {
				if err := w.Follow(ctx, notify.FollowInput{Subject: c.ID}); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if n := got(w.Read.Follow.Query().Where(follow.SubjectID(c.ID)).Count(t.Context()))(t); n != 1 {
			t.Errorf("%d rows", n)
		}
	})
}

// Who takes part follows, unless they gave that up, for one commitment or for all.
func TestTakingPartFollows(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.commitment(t)
		w.Comment(t, w.Alice, c.ID, "Un")
		must(t, only(w.AddSupport(as(t, w.Bob), roadmap.AddSupportInput{Commitment: c.ID})))
		w.submitted(t, w.Signatory, c, "dix mille", "vingt mille")
		if n := got(w.Followers(t.Context(), []string{c.ID}))(t)[c.ID]; n != 3 {
			t.Errorf("%d follow", n)
		}
		must(t, w.Unfollow(as(t, w.Alice), notify.UnfollowInput{Subject: c.ID}))
		w.Comment(t, w.Alice, c.ID, "Deux")
		must(t, only(w.UpdateNotificationSettings(as(t, w.Moderator), notify.UpdateNotificationSettingsInput{FollowsAutomatically: new(bool)})))
		w.Comment(t, w.Moderator, c.ID, "Trois")
		if n := got(w.Followers(t.Context(), []string{c.ID}))(t)[c.ID]; n != 2 {
			t.Errorf("%d follow after some gave it up", n)
		}
		w.follows(t, w.Alice, c.ID)
		if n := got(w.Followers(t.Context(), []string{c.ID}))(t)[c.ID]; n != 3 {
			t.Errorf("%d follow after one came back", n)
		}
	})
}

func TestMentionsAreTold(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.commitment(t)
		m := w.Comment(t, w.Alice, c.ID, "Et toi, @bob ? Moi, @alice, oui. @inconnu")
		w.wants(t, w.Bob, "MENTION×1*")
		w.wants(t, w.Alice, "")
		must(t, only(w.EditComment(as(t, w.Alice), roadmap.EditCommentInput{Comment: m.ID, Body: "Et toi, @bob, et @steering ?"})))
		w.wants(t, w.Bob, "MENTION×1*")
		w.wants(t, w.Steering, "MENTION×1*")
		w.answer(t, w.Steering, m, "Pas @bob.")
		w.wants(t, w.Bob, "MENTION×2*")
		w.wants(t, w.Alice, "ANSWER×1*")
		if s := w.texts(t, w.Alice, language.French)[0]; s != "steering a répondu à votre commentaire sur « Un comité par département »." {
			t.Errorf("%s", s)
		}
	})
}

// An edit before anybody was told, and a comment of many names.
func TestMentionsComeOnceAndAreFew(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.commitment(t)
		m := w.Comment(t, w.Alice, c.ID, "@bob")
		must(t, only(w.EditComment(as(t, w.Alice), roadmap.EditCommentInput{Comment: m.ID, Body: "@bob, encore"})))
		w.wants(t, w.Bob, "MENTION×1*")
		var names []string
		for i := range 15 {
			names = append(names, "@"+fmt.Sprintf("someone-%d", i))
			w.Person(t, fmt.Sprintf("someone-%d", i))
		}
		crowd := w.Comment(t, w.Alice, c.ID, strings.Join(names, " "))
		w.tell(t)
		must(t, only(w.EditComment(as(t, w.Alice), roadmap.EditCommentInput{Comment: crowd.ID, Body: strings.Join(names[5:], " ")})))
		w.tell(t)
		if n := got(w.Read.Notification.Query().Where(notification.UserIDNEQ(w.Bob.ID)).Count(t.Context()))(t); n != 10 {
			t.Errorf("%d people are told, want 10", n)
		}
	})
}

// What is told of one commitment, to whom, and to whom not.
func TestWhoHearsWhat(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.commitment(t)
		w.follows(t, w.Moderator, c.ID)
		must(t, only(w.AddSupport(as(t, w.Bob), roadmap.AddSupportInput{Commitment: c.ID})))
		w.tell(t)
		a := w.submitted(t, w.Alice, c, "dix mille", "vingt mille")
		w.wants(t, w.Moderator, "AMENDMENT_SUBMITTED×1*")
		w.wants(t, w.Bob, "AMENDMENT_SUBMITTED×1*")
		w.Clock.Advance(time.Second)
		w.Comment(t, w.Bob, a.ID, "Bien")
		w.wants(t, w.Alice, "COMMENT_ON_AMENDMENT×1*")
		rival := w.submitted(t, w.Signatory, c, "dix mille", "cent mille")
		w.Clock.Advance(time.Second)
		w.accept(t, a)
		w.Clock.Advance(time.Second)
		must(t, w.Jobs.Do(t.Context(), "announce phases", "compare amendments"))
		w.wants(t, w.Alice, "COMMENT_ON_AMENDMENT×1* AMENDMENT_SUBMITTED×1* AMENDMENT_ACCEPTED×1*")
		w.wants(t, w.Signatory, "COMMITMENT_REVISED×1* AMENDMENT_CONFLICTING×1*")
		w.wants(t, w.Moderator, "AMENDMENT_SUBMITTED×2* COMMITMENT_REVISED×1*")
		if s := w.texts(t, w.Bob, language.English)[1]; s != "There is a new version of “EN Un comité par département”. Your support is on an earlier text: do you confirm it?" {
			t.Errorf("%s", s)
		}
		must(t, only(w.ConfirmSupport(as(t, w.Bob), roadmap.ConfirmSupportInput{Commitment: c.ID})))
		if s := w.texts(t, w.Bob, language.English)[1]; s != "There is a new version of “EN Un comité par département”." {
			t.Errorf("%s", s)
		}
		w.Clock.Advance(time.Second)
		w.reject(t, rival)
		w.Clock.Advance(time.Second)
		w.move(t, c, commitment.StatusUNDER_REVIEW)
		w.Clock.Advance(time.Second)
		w.move(t, c, commitment.StatusADOPTED)
		w.wants(t, w.Signatory, "COMMITMENT_REVISED×1* AMENDMENT_CONFLICTING×1* AMENDMENT_REJECTED×1* COMMITMENT_MOVED_ON×1* COMMITMENT_ADOPTED×1*")
		w.wants(t, w.Steering, "") // it did that itself
		w.wants(t, w.Admin, "")    // follows nothing
	})
}

func TestFollowersOfPeopleOrganizationsAndProcesses(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.tell(t)
		w.follows(t, w.Bob, w.Organization.ID)
		w.follows(t, w.Bob, w.Alice.ID)
		w.follows(t, w.Bob, w.Process.ID)
		c := w.commitment(t)
		w.wants(t, w.Bob, "COMMITMENT_PUBLISHED×1*")
		w.Clock.Advance(time.Second)
		must(t, only(w.AddSupport(as(t, w.Signatory), roadmap.AddSupportInput{Commitment: c.ID, Organization: &w.Organization.ID})))
		w.wants(t, w.Bob, "COMMITMENT_PUBLISHED×1* FOLLOWED_SUPPORTED×1*")
		w.Clock.Advance(time.Second)
		w.submitted(t, w.Alice, c, "dix mille", "vingt mille")
		w.wants(t, w.Bob, "COMMITMENT_PUBLISHED×1* FOLLOWED_SUPPORTED×1* FOLLOWED_AMENDED×1*")
		want := []string{"Un engagement a été publié dans « Feuille de route ».", "Hub du Sud soutient un engagement.", "alice a déposé un amendement."}
		for i, s := range w.texts(t, w.Bob, language.French) {
			if s != want[i] {
				t.Errorf("%q, want %q", s, want[i])
			}
		}
		must(t, only(w.RemoveSupport(as(t, w.Signatory), roadmap.RemoveSupportInput{Commitment: c.ID, Organization: &w.Organization.ID})))
		w.wants(t, w.Bob, "COMMITMENT_PUBLISHED×1* FOLLOWED_AMENDED×1*")
		w.Clock.Advance(time.Second)
		w.closePhase(t)
		must(t, w.Jobs.Do(t.Context(), "announce phases", "compare amendments"))
		w.wants(t, w.Bob, "COMMITMENT_PUBLISHED×1* FOLLOWED_AMENDED×1* PHASE_CLOSED×1*")
	})
}

// 200 commitments make one notification for each follower, and one event on their topic for each time they are told.
func TestCrowdsAreToldAsOne(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.tell(t)
		for _, p := range []*testsite.Person{w.Alice, w.Bob, w.Moderator} {
			w.follows(t, p, w.Process.ID)
		}
		for i := range 200 {
			w.Commitment(t, fmt.Sprintf("Numéro %d", i), "Texte.")
		}
		w.tell(t)
		for _, p := range []*testsite.Person{w.Alice, w.Bob, w.Moderator} {
			w.wants(t, p, "COMMITMENT_PUBLISHED×200*")
			if n := w.heads(t)[p.ID]; n != 1 {
				t.Errorf("%d events", n)
			}
		}
		if s := w.texts(t, w.Alice, language.French)[0]; s != "200 engagements ont été publiés dans « Feuille de route »." {
			t.Error(s)
		}
		if n := got(w.Read.Notification.Query().Count(t.Context()))(t); n != 3 {
			t.Errorf("%d notifications", n)
		}
	})
}

// What cannot be seen any more is neither counted nor listed, whoever wrote it is not named.
func TestHiddenIsNotTold(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.commitment(t)
		m := w.Comment(t, w.Alice, c.ID, "Un")
		first, second := w.answer(t, w.Bob, m, "Deux"), w.answer(t, w.Steering, m, "@alice Trois")
		w.tell(t)
		w.Clock.Advance(time.Second)
		third := w.answer(t, w.Moderator, m, "Quatre")
		w.wants(t, w.Alice, "MENTION×1* ANSWER×2*")
		hide := func(m *ent.Comment) {
			must(t, w.Write.Comment.UpdateOneID(m.ID).SetHiddenAt(w.Now()).Exec(t.Context()))
		}
		hide(third)
		w.wants(t, w.Alice, "MENTION×1* ANSWER×1*")
		if s := w.texts(t, w.Alice, language.English)[1]; s != "bob answered your comment on “EN Un comité par département”." {
			t.Error(s)
		}
		hide(first)
		w.wants(t, w.Alice, "MENTION×1*")
		hide(second)
		w.wants(t, w.Alice, "")
		never := w.answer(t, w.Bob, m, "Cinq")
		hide(never)
		w.wants(t, w.Alice, "")
		for _, m := range []*ent.Comment{first, second, third, never} { // so that counters are right
			must(t, w.Write.Comment.UpdateOneID(m.ID).ClearHiddenAt().Exec(t.Context()))
		}
	})
}

func TestMutedKinds(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.commitment(t)
		must(t, only(w.UpdateNotificationSettings(as(t, w.Bob), notify.UpdateNotificationSettingsInput{
			MutedKinds: []notification.Kind{notification.KindMENTION, notification.KindROLE},
		})))
		w.Comment(t, w.Alice, c.ID, "@bob @steering")
		w.wants(t, w.Bob, "")
		w.wants(t, w.Steering, "MENTION×1*")
		if n := w.heads(t)[w.Bob.ID]; n != 0 {
			t.Errorf("%d events of what is muted", n)
		}
	})
}

// Two that come at once are one row of two.
func TestNoticesRace(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.commitment(t)
		m := w.Comment(t, w.Alice, c.ID, "Un")
		for i := range 12 {
			w.answer(t, w.Person(t, fmt.Sprintf("answerer-%d", i)), m, "Oui")
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
		w.wants(t, w.Alice, "ANSWER×12*")
		if n := w.heads(t)[w.Alice.ID]; n != 12 {
			t.Errorf("%d events", n)
		}
	})
}

// What is read while more comes: nothing is lost, whichever is first.
func TestReadRace(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.commitment(t)
		m := w.Comment(t, w.Alice, c.ID, "Un")
		const answers = 10
		for i := range answers {
			w.answer(t, w.Person(t, fmt.Sprintf("answerer-%d", i)), m, "Oui")
		}
		ctx := as(t, w.Alice)
		var all sync.WaitGroup
		all.Go(func() { _ = w.TellPeople(t.Context()) })
		all.Go(func() {
			for range 20 {
				if _, err := w.MarkNotificationsRead(ctx, notify.MarkNotificationsReadInput{UpTo: ptr(w.Now())}); err != nil {
					t.Error(err)
				}
			}
		})
		all.Wait()
		w.tell(t)
		sum := 0
		for _, n := range got(w.Read.Notification.Query().Where(notification.UserID(w.Alice.ID)).All(t.Context()))(t) {
			sum += n.Count
		}
		if sum != answers {
			t.Errorf("%d answers are told, want %d", sum, answers)
		}
	})
}

func TestMarkNotificationsRead(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.commitment(t)
		m := w.Comment(t, w.Alice, c.ID, "Un")
		w.answer(t, w.Bob, m, "Deux")
		w.tell(t)
		mine := got(w.Read.Notification.Query().Only(t.Context()))(t)
		if n := got(w.MarkNotificationsRead(as(t, w.Bob), notify.MarkNotificationsReadInput{IDs: []string{mine.ID}}))(t); n != 0 {
			t.Error("he reads hers")
		}
		w.announces(t, func() error {
			n, err := w.MarkNotificationsRead(as(t, w.Alice), notify.MarkNotificationsReadInput{IDs: []string{mine.ID}})
			if n != 1 {
				t.Errorf("%d read", n)
			}
			return err
		}, fact{w.Alice.ID, live.NotificationsRead, w.Alice.ID, "", nil})
		w.idle(t, func() error {
			return only(w.MarkNotificationsRead(as(t, w.Alice), notify.MarkNotificationsReadInput{UpTo: ptr(w.Now())}))
		})
		w.answer(t, w.Bob, m, "Trois")
		w.wants(t, w.Alice, "ANSWER×1 ANSWER×1*")
		w.refusals(t, []refusedCase{
			{"neither", w.Alice, refusal.BadUserInput, "ids", func(ctx context.Context) error {
				return only(w.MarkNotificationsRead(ctx, notify.MarkNotificationsReadInput{}))
			}},
			{"both", w.Alice, refusal.BadUserInput, "ids", func(ctx context.Context) error {
				return only(w.MarkNotificationsRead(ctx, notify.MarkNotificationsReadInput{IDs: []string{mine.ID}, UpTo: ptr(w.Now())}))
			}},
			{"too many", w.Alice, refusal.BadUserInput, "ids", func(ctx context.Context) error {
				return only(w.MarkNotificationsRead(ctx, notify.MarkNotificationsReadInput{IDs: make([]string, 101)}))
			}},
			{"nobody", nil, refusal.Unauthenticated, "", func(ctx context.Context) error {
				return only(w.MarkNotificationsRead(ctx, notify.MarkNotificationsReadInput{UpTo: ptr(w.Now())}))
			}},
		})
	})
}

// A process may die after the commit and before anybody is told, or in the middle: the next one goes on, and tells
// nobody twice.
func TestTellingIsContinued(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.commitment(t)
		const crowd = 1201 // more than two batches
		var rows []*ent.FollowCreate
		var people []*ent.UserCreate
		for i := range crowd {
			id := w.NewID("user")
			people = append(people, w.Write.User.Create().SetID(id).SetName("x").SetNickname(fmt.Sprintf("crowd-%d", i)).SetLanguage("fr").SetCreatedAt(w.Now()))
			rows = append(rows, w.Write.Follow.Create().SetID(w.NewID("follow")).SetUserID(id).SetKind(follow.KindCOMMITMENT).
				SetSubjectID(c.ID).SetCreatedAt(w.Now()))
		}
		must(t, w.Write.User.CreateBulk(people...).Exec(t.Context()))
		must(t, w.Write.Follow.CreateBulk(rows...).Exec(t.Context()))
		w.tell(t)
		w.move(t, c, commitment.StatusUNDER_REVIEW)
		f := got(w.Read.Fanout.Query().Only(t.Context()))(t)
		next := got(consultation.TellSome(w.Service, t.Context(), f))(t)
		if n := got(w.Read.Notification.Query().Count(t.Context()))(t); n != 500 || next == nil {
			t.Fatalf("%d are told at first", n)
		}
		if again, err := consultation.TellSome(w.Service, t.Context(), f); again != nil || err != nil { // as one that was slow
			t.Errorf("told again: %v, %v", again, err)
		}
		w.tell(t)
		counts := got(w.Read.Notification.Query().Select(notification.FieldCount).Ints(t.Context()))(t)
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

// What no event stands for is told with the transaction, and never to whoever did it.
func TestNotify(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		must(t, consultation.InTx(w.Service, as(t, w.Admin), func(ctx context.Context, tx *change.Tx) error {
			consultation.Notify(ctx, tx, w.Alice.ID, notification.KindINVITATION, w.Organization.ID)
			consultation.Notify(ctx, tx, w.Admin.ID, notification.KindINVITATION, w.Organization.ID)
			consultation.Notify(ctx, tx, w.Bob.ID, notification.KindROLE, w.Process.ID)
			consultation.Notify(ctx, tx, w.Bob.ID, notification.KindROLE, w.Process.ID)
			return nil
		}))
		w.wants(t, w.Alice, "INVITATION×1*")
		w.wants(t, w.Bob, "ROLE×2*")
		w.wants(t, w.Admin, "")
		if s := w.texts(t, w.Alice, language.French)[0]; s != "Vous êtes invité à rejoindre « Hub du Sud »." {
			t.Error(s)
		}
		if s := w.texts(t, w.Bob, language.English)[0]; s != "Your role in “Roadmap” has changed." {
			t.Error(s)
		}
	})
}

func TestNotificationsAreForgotten(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for _, p := range []*testsite.Person{w.Alice, w.Bob} {
			must(t, consultation.InTx(w.Service, t.Context(), func(ctx context.Context, tx *change.Tx) error {
				consultation.Notify(ctx, tx, p.ID, notification.KindROLE, w.Process.ID)
				return nil
			}))
		}
		must(t, only(w.MarkNotificationsRead(as(t, w.Alice), notify.MarkNotificationsReadInput{UpTo: ptr(w.Now())})))
		for _, step := range []struct {
			days, left int
		}{{90, 2}, {1, 1}, {274, 1}, {1, 0}} {
			w.Clock.Advance(time.Duration(step.days) * 24 * time.Hour)
			must(t, w.Jobs.Do(t.Context(), "forget notifications"))
			if n := got(w.Read.Notification.Query().Count(t.Context()))(t); n != step.left {
				t.Errorf("after %d days more: %d left, want %d", step.days, n, step.left)
			}
		}
	})
}

// Erasure leaves nothing of a person, and their place in what others were told has no name.
func TestForgetFollower(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.commitment(t)
		w.follows(t, w.Bob, w.Alice.ID)
		w.follows(t, w.Alice, w.Bob.ID)
		m := w.Comment(t, w.Bob, c.ID, "@alice")
		w.answer(t, w.Alice, m, "@bob Deux")
		w.submitted(t, w.Alice, c, "dix mille", "vingt mille")
		w.answer(t, w.Alice, m, "Trois")
		must(t, only(w.UpdateNotificationSettings(as(t, w.Alice), notify.UpdateNotificationSettingsInput{FollowsAutomatically: new(true)})))
		w.tell(t)
		must(t, consultation.InTx(w.Service, t.Context(), func(ctx context.Context, tx *change.Tx) error {
			if err := tx.User.UpdateOneID(w.Alice.ID).SetErasedAt(w.Now()).SetName("").ClearNickname().ClearEmail().Exec(ctx); err != nil {
				return err
			}
			return consultation.ForgetFollower(ctx, tx, w.Alice.ID)
		}))
		for _, table := range []string{"follows", "notifications", "mentions", "notification_settings", "unsubscriptions"} {
			if rows := w.rows(t, "SELECT * FROM "+table); strings.Contains(rows, w.Alice.ID) {
				t.Errorf("%s: %s", table, rows)
			}
		}
		w.wants(t, w.Bob, "MENTION×1* AMENDMENT_SUBMITTED×1* ANSWER×1*")
		for _, s := range w.texts(t, w.Bob, language.English) {
			if strings.Contains(s, "alice") || !strings.HasPrefix(s, "Somebody ") {
				t.Error(s)
			}
		}
	})
}

// Each kind says something in both languages, and an unverified or absent subject breaks nothing.
func TestEveryKindSaysSomething(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.commitment(t)
		for _, concern := range w.Concerns() {
			for _, subject := range []string{c.ID, w.Process.ID, w.Organization.ID, "comment_00000000000000000000000000"} {
				for count := 1; count <= 3; count += 2 {
					n := &ent.Notification{ID: "n", Kind: concern.Kind, SubjectID: subject, Count: count}
					told := got(w.Tell(t.Context(), []*ent.Notification{n}))(t)["n"]
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

// A signatory who supports in their organization's name is not told of it as its follower.
func TestOneIsNotToldOfOneself(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.commitment(t)
		w.Member(t, w.Organization, w.Alice, membership.RoleSIGNATORY)
		for _, p := range []*testsite.Person{w.Alice, w.Signatory} {
			w.follows(t, p, w.Organization.ID)
		}
		must(t, only(w.AddSupport(as(t, w.Signatory), roadmap.AddSupportInput{Commitment: c.ID, Organization: &w.Organization.ID})))
		w.wants(t, w.Signatory, "")
		w.wants(t, w.Alice, "FOLLOWED_SUPPORTED×1*")
	})
}

// Whoever gets or loses a role hears of it, in words for where it is: not those who take a step themselves.
func TestRolesAreTold(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		draft := got(w.CreateProcess(as(t, w.Admin), processes.CreateProcessInput{
			Slug: "draft", Languages: []string{"fr"}, Title: french("x"), Description: french("x"), CommentMaxLength: 1000, EvaluatingLimit: 3,
		}))(t)
		admin := as(t, w.Admin)
		w.Member(t, w.Organization, w.Alice, membership.RoleOWNER)
		w.Member(t, w.Organization, w.Bob, membership.RoleMEMBER)
		bob := w.place(t, w.Organization, w.Bob).ID
		must(t, only(w.GrantRole(admin, processes.GrantRoleInput(w.granting(w.Bob, role.NameMODERATOR)))))
		must(t, only(w.GrantRole(admin, processes.GrantRoleInput{Process: draft.ID, User: &w.Bob.ID, Role: role.NameMODERATOR, Reason: "Élu."})))
		must(t, only(w.GrantSiteAdmin(admin, people.GrantSiteAdminInput{User: &w.Bob.ID, Reason: "Élu."})))
		must(t, only(w.ChangeMemberRole(as(t, w.Alice), organizations.ChangeMemberRoleInput{Membership: bob, Role: membership.RoleOWNER})))
		rows := got(w.Read.Notification.Query().Where(notification.UserID(w.Bob.ID)).All(t.Context()))(t)
		told := got(w.Tell(t.Context(), rows))(t)
		var texts []string
		for _, n := range rows {
			texts = append(texts, told[n.ID].Text([]language.Tag{language.English}))
		}
		slices.Sort(texts)
		somewhere := "One of your roles on this site has changed."
		if want := []string{somewhere, somewhere, "Your role in “" + w.Process.Title["en"] + "” has changed.", "Your role in “" + w.Organization.Name + "” has changed."}; len(texts) != 4 ||
			!slices.Equal(texts[:2], want[:2]) || !slices.Contains(texts, want[2]) || !slices.Contains(texts, want[3]) {
			t.Errorf("they are told %q, want %q", texts, want)
		}
		must(t, only(w.LeaveOrganization(as(t, w.Alice), organizations.LeaveOrganizationInput{Organization: w.Organization.ID})))
		must(t, only(w.RevokeRole(admin, processes.RevokeRoleInput(w.granting(w.Admin, role.NameADMIN))))) // their own
		for _, p := range []*testsite.Person{w.Alice, w.Admin} {
			if n := got(w.Read.Notification.Query().Where(notification.UserID(p.ID), notification.KindEQ(notification.KindROLE)).Count(t.Context()))(t); n != 0 {
				t.Errorf("%s is told %d times of what they do", p.ID, n)
			}
		}
	})
}

// What concerns nobody leaves nothing to be told.
func TestCommentsThatConcernNobody(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.commitment(t)
		a := w.submitted(t, w.Alice, c, "dix mille", "vingt mille")
		w.tell(t)
		waiting := func() int { return w.Read.Fanout.Query().CountX(t.Context()) }
		root := w.Comment(t, w.Alice, c.ID, "Une remarque.")
		if n := waiting(); n != 0 {
			t.Errorf("a remark leaves %d", n)
		}
		w.answer(t, w.Bob, root, "Une réponse.")
		w.Comment(t, w.Bob, c.ID, "Voir avec @alice.")
		w.Comment(t, w.Bob, a.ID, "Pourquoi pas trente ?")
		if n := waiting(); n != 3 {
			t.Errorf("an answer, a mention and a word on an amendment leave %d", n)
		}
	})
}

// An event that the log forgot before people were told of it is not told, and holds up nobody behind it.
func TestForgottenEventsAreNotTold(t *testing.T) {
	testsite.Each(t, func(t *testing.T, s *testsite.Site) {
		w := newWorld(t, s)
		c := w.commitment(t)
		must(t, w.TellPeople(t.Context()))
		must(t, w.post(as(t, w.Alice), roadmap.PostCommentInput{Subject: c.ID, Body: "@bob ?"}))
		w.Comment(t, w.Alice, c.ID, "Un")
		w.KeepEvents = change.Retention{Count: 1}
		must(t, w.Jobs.Do(t.Context(), "forget events", "tell people"))

		w.wants(t, w.Bob, "")
		if n := got(w.Read.Fanout.Query().Count(t.Context()))(t); n != 0 {
			t.Errorf("%d events are still to be told", n)
		}
	})
}
