package roadmap_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"ensemble/consultation/change"
	"ensemble/consultation/people"
	"ensemble/consultation/public"
	"ensemble/consultation/roadmap"
	"ensemble/ent"
	"ensemble/ent/comment"
	"ensemble/ent/commentmention"
	"ensemble/ent/notification"
	"ensemble/internal/testsite"
	"ensemble/internal/testsite/scene"
)

// meant returns whom the nicknames in a comment name: "nickname=who", sorted; who is the name of the account.
func meant(t *testing.T, w *scene.World, m *ent.Comment) string {
	t.Helper()
	var all []string
	rows := testsite.Got(w.Read.CommentMention.Query().Where(commentmention.CommentID(m.ID)).All(t.Context()))(t)
	for _, row := range rows {
		u := testsite.Got(w.Read.User.Get(t.Context(), row.UserID))(t)
		all = append(all, row.Nickname+"="+u.Name)
	}
	return strings.Join(slices.Sorted(slices.Values(all)), " ")
}

// rename gives p another nickname. The name stays.
func rename(t *testing.T, w *scene.World, p *testsite.Person, nickname string) {
	t.Helper()
	testsite.Must(t, scene.Only(w.UpdateAccount(scene.As(t, p), people.UpdateAccountInput{Nickname: &nickname})))
}

// A mention belongs to who bore the nickname when it was written, also when somebody else bears it later, and through
// edits. A nickname that nobody had names nobody for ever.
func TestMentionsBelongToPeople(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		w.Keeping.Nicknames = time.Hour
		says := func(body string) *ent.Comment {
			return testsite.Got(w.PostComment(scene.As(t, w.Moderator),
				roadmap.PostCommentInput{Subject: c.ID, Body: body}))(t)
		}
		edit := func(m *ent.Comment, body string) {
			testsite.Got(w.EditComment(scene.As(t, w.Moderator),
				roadmap.EditCommentInput{Comment: m.ID, Body: body}))(t)
		}

		m := says("Merci @Alice, @nora et `@bob`.")
		if got := meant(t, w, m); got != "alice=alice" {
			t.Fatalf("at first: %s", got)
		}

		// Bob takes both names, once Alice's has rested.
		rename(t, w, w.Alice, "alicia")
		w.Clock.Advance(w.Keeping.Nicknames)
		rename(t, w, w.Bob, "alice")
		edit(m, "Merci, @alice et @nora, et aussi @moderator.")
		rename(t, w, w.Bob, "nora")
		edit(m, "Merci @moderator et @nora !")
		edit(m, "Merci @alice, @nora et @alicia !")
		if got := meant(t, w, m); got != "alice=alice alicia=alice moderator=moderator" {
			t.Errorf("after edits: %s", got)
		}
		if got := meant(t, w, says("Et @nora, @alice ?")); got != "nora=bob" {
			t.Errorf("what is new names %s", got)
		}
	})
}

// Whoever is renamed before people are told is told all the same, and whoever takes the name is not.
func TestTheOneMeantIsTold(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		w.Keeping.Nicknames = 0
		testsite.Must(t, w.TryComment(scene.As(t, w.Moderator), roadmap.PostCommentInput{
			Subject: w.SomeCommitment(t).ID, Body: "Merci @alice.",
		}))
		rename(t, w, w.Alice, "alicia")
		rename(t, w, w.Bob, "alice")
		w.TellAll(t)

		told := testsite.Got(w.Read.Notification.Query().
			Where(notification.KindEQ(notification.KindMENTION)).All(t.Context()))(t)
		if len(told) != 1 || told[0].UserID != w.Alice.ID {
			t.Errorf("told are %v", told)
		}
	})
}

// forgetMentions leaves of the mentions of a comment, by the moderator, what an older program noted: whom it told.
func forgetMentions(t *testing.T, w *scene.World, m *ent.Comment, told ...*testsite.Person) {
	t.Helper()
	testsite.Got(w.Write.CommentMention.Delete().Where(commentmention.CommentID(m.ID)).Exec(t.Context()))(t)
	testsite.Must(t, w.Write.Comment.Update().Where(comment.ID(m.ID)).SetMentionsBound(false).Exec(t.Context()))
	for _, p := range told {
		testsite.Must(t, w.Write.Mention.Create().SetID(w.NewID("mention")).SetCommentID(m.ID).SetUserID(p.ID).
			SetCreatedAt(w.Now()).Exec(t.Context()))
	}
}

