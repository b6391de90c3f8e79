package notify_test

import (
	"context"
	"strings"
	"sync"
	"testing"

	"golang.org/x/text/language"

	"ensemble/consultation/change"
	"ensemble/consultation/notify"
	"ensemble/consultation/refusal"
	"ensemble/consultation/roadmap"
	"ensemble/ent"
	"ensemble/ent/commitment"
	"ensemble/ent/follow"
	"ensemble/internal/testsite"
	"ensemble/internal/testsite/scene"
)

// People follow processes, commitments, organizations and other people, each once, but nothing that is not public. They
// give up what they follow, and what is withdrawn is no longer among it.
func TestFollow(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c, draft := w.SomeCommitment(t), w.Draft(t, "Deux", "Texte.")

		for _, subject := range []string{w.Process.ID, c.ID, w.Bob.ID, w.Organization.ID} {
			w.FollowAs(t, w.Alice, subject)
			w.Idle(t, func() error { return w.Follow(scene.As(t, w.Alice), notify.FollowSubjectInput{Subject: subject}) })
		}

		if n := len(w.FollowsOf(t, w.Alice)); n != 4 {
			t.Errorf("she follows %d", n)
		}

		kind := follow.KindUSER
		if n := testsite.Got(w.Following(scene.ViewerOf(t, w.Alice), &kind).Count(t.Context()))(t); n != 1 {
			t.Errorf("she follows %d people", n)
		}
		if n := testsite.Got(w.Followers(t.Context(), []string{c.ID, draft.ID}))(t); n[c.ID] != 1 || n[draft.ID] != 0 {
			t.Errorf("followers: %v", n)
		}

		w.Refusals(t, []scene.RefusedCase{
			scene.Case("oneself", w.Alice, refusal.BadUserInput, "subject", following(w, w.Alice.ID)),
			scene.Case("a draft", w.Steering, refusal.NotFound, "subject", following(w, draft.ID)),
			scene.Case("nothing", w.Alice, refusal.NotFound, "subject",
				following(w, "commitment_00000000000000000000000000")),
			scene.Case("an axis", w.Alice, refusal.NotFound, "subject", following(w, w.Axis.ID)),
		})

		testsite.Must(t, w.Unfollow(scene.As(t, w.Alice), notify.UnfollowSubjectInput{Subject: w.Bob.ID}))
		testsite.Must(t, w.Unfollow(scene.As(t, w.Alice), notify.UnfollowSubjectInput{Subject: w.Bob.ID}))

		w.Move(t, c, commitment.StatusWITHDRAWN)
		if n := len(w.FollowsOf(t, w.Alice)); n != 2 {
			t.Errorf("she follows %d, want the process and the organization", n)
		}
	})
}

// following returns a step that follows a subject.
func following(w *scene.World, subject string) func(context.Context) error {
	return func(ctx context.Context) error { return w.Follow(ctx, notify.FollowSubjectInput{Subject: subject}) }
}

// A person follows 2,000 things at most. Who has reached that takes part as before, but follows nothing more by it.
func TestFollowsAreBounded(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)

		var rows []*ent.FollowCreate
		for range 2000 {
			rows = append(rows, w.Write.Follow.Create().SetID(w.NewID("follow")).SetUserID(w.Alice.ID).
				SetKind(follow.KindUSER).SetSubjectID(w.NewID("user")).SetCreatedAt(w.Now()))
		}
		testsite.Must(t, w.Write.Follow.CreateBulk(rows...).Exec(t.Context()))

		w.Refused(t, refusal.Conflict, "", func() error { return following(w, c.ID)(scene.As(t, w.Alice)) })
		w.Comment(t, w.Alice, c.ID, "Un") // goes on without it
		if testsite.Got(w.Read.Follow.Query().Where(follow.SubjectID(c.ID)).Exist(t.Context()))(t) {
			t.Error("she follows one more")
		}
	})
}

