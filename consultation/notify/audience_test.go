package notify_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/language"

	"ensemble/consultation/roadmap"
	"ensemble/ent/commitment"
	"ensemble/ent/membership"
	"ensemble/ent/notification"
	"ensemble/internal/testsite"
	"ensemble/internal/testsite/scene"
)

// Whoever is mentioned in a comment is notified once, also when an edit repeats the mention. People who mention
// themselves are not notified. An answer that mentions somebody notifies them and the author whom it answers.
func TestMentionsAreTold(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		m := w.Comment(t, w.Alice, c.ID, "Et toi, @bob ? Moi, @alice, oui. @inconnu")
		w.WantsInbox(t, w.Bob, "MENTION×1*")
		w.WantsInbox(t, w.Alice, "")

		testsite.Must(t, scene.Only(w.EditComment(scene.As(t, w.Alice), roadmap.EditCommentInput{
			Comment: m.ID, Body: "Et toi, @bob, et @steering ?",
		})))
		w.WantsInbox(t, w.Bob, "MENTION×1*")
		w.WantsInbox(t, w.Steering, "MENTION×1*")

		w.Answer(t, w.Steering, m, "Pas @bob.")
		w.WantsInbox(t, w.Bob, "MENTION×2*")
		w.WantsInbox(t, w.Alice, "ANSWER×1*")

		s := w.InboxTexts(t, w.Alice, language.French)[0]
		if s != "steering a répondu à votre commentaire sur « Un comité par département »." {
			t.Errorf("%s", s)
		}
	})
}

// A mention is told once when the comment is edited before anybody is told, and a comment of many names tells ten
// people.
func TestMentionsComeOnceAndAreFew(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		m := w.Comment(t, w.Alice, c.ID, "@bob")
		testsite.Must(t, scene.Only(w.EditComment(scene.As(t, w.Alice), roadmap.EditCommentInput{
			Comment: m.ID, Body: "@bob, encore",
		})))
		w.WantsInbox(t, w.Bob, "MENTION×1*")

		var names []string
		for i := range 15 {
			names = append(names, "@"+fmt.Sprintf("someone-%d", i))
			w.Person(t, fmt.Sprintf("someone-%d", i))
		}

		crowd := w.Comment(t, w.Alice, c.ID, strings.Join(names, " "))
		w.TellAll(t)
		testsite.Must(t, scene.Only(w.EditComment(scene.As(t, w.Alice), roadmap.EditCommentInput{
			Comment: crowd.ID, Body: strings.Join(names[5:], " "),
		})))
		w.TellAll(t)

		told := testsite.Got(w.Read.Notification.Query().Where(notification.UserIDNEQ(w.Bob.ID)).Count(t.Context()))(t)
		if told != 10 {
			t.Errorf("%d people are told, want 10", told)
		}
	})
}

// Of each change of a commitment, those are notified who follow it or whose amendment it concerns, and never those who
// made it.
func TestWhoHearsWhat(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		w.FollowAs(t, w.Moderator, c.ID)
		testsite.Must(t, scene.Only(w.AddSupport(scene.As(t, w.Bob), roadmap.AddSupportInput{Commitment: c.ID})))
		w.TellAll(t)

		a := w.Submitted(t, w.Alice, c, "dix mille", "vingt mille")
		w.WantsInbox(t, w.Moderator, "AMENDMENT_SUBMITTED×1*")
		w.WantsInbox(t, w.Bob, "AMENDMENT_SUBMITTED×1*")

		w.Clock.Advance(time.Second)
		w.Comment(t, w.Bob, a.ID, "Bien")
		w.WantsInbox(t, w.Alice, "COMMENT_ON_AMENDMENT×1*")

		rival := w.Submitted(t, w.Signatory, c, "dix mille", "cent mille")

		w.Clock.Advance(time.Second)
		w.Accept(t, a)
		w.Clock.Advance(time.Second)
		testsite.Must(t, w.Jobs.Do(t.Context(), "announce phases", "compare amendments"))
		w.WantsInbox(t, w.Alice, "COMMENT_ON_AMENDMENT×1* AMENDMENT_SUBMITTED×1* AMENDMENT_ACCEPTED×1*")
		w.WantsInbox(t, w.Signatory, "COMMITMENT_REVISED×1* AMENDMENT_CONFLICTING×1*")
		w.WantsInbox(t, w.Moderator, "AMENDMENT_SUBMITTED×2* COMMITMENT_REVISED×1*")

		s := w.InboxTexts(t, w.Bob, language.English)[1]
		if s != "There is a new version of “EN Un comité par département”. "+
			"Your support is on an earlier text: do you confirm it?" {
			t.Errorf("%s", s)
		}

		testsite.Must(t, scene.Only(w.ConfirmSupport(scene.As(t, w.Bob),
			roadmap.ConfirmSupportInput{Commitment: c.ID})))
		s = w.InboxTexts(t, w.Bob, language.English)[1]
		if s != "There is a new version of “EN Un comité par département”." {
			t.Errorf("%s", s)
		}

		w.Clock.Advance(time.Second)
		w.Reject(t, rival)
		w.Clock.Advance(time.Second)
		w.Move(t, c, commitment.StatusUNDER_REVIEW)
		w.Clock.Advance(time.Second)
		w.Move(t, c, commitment.StatusADOPTED)

		w.WantsInbox(t, w.Signatory, "COMMITMENT_REVISED×1* AMENDMENT_CONFLICTING×1* AMENDMENT_REJECTED×1* "+
			"COMMITMENT_MOVED_ON×1* COMMITMENT_ADOPTED×1*")
		w.WantsInbox(t, w.Steering, "") // it did that itself
		w.WantsInbox(t, w.Admin, "")    // follows nothing
	})
}

