package roadmap_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/language"

	"ensemble/auth"
	"ensemble/consultation/processes"
	"ensemble/consultation/public"
	"ensemble/consultation/refusal"
	"ensemble/consultation/roadmap"
	"ensemble/ent"
	"ensemble/ent/comment"
	"ensemble/ent/commitment"
	"ensemble/internal/testsite"
	"ensemble/internal/testsite/scene"
	"ensemble/live"
)

// countsOf is the data of an event that changes how many comments a subject has: all of them, and those on each side.
func countsOf(subject string, all, inFavour, against, neutral int) scene.Data {
	return scene.Data{"subject": subject, "commentCount": all, "for": inFavour, "against": against, "neutral": neutral}
}

func TestPostComment(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		now := w.Clock.Advance(time.Hour)
		posts := []struct {
			name      string
			alignment *comment.Alignment
			want      scene.Data
		}{
			{"for", scene.Ptr(comment.AlignmentFOR), countsOf(c.ID, 1, 1, 0, 0)},
			{"against", scene.Ptr(comment.AlignmentAGAINST), countsOf(c.ID, 2, 1, 1, 0)},
			{"neutral", scene.Ptr(comment.AlignmentNEUTRAL), countsOf(c.ID, 3, 1, 1, 1)},
			{"no side", nil, countsOf(c.ID, 4, 1, 1, 2)},
		}

		for i, post := range posts {
			heads := w.LogHeads(t)
			m := testsite.Got(w.PostComment(scene.As(t, w.Alice), roadmap.PostCommentInput{
				Subject: c.ID, Body: "  **Gras** & <b>html</b>  \r\n\r\n", Alignment: post.alignment,
			}))(t)

			e := w.EventsSince(t, heads)
			if len(e) != 1 || e[0].Topic != c.ID || e[0].Type != live.CommentPosted || e[0].Subject != m.ID ||
				e[0].Actor != w.Alice.ID || scene.AsJSON(e[0].Data) != scene.AsJSON(post.want) {
				t.Errorf("%s: logged %s, want %s", post.name, scene.AsJSON(e), scene.AsJSON(post.want))
			}

			if m.Body != "  **Gras** & <b>html</b>" || m.Language != "fr" || m.AuthorID != w.Alice.ID ||
				m.Depth != 0 || m.ParentID != nil || m.Path != m.ID+"/" || m.Topic != c.ID || !m.CreatedAt.Equal(now) {
				t.Errorf("comment %d is %+v", i, m)
			}
		}

		if !w.CommitmentNow(t, c).ActiveAt.Equal(now) {
			t.Error("commenting is no activity")
		}
	})
}

func TestPostCommentOnAnAmendment(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		a := w.Submitted(t, w.Alice, c, "dix mille", "vingt mille")

		now := w.Clock.Advance(time.Hour)
		heads := w.LogHeads(t)
		m := testsite.Got(w.PostComment(scene.As(t, w.Signatory), roadmap.PostCommentInput{
			Subject: a.ID, Body: "Oui", Alignment: scene.Ptr(comment.AlignmentFOR), Organization: &w.Organization.ID,
		}))(t)

		e := w.EventsSince(t, heads)
		if len(e) != 1 || e[0].Topic != c.ID || e[0].Subject != m.ID || e[0].Actor != w.Organization.ID ||
			scene.AsJSON(e[0].Data) != scene.AsJSON(countsOf(a.ID, 1, 1, 0, 0)) {
			t.Errorf("logged %s", scene.AsJSON(e))
		}

		if m.Topic != c.ID || m.SubjectID != a.ID || *m.OrganizationID != w.Organization.ID ||
			m.AuthorID != w.Signatory.ID {
			t.Errorf("it is %+v", m)
		}

		if c = w.CommitmentNow(t, c); c.CommentCount != 0 || !c.ActiveAt.Equal(now) {
			t.Errorf("the commitment has %d comments, active %s", c.CommentCount, c.ActiveAt)
		}
	})
}

func TestCommentLanguage(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		post := func(asked *string, request ...language.Tag) string {
			ctx := auth.WithLanguages(scene.As(t, w.Alice), request)
			in := roadmap.PostCommentInput{Subject: c.ID, Body: "x", Language: asked}
			return testsite.Got(w.PostComment(ctx, in))(t).Language
		}

		for name, got := range map[string][2]string{
			"asked":                    {post(scene.Ptr("PT-br"), language.English), "pt-BR"},
			"the request's":            {post(nil, language.English, language.French), "en"},
			"no language known":        {post(nil, language.Und), "fr"},
			"any":                      {post(nil, language.MustParse("mul")), "fr"}, // Accept-Language: *
			"the process's by default": {post(nil), "fr"},
		} {
			if got[0] != got[1] {
				t.Errorf("%s: %s, want %s", name, got[0], got[1])
			}
		}

		w.Refused(t, refusal.BadUserInput, "language", func() error {
			return w.TryComment(scene.As(t, w.Alice), roadmap.PostCommentInput{
				Subject: c.ID, Body: "x", Language: scene.Ptr("français"),
			})
		})
	})
}