// What an older program wrote may be edited before the job binds it: what the edit has bound stays.
func TestOldMentionsThatAreEdited(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		m := testsite.Got(w.PostComment(scene.As(t, w.Moderator),
			roadmap.PostCommentInput{Subject: w.SomeCommitment(t).ID, Body: "Avec @alice."}))(t)
		forgetMentions(t, w, m, w.Alice, w.Bob)
		testsite.Got(w.EditComment(scene.As(t, w.Moderator),
			roadmap.EditCommentInput{Comment: m.ID, Body: "Avec @alice et @bob."}))(t)

		testsite.Must(t, w.Jobs.Do(t.Context(), "bind old mentions"))
		if got := meant(t, w, m); got != "alice=alice bob=bob" {
			t.Errorf("it names %s", got)
		}
	})
}

// A comment that cannot be bound keeps none after it from being bound.
func TestOldMentionsAfterOneThatFails(t *testing.T) {
	scene.OnPostgres(t, func(t *testing.T, w *scene.World) {
		old := make([]*ent.CommentCreate, change.JobBatch+1)
		for i := range old {
			id := fmt.Sprintf("comment_%026d", i)
			old[i] = w.Write.Comment.Create().SetID(id).SetSubjectID("subject").SetTopic("topic").SetDepth(0).
				SetPath(id + "/").SetBody("Avec @bob.").SetLanguage("fr").SetAuthorID(w.Bob.ID).SetCreatedAt(w.Now())
		}
		old[0].SetPath("comment_that_is_gone/") // no thread to lock
		comments := testsite.Got(w.Write.Comment.CreateBulk(old...).Save(t.Context()))(t)

		err := w.Jobs.Do(t.Context(), "bind old mentions")
		if got := meant(t, w, comments[change.JobBatch]); err == nil || got != "bob=bob" {
			t.Errorf("the last one names %q, and the error is %v", got, err)
		}
		testsite.Got(w.Write.Comment.Delete().Exec(t.Context()))(t)
	})
}

// The first ten nicknames of a comment mention somebody.
func TestMentionsAreBounded(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		said := "@alice"
		for i := range public.MaxMentions - 1 {
			said += fmt.Sprintf(" @nobody%d", i)
		}
		c := w.SomeCommitment(t)
		m := testsite.Got(w.PostComment(scene.As(t, w.Moderator),
			roadmap.PostCommentInput{Subject: c.ID, Body: said + " @bob"}))(t)
		if got := meant(t, w, m); got != "alice=alice" {
			t.Errorf("it names %s", got)
		}

		// What was in the text and named nobody stays so, also when it comes among the first.
		m = testsite.Got(w.EditComment(scene.As(t, w.Moderator),
			roadmap.EditCommentInput{Comment: m.ID, Body: "@bob @alice"}))(t)
		if got := meant(t, w, m); got != "alice=alice" {
			t.Errorf("after an edit it names %s", got)
		}
	})
}

