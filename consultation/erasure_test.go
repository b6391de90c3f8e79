package consultation_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"ensemble/consultation"
	"ensemble/consultation/people"
	"ensemble/consultation/refusal"
	"ensemble/consultation/roadmap"
	"ensemble/ent"
	"ensemble/ent/comment"
	"ensemble/ent/membership"
	"ensemble/ent/role"
	"ensemble/internal/testsite"
	"ensemble/internal/testsite/scene"
	"ensemble/live"
)

// jeanne makes somebody who has done all that one can do here. It returns her and a comment by Bob that mentions her.
func jeanne(t *testing.T, w *scene.World) (*testsite.Person, *ent.Comment) {
	t.Helper()
	p := w.As(testsite.Got(w.SignUp(t.Context(), scene.NewAccount()))(t))
	c, other := w.SomeCommitment(t), w.SomeCommitment(t)
	w.Member(t, w.Organization, p, membership.RoleSIGNATORY)
	w.Role(t, p, role.NameFACILITATOR)

	ctx := scene.As(t, p)
	key := "once"
	m := testsite.Got(w.PostComment(ctx, roadmap.PostCommentInput{
		Subject: c.ID, Body: "What I wrote.", IdempotencyKey: &key,
	}))(t)
	testsite.Got(w.EditComment(ctx, roadmap.EditCommentInput{Comment: m.ID, Body: "What I write."}))(t)
	testsite.Got(w.AddSupport(ctx, roadmap.AddSupportInput{Commitment: c.ID}))(t)
	testsite.Got(w.AddSupport(ctx, roadmap.AddSupportInput{Commitment: c.ID, Organization: &w.Organization.ID}))(t)
	w.Submitted(t, p, c, "comité", "conseil")
	w.DraftOf(t, p, other, "comité", "conseil")

	theirs := testsite.Got(w.PostComment(scene.As(t, w.Bob), roadmap.PostCommentInput{
		Subject: c.ID, Body: "I agree, @jeanne_d.",
	}))(t)
	testsite.Got(w.EditComment(scene.As(t, w.Bob), roadmap.EditCommentInput{
		Comment: theirs.ID, Body: "I agree, @Jeanne_D, and thank you.",
	}))(t)
	testsite.Got(w.VoteComment(ctx, roadmap.VoteCommentInput{Comment: theirs.ID, Value: 1}))(t)
	moderates(t, w, p, m, theirs)
	return p, theirs
}

// After an erasure nothing in the database names the person. What she wrote is still there, and what counted counts.
func TestEraseAccount(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		p, theirs := jeanne(t, w)
		ctx := scene.As(t, p)
		wantsPassword(t, w, p)

		before := testsite.Got(w.Read.Comment.Query().Where(comment.HeldAtIsNil()).Count(t.Context()))(t)
		if named := naming(t, w, "jeanne", "dupont"); len(named) < 3 {
			t.Fatalf("only %v name her", named)
		}
		w.Told.Take()

		u := testsite.Got(w.EraseAccount(ctx, consultation.EraseAccountInput{Password: scene.Ptr(scene.Password)}))(t)
		if u.ErasedAt == nil || u.Name != "" || u.Nickname != nil {
			t.Errorf("left of the account: %+v", u)
		}

		var types []live.Type
		for _, e := range w.Told.Take() {
			types = append(types, e.Type)
		}
		types = slices.DeleteFunc(types, func(of live.Type) bool { return of == live.ModerationQueueChanged })
		if len(types) != 2 || types[0] != live.AccountErased || types[1] != live.ViewerChanged {
			t.Errorf("announced %v", types)
		}

		if named := naming(t, w, "jeanne", "dupont"); len(named) > 0 {
			t.Errorf("%v still name her", named)
		}
		if got := w.CommentNow(t, theirs).Body; got != "I agree, @…, and thank you." {
			t.Errorf("what mentioned her says %q", got)
		}
		if n := testsite.Got(w.Read.Comment.Query().Count(t.Context()))(t); n != before {
			t.Errorf("%d comments, %d before", n, before)
		}

		if _, err := w.Viewer(t.Context(), p.Token); refusal.CodeOf(err) != refusal.Unauthenticated {
			t.Errorf("the session goes on: %v", err)
		}
		w.Refused(t, refusal.WrongCredentials, "", func() error {
			return scene.Only(w.SignIn(t.Context(), people.SignInInput{
				Email: scene.NewAccount().Email, Password: scene.Password,
			}))
		})

		// The address is free again. The nickname rests.
		again := scene.NewAccount()
		w.Refused(t, refusal.Conflict, "nickname", func() error { return scene.Only(w.SignUp(t.Context(), again)) })
		again.Nickname = "jeanne"
		testsite.Got(w.SignUp(t.Context(), again))(t)
	})
}