// Answers go four levels deep. Each is counted at every comment above it, and takes no side.
func TestRepliesAreCountedAboveThem(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		root := w.Comment(t, w.Alice, c.ID, "0")
		first := w.Reply(t, root, "1")
		second := w.Reply(t, first, "2")
		w.Reply(t, root, "1 bis")

		heads := w.LogHeads(t)
		third := w.Reply(t, second, "3")

		e := w.EventsSince(t, heads)
		if len(e) != 1 || scene.AsJSON(e[0].Data) != scene.AsJSON(countsOf(c.ID, 5, 0, 0, 1)) {
			t.Errorf("logged %s", scene.AsJSON(e))
		}

		levels := []struct {
			m                         *ent.Comment
			depth, replies, descended int
		}{
			{root, 0, 2, 4},
			{first, 1, 1, 2},
			{second, 2, 1, 1},
			{third, 3, 0, 0},
		}

		for i, want := range levels {
			m := w.CommentNow(t, want.m)
			if m.Depth != want.depth || m.ReplyCount != want.replies || m.DescendantCount != want.descended {
				t.Errorf("level %d: depth %d, %d answers, %d below", i, m.Depth, m.ReplyCount, m.DescendantCount)
			}
		}

		if path := third.Path; path != root.ID+"/"+first.ID+"/"+second.ID+"/"+third.ID+"/" {
			t.Errorf("the path is %s", path)
		}

		w.Refused(t, refusal.BadUserInput, "parent", func() error {
			return w.TryComment(scene.As(t, w.Bob), roadmap.PostCommentInput{
				Subject: c.ID, Parent: &third.ID, Body: "4",
			})
		})
	})
}

// posting returns what posts a comment on a commitment, given what changes its input.
func posting(w *scene.World, c *ent.Commitment) func(func(*roadmap.PostCommentInput)) func(context.Context) error {
	return func(change func(*roadmap.PostCommentInput)) func(context.Context) error {
		in := roadmap.PostCommentInput{Subject: c.ID, Body: "Bonjour"}
		change(&in)
		return func(ctx context.Context) error { return w.TryComment(ctx, in) }
	}
}

// Nobody posts a comment where none may be written.
func TestPostCommentRefusals(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c, hidden := w.SomeCommitment(t), w.Draft(t, "Secret", "Secret.")
		adopted := w.SomeCommitment(t)
		w.Move(t, adopted, commitment.StatusADOPTED)
		rejected := w.Reject(t, w.Submitted(t, w.Alice, c, "dix mille", "vingt mille"))
		secret := w.DraftOf(t, w.Alice, c, "dix", "onze")
		root := w.Comment(t, w.Alice, c.ID, "0")

		post := posting(w, c)
		type fields = *roadmap.PostCommentInput
		w.Refusals(t, []scene.RefusedCase{
			scene.Case("nobody", nil, refusal.Unauthenticated, "", post(func(fields) {})),
			scene.Case("no such subject", w.Alice, refusal.NotFound, "subject",
				post(func(in fields) { in.Subject = w.NewID("commitment") })),
			scene.Case("no such amendment", w.Alice, refusal.NotFound, "subject",
				post(func(in fields) { in.Subject = w.NewID("amendment") })),
			scene.Case("not an id", w.Alice, refusal.NotFound, "subject", post(func(in fields) { in.Subject = "" })),
			scene.Case("something that takes no comments", w.Alice, refusal.NotFound, "subject",
				post(func(in fields) { in.Subject = w.Process.ID })),
			scene.Case("a comment as subject", w.Alice, refusal.NotFound, "subject",
				post(func(in fields) { in.Subject = root.ID })),
			scene.Case("draft commitment", w.Steering, refusal.NotFound, "subject",
				post(func(in fields) { in.Subject = hidden.ID })),
			scene.Case("draft amendment, even one's own", w.Alice, refusal.NotFound, "subject",
				post(func(in fields) { in.Subject = secret.ID })),
			scene.Case("adopted commitment", w.Alice, refusal.Closed, "",
				post(func(in fields) { in.Subject = adopted.ID })),
			scene.Case("rejected amendment", w.Alice, refusal.Closed, "",
				post(func(in fields) { in.Subject = rejected.ID })),
		})

		w.ClosePhase(t)
		w.Refusals(t, []scene.RefusedCase{
			scene.Case("closed phase", w.Alice, refusal.Closed, "", post(func(fields) {})),
		})
	})
}