// When one person follows something twenty times at once, there is one row.
func TestFollowRace(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)

		var all sync.WaitGroup
		for range 20 {
			ctx := scene.As(t, w.Alice)
			all.Go(func() {
				if err := w.Follow(ctx, notify.FollowSubjectInput{Subject: c.ID}); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()

		if n := testsite.Got(w.Read.Follow.Query().Where(follow.SubjectID(c.ID)).Count(t.Context()))(t); n != 1 {
			t.Errorf("%d rows", n)
		}
	})
}

// Whoever takes part in a commitment follows it, unless they gave that up, for this one or for all.
func TestTakingPartFollows(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		w.Comment(t, w.Alice, c.ID, "Un")
		testsite.Must(t, scene.Only(w.AddSupport(scene.As(t, w.Bob), roadmap.AddSupportInput{Commitment: c.ID})))
		w.Submitted(t, w.Signatory, c, "dix mille", "vingt mille")

		if n := testsite.Got(w.Followers(t.Context(), []string{c.ID}))(t)[c.ID]; n != 3 {
			t.Errorf("%d follow", n)
		}

		testsite.Must(t, w.Unfollow(scene.As(t, w.Alice), notify.UnfollowSubjectInput{Subject: c.ID}))
		w.Comment(t, w.Alice, c.ID, "Deux")
		testsite.Must(t, scene.Only(w.UpdateNotificationSettings(
			scene.As(t, w.Moderator), notify.UpdateNotificationSettingsInput{FollowsAutomatically: new(bool)},
		)))
		w.Comment(t, w.Moderator, c.ID, "Trois")

		if n := testsite.Got(w.Followers(t.Context(), []string{c.ID}))(t)[c.ID]; n != 2 {
			t.Errorf("%d follow after some gave it up", n)
		}

		w.FollowAs(t, w.Alice, c.ID)
		if n := testsite.Got(w.Followers(t.Context(), []string{c.ID}))(t)[c.ID]; n != 3 {
			t.Errorf("%d follow after one came back", n)
		}
	})
}

// After a person is erased, nothing that they follow or were told is left, and what others were told of them names
// nobody.
func TestEraseAttention(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {

		c := w.SomeCommitment(t)
		w.FollowAs(t, w.Bob, w.Alice.ID)
		w.FollowAs(t, w.Alice, w.Bob.ID)

		m := w.Comment(t, w.Bob, c.ID, "@alice")
		w.Answer(t, w.Alice, m, "@bob Deux")
		w.Submitted(t, w.Alice, c, "dix mille", "vingt mille")
		w.Answer(t, w.Alice, m, "Trois")
		testsite.Must(t, scene.Only(w.UpdateNotificationSettings(
			scene.As(t, w.Alice), notify.UpdateNotificationSettingsInput{FollowsAutomatically: new(true)},
		)))
		w.TellAll(t)

		testsite.Must(t, w.In(t.Context(), func(ctx context.Context, tx *change.Tx) error {
			err := tx.User.UpdateOneID(w.Alice.ID).SetErasedAt(w.Now()).SetName("").
				ClearNickname().ClearNicknameLook().ClearEmail().Exec(ctx)
			if err != nil {
				return err
			}
			return notify.EraseAttention(ctx, tx, change.Erasing{Account: &ent.User{ID: w.Alice.ID}})
		}))

		for _, table := range []string{
			"follows", "notifications", "mentions", "notification_settings", "unsubscriptions",
		} {
			if rows := w.Rows(t, "SELECT * FROM "+table); strings.Contains(rows, w.Alice.ID) {
				t.Errorf("%s: %s", table, rows)
			}
		}

		w.WantsInbox(t, w.Bob, "MENTION×1* AMENDMENT_SUBMITTED×1* ANSWER×1*")
		for _, s := range w.InboxTexts(t, w.Bob, language.English) {
			if strings.Contains(s, "alice") || !strings.HasPrefix(s, "Somebody ") {
				t.Error(s)
			}
		}
	})
}