// A job binds what an older program wrote: to whoever bears the nickname, unless something says that it changed hands.
func TestOldMentionsAreBound(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		w.Keeping.Nicknames = 0
		for _, old := range []struct {
			name    string
			says    string                      // the moderator
			told    []*testsite.Person          // of the comment, then
			renamed map[*testsite.Person]string // since, in no order
			want    string
		}{
			{name: "told", says: "Merci @alice.", told: []*testsite.Person{w.Alice}, want: "alice=alice"},
			{name: "nobody was told", says: "Merci @alice et @nora.", want: "alice=alice"},
			{name: "the author, whom nobody tells", says: "Merci @alice, et @moderator.", told: []*testsite.Person{w.Alice},
				want: "alice=alice moderator=moderator"},
			{name: "told, and renamed", says: "Merci @alice.", told: []*testsite.Person{w.Alice},
				renamed: map[*testsite.Person]string{w.Alice: "alicia"}},
			{name: "told, and another bears it", says: "Merci @alice.", told: []*testsite.Person{w.Alice},
				renamed: map[*testsite.Person]string{w.Alice: "alicia", w.Bob: "alice"}},
			{name: "told, and the author bears it", says: "Quelle erreur, @alice !", told: []*testsite.Person{w.Alice},
				renamed: map[*testsite.Person]string{w.Alice: "alicia", w.Moderator: "alice"}},
			{name: "one of two told was renamed", says: "Merci @alice, @bob et @moderator.",
				told: []*testsite.Person{w.Alice, w.Bob}, renamed: map[*testsite.Person]string{w.Alice: "alicia"}, want: "bob=bob"},
			{name: "nobody was told, and the bearer was renamed", says: "Merci @alice.",
				renamed: map[*testsite.Person]string{w.Alice: "alicia"}},
			{name: "not told beside one who was", says: "Merci @alice et @steering.", told: []*testsite.Person{w.Alice},
				want: "alice=alice steering=steering"},
			{name: "beyond the first ten", says: "@a00 @a01 @a02 @a03 @a04 @a05 @a06 @a07 @a08 @a09 @alice"},
		} {
			m := testsite.Got(w.PostComment(scene.As(t, w.Moderator),
				roadmap.PostCommentInput{Subject: c.ID, Body: old.says}))(t)
			w.Clock.Advance(time.Minute) // between comments
			forgetMentions(t, w, m, old.told...)
			givesNicknames(t, w, old.renamed)

			testsite.Must(t, w.Jobs.Do(t.Context(), "bind old mentions"))
			if got := meant(t, w, m); got != old.want {
				t.Errorf("%s: it names %q, not %q", old.name, got, old.want)
			}
			w.Idle(t, func() error { return w.Jobs.Do(t.Context(), "bind old mentions") })
			givesNicknames(t, w, map[*testsite.Person]string{w.Alice: "alice", w.Bob: "bob", w.Moderator: "moderator"})
		}
	})
}

// givesNicknames sets the nicknames of people, as the renamings of a long time have done.
func givesNicknames(t *testing.T, w *scene.World, nicknames map[*testsite.Person]string) {
	t.Helper()
	for p := range nicknames {
		testsite.Must(t, w.Write.User.UpdateOneID(p.ID).ClearNickname().Exec(t.Context()))
	}
	for p, nickname := range nicknames {
		testsite.Must(t, w.Write.User.UpdateOneID(p.ID).SetNickname(nickname).Exec(t.Context()))
	}
}

// Two people who were told of one comment and swapped their nicknames since are bound wrongly: nothing shows it. One who
// came after the comment is bound only if they were told, of what an edit says.
func TestOldMentionsOfThoseWhoCameLater(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		post := func(told ...*testsite.Person) *ent.Comment {
			m := testsite.Got(w.PostComment(scene.As(t, w.Moderator),
				roadmap.PostCommentInput{Subject: c.ID, Body: "Merci @alice et @bob."}))(t)
			forgetMentions(t, w, m, told...)
			w.Clock.Advance(time.Minute)
			return m
		}
		swapped, unrecorded, told := post(w.Alice, w.Bob), post(), post(w.Bob)
		testsite.Must(t, w.Jobs.Do(t.Context(), "bind old mentions"))
		if got := meant(t, w, unrecorded); got != "alice=alice bob=bob" {
			t.Errorf("unrecorded: %s", got)
		}

		w.Clock.Advance(time.Hour)
		for _, m := range []*ent.Comment{swapped, unrecorded, told} {
			testsite.Got(w.Write.CommentMention.Delete().Where(commentmention.CommentID(m.ID)).Exec(t.Context()))(t)
			testsite.Must(t, w.Write.Comment.Update().Where(comment.ID(m.ID)).SetMentionsBound(false).Exec(t.Context()))
		}
		givesNicknames(t, w, map[*testsite.Person]string{w.Alice: "bob", w.Bob: "alice"})
		_, err := w.Write.ExecContext(t.Context(), "UPDATE users SET created_at = $1 WHERE id IN ($2, $3)",
			w.Now(), w.Alice.ID, w.Bob.ID)
		testsite.Must(t, err)
		testsite.Must(t, w.Jobs.Do(t.Context(), "bind old mentions"))
		for m, want := range map[*ent.Comment]string{
			swapped: "alice=bob bob=alice", unrecorded: "", told: "alice=bob",
		} {
			if got := meant(t, w, m); got != want {
				t.Errorf("it names %q, not %q", got, want)
			}
		}
	})
}