// A comment whose parent, side, text or organization does not fit is refused with the name of that field.
func TestPostCommentBadInput(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c, other := w.SomeCommitment(t), w.SomeCommitment(t)
		root, elsewhere := w.Comment(t, w.Alice, c.ID, "0"), w.Comment(t, w.Alice, other.ID, "0")
		deleted := w.Comment(t, w.Alice, c.ID, "0")
		testsite.Must(t, scene.Only(w.DeleteComment(scene.As(t, w.Alice),
			roadmap.DeleteCommentInput{Comment: deleted.ID})))
		unverified := w.Unverified(t, w.Alice)

		post := posting(w, c)
		type fields = *roadmap.PostCommentInput
		w.Refusals(t, []scene.RefusedCase{
			scene.Case("parent is not there", w.Alice, refusal.BadUserInput, "parent",
				post(func(in fields) { in.Parent = scene.Ptr(w.NewID("comment")) })),
			scene.Case("parent in another thread", w.Alice, refusal.BadUserInput, "parent",
				post(func(in fields) { in.Parent = &elsewhere.ID })),
			scene.Case("parent is removed", w.Alice, refusal.BadUserInput, "parent",
				post(func(in fields) { in.Parent = &deleted.ID })),
			scene.Case("a side on an answer", w.Alice, refusal.BadUserInput, "alignment",
				post(func(in fields) { in.Parent, in.Alignment = &root.ID, scene.Ptr(comment.AlignmentFOR) })),

			scene.Case("empty", w.Alice, refusal.BadUserInput, "body", post(func(in fields) { in.Body = " \u200b\n" })),
			scene.Case("control character", w.Alice, refusal.BadUserInput, "body",
				post(func(in fields) { in.Body = "a\x00" })),
			scene.Case("invalid UTF-8", w.Alice, refusal.BadUserInput, "body",
				post(func(in fields) { in.Body = "a\xff" })),

			scene.Case("organization of others", w.Alice, refusal.Forbidden, "organization",
				post(func(in fields) { in.Organization = &w.Organization.ID })),
			scene.Case("unverified organization", w.Alice, refusal.Forbidden, "organization",
				post(func(in fields) { in.Organization = &unverified.ID })),
		})
	})
}

// The length of a comment is counted in code points, after cleaning. The process sets the limit.
func TestCommentLength(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		limit := 1000
		lengths := []struct {
			name  string
			limit int
			char  string
			code  int // how many code points char is once cleaned
		}{
			{"by default", 0, "a", 1},
			{"accents are one, however typed", 0, "e\u0301", 1},
			{"emoji are one", 0, "😀", 1},
			{"families are what Unicode says", 0, "👩‍👩‍👧", 5},
			{"longest setting", 5000, "é", 1},
			{"shortest setting", 100, "é", 1},
		}

		for _, l := range lengths {
			if l.limit > 0 {
				limit = l.limit
				testsite.Must(t, scene.Only(w.UpdateProcess(scene.As(t, w.Admin), processes.UpdateProcessInput{
					Process: w.Process.ID, CommentMaxLength: &l.limit,
				})))
			}

			longest := strings.Repeat(l.char, limit/l.code)
			testsite.Must(t, w.TryComment(scene.As(t, w.Alice), roadmap.PostCommentInput{
				Subject: c.ID, Body: longest + "\r\n \n",
			}))

			r := w.Refused(t, refusal.BadUserInput, "body", func() error {
				return w.TryComment(scene.As(t, w.Alice), roadmap.PostCommentInput{Subject: c.ID, Body: longest + "ab"})
			})
			if want := limit/l.code*l.code + 2; r.Args[0] != want || r.Args[1] != limit {
				t.Errorf("%s: the refusal says %v, want %d of %d", l.name, r.Args, want, limit)
			}
		}
	})
}

func TestMentions(t *testing.T) {
	m := &ent.Comment{Body: "Merci @Alice et @bob, pas `@code` ni a@b.example ; @alice encore"}
	if got := strings.Join(public.Mentioned(m), " "); got != "alice bob" {
		t.Errorf("mentions %s", got)
	}

	m.HiddenAt = &scene.ATime
	if got := public.Mentioned(m); len(got) != 0 {
		t.Errorf("a hidden comment mentions %v", got)
	}
}