// Followers of a process, an organization or a person are notified of what happens in it or what they do, and not of
// what was taken back.
func TestFollowersOfPeopleOrganizationsAndProcesses(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		w.TellAll(t)
		w.FollowAs(t, w.Bob, w.Organization.ID)
		w.FollowAs(t, w.Bob, w.Alice.ID)
		w.FollowAs(t, w.Bob, w.Process.ID)

		c := w.SomeCommitment(t)
		w.WantsInbox(t, w.Bob, "COMMITMENT_PUBLISHED×1*")

		w.Clock.Advance(time.Second)
		testsite.Must(t, scene.Only(w.AddSupport(scene.As(t, w.Signatory), roadmap.AddSupportInput{
			Commitment: c.ID, Organization: &w.Organization.ID,
		})))
		w.WantsInbox(t, w.Bob, "COMMITMENT_PUBLISHED×1* FOLLOWED_SUPPORTED×1*")

		w.Clock.Advance(time.Second)
		w.Submitted(t, w.Alice, c, "dix mille", "vingt mille")
		w.WantsInbox(t, w.Bob, "COMMITMENT_PUBLISHED×1* FOLLOWED_SUPPORTED×1* FOLLOWED_AMENDED×1*")

		want := []string{
			"Un engagement a été publié dans « Feuille de route ».",
			"Hub du Sud soutient un engagement.",
			"alice a déposé un amendement.",
		}
		for i, s := range w.InboxTexts(t, w.Bob, language.French) {
			if s != want[i] {
				t.Errorf("%q, want %q", s, want[i])
			}
		}

		testsite.Must(t, scene.Only(w.RemoveSupport(scene.As(t, w.Signatory), roadmap.RemoveSupportInput{
			Commitment: c.ID, Organization: &w.Organization.ID,
		})))
		w.WantsInbox(t, w.Bob, "COMMITMENT_PUBLISHED×1* FOLLOWED_AMENDED×1*")

		w.Clock.Advance(time.Second)
		w.ClosePhase(t)
		testsite.Must(t, w.Jobs.Do(t.Context(), "announce phases", "compare amendments"))
		w.WantsInbox(t, w.Bob, "COMMITMENT_PUBLISHED×1* FOLLOWED_AMENDED×1* PHASE_CLOSED×1*")
	})
}

// A signatory who supports something in their organization's name is not notified of it, though they follow the
// organization. Other signatories are.
func TestOneIsNotToldOfOneself(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		w.Member(t, w.Organization, w.Alice, membership.RoleSIGNATORY)
		for _, p := range []*testsite.Person{w.Alice, w.Signatory} {
			w.FollowAs(t, p, w.Organization.ID)
		}

		testsite.Must(t, scene.Only(w.AddSupport(scene.As(t, w.Signatory), roadmap.AddSupportInput{
			Commitment: c.ID, Organization: &w.Organization.ID,
		})))
		w.WantsInbox(t, w.Signatory, "")
		w.WantsInbox(t, w.Alice, "FOLLOWED_SUPPORTED×1*")
	})
}

// A comment that concerns nobody leaves nothing to tell. An answer, a mention and a comment on an amendment do.
func TestCommentsThatConcernNobody(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		a := w.Submitted(t, w.Alice, c, "dix mille", "vingt mille")
		w.TellAll(t)
		waiting := func() int { return w.Read.Fanout.Query().CountX(t.Context()) }

		root := w.Comment(t, w.Alice, c.ID, "Une remarque.")
		if n := waiting(); n != 0 {
			t.Errorf("a remark leaves %d", n)
		}

		w.Answer(t, w.Bob, root, "Une réponse.")
		w.Comment(t, w.Bob, c.ID, "Voir avec @alice.")
		w.Comment(t, w.Bob, a.ID, "Pourquoi pas trente ?")

		if n := waiting(); n != 3 {
			t.Errorf("an answer, a mention and a word on an amendment leave %d", n)
		}
	})
}