// wantsPassword checks that the account of p is not erased without its password, nor anything without a viewer.
func wantsPassword(t *testing.T, w *scene.World, p *testsite.Person) {
	t.Helper()
	ctx := scene.As(t, p)
	for name, given := range map[string]*string{
		"wrong": scene.Ptr("wrong horse battery"),
		"empty": scene.Ptr(""),
		"long":  scene.Ptr(strings.Repeat("x", 1000)),
	} {
		_, err := w.EraseAccount(ctx, consultation.EraseAccountInput{Password: given})
		if refusal.CodeOf(err) != refusal.BadUserInput {
			t.Errorf("%s password: %v", name, err)
		}
	}

	_, err := w.EraseAccount(ctx, consultation.EraseAccountInput{})
	if refusal.CodeOf(err) != refusal.BadUserInput {
		t.Errorf("no password: %v", err)
	}

	_, err = w.EraseAccount(t.Context(), consultation.EraseAccountInput{})
	if refusal.CodeOf(err) != refusal.Unauthenticated {
		t.Errorf("nobody: %v", err)
	}
}

// naming returns the tables that hold one of the words, in any case.
func naming(t *testing.T, w *scene.World, words ...string) []string {
	t.Helper()
	var tables []string
	for table, rows := range w.Contents(t) {
		isIn := func(word string) bool { return strings.Contains(strings.ToLower(rows), word) }
		if slices.ContainsFunc(words, isIn) {
			tables = append(tables, table)
		}
	}
	return tables
}

// The only administrator cannot erase their account. When both of two try at once, one succeeds.
func TestEraseAdministrators(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		w.Refused(t, refusal.Conflict, "", func() error {
			return scene.Only(w.EraseAccount(scene.As(t, w.Admin), consultation.EraseAccountInput{}))
		})

		testsite.Must(t, w.Write.User.UpdateOneID(w.Bob.ID).SetSiteAdmin(true).Exec(t.Context()))

		failed := make(chan error, 2)
		for _, ctx := range []context.Context{scene.As(t, w.Admin), scene.As(t, w.Bob)} {
			go func() { failed <- scene.Only(w.EraseAccount(ctx, consultation.EraseAccountInput{})) }()
		}

		one, other := <-failed, <-failed
		if (one == nil) == (other == nil) {
			t.Errorf("%v and %v", one, other)
		}
	})
}

// Whoever is signed out while their account waits to be erased keeps it: the proof does not hold any more.
func TestErasingOfWhoIsSignedOutMeanwhile(t *testing.T) {
	scene.OnPostgres(t, func(t *testing.T, w *scene.World) {
		alice := scene.As(t, w.Alice)
		turn := scene.Hold(t, w, "SELECT 1 FROM users WHERE id = $1 FOR UPDATE", w.Alice.ID)
		erasing := scene.Start(t, w, 1, func() error {
			return scene.Only(w.EraseAccount(alice, consultation.EraseAccountInput{}))
		})

		turn.Do("DELETE FROM sessions WHERE user_id = $1", w.Alice.ID)
		turn.Over()

		scene.RefusedWith(t, erasing, refusal.Unauthenticated)
		if u := testsite.Got(w.Read.User.Get(t.Context(), w.Alice.ID))(t); u.ErasedAt != nil {
			t.Error("the account is erased")
		}
	})
}
