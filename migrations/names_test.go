package migrations_test

import (
	"fmt"
	"log/slog"
	"testing"
	"time"

	entsql "entgo.io/ent/dialect/sql"

	"ensemble/consultation"
	"ensemble/consultation/text/clean"
	"ensemble/database"
	"ensemble/ent"
	"ensemble/ent/comment"
	"ensemble/ent/organization"
	"ensemble/internal/testenv"
	"ensemble/migrations"
)

// Version 13 notes what each nickname looks like, as clean.Skeleton says, once: where several look alike, for the oldest.
func TestLooksOfOldNicknames(t *testing.T) {
	testenv.EachDialect(t, func(t *testing.T, url string) {
		s := open(t, url)
		_, err := database.Migrate(t.Context(), s, first(t, 12))
		must(t, err)
		old := []string{
			"yann-lg", "yann_lg", "yannlg", "vv-0l1", "r-n", "rnrn", "vvv", "a--b__c", "0134-57", "2689", "z_", "jean-b4",
			"arr-nn", "v-vv", "abc123xyz",
		}
		for i, nickname := range old {
			_, err := s.Write.ExecContext(t.Context(), `INSERT INTO users (id, name, nickname, language, site_admin, created_at)
VALUES ($1, 'X', $2, 'fr', false, $3)`, fmt.Sprint("user_", i), nickname, time.Date(2026, 1, 1, 0, i, 0, 0, time.UTC))
			must(t, err)
		}
		_, err = database.Migrate(t.Context(), s, migrations.Files)
		must(t, err)

		client := ent.NewClient(ent.Driver(entsql.OpenDB(s.Dialect, s.Read)))
		for i, nickname := range old {
			u, err := client.User.Get(t.Context(), fmt.Sprint("user_", i))
			must(t, err)
			if later := i == 1 || i == 2; later != (u.NicknameLook == nil) ||
				!later && *u.NicknameLook != clean.Skeleton(nickname) || *u.Nickname != nickname {
				t.Errorf("%s looks like %v, not %q", nickname, u.NicknameLook, clean.Skeleton(nickname))
			}
		}
	})
}

// After version 11, jobs note what SQL cannot: whom older comments mention, and what the names of older organizations
// look like.
func TestNamesOfOldDatabases(t *testing.T) {
	testenv.EachDialect(t, func(t *testing.T, url string) {
		s := open(t, url)
		for _, version := range []string{"0001", "0007"} { // with a comment, of which its author was told
			insertAt(t, s, "testdata/"+folders[s.Dialect]+"/"+version+"_rows.sql")
		}
		_, err := s.Write.ExecContext(t.Context(), "UPDATE comments SET body = 'Avec @jeanne et @paul.' WHERE depth = 0")
		must(t, err)
		_, err = s.Write.ExecContext(t.Context(), `INSERT INTO users (id, name, nickname, language, site_admin, created_at)
VALUES ('user_00000000000000000000000003', 'Paul', 'paul', 'fr', false, '2026-05-10 09:00:00.123456+00:00')`)
		must(t, err) // after the comment
		_, err = database.Migrate(t.Context(), s, migrations.Files)
		must(t, err)

		service := consultation.New(s.Dialect, s.Read, s.Write, slog.New(slog.DiscardHandler))
		service.Now = func() time.Time { return time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC) }
		must(t, service.Jobs.Do(t.Context(), "bind old mentions", "compare names"))

		client := ent.NewClient(ent.Driver(entsql.OpenDB(s.Dialect, s.Read)))
		bound, err := client.CommentMention.Query().Only(t.Context())
		must(t, err)
		if bound.Nickname != "jeanne" || bound.UserID != "user_00000000000000000000000001" {
			t.Errorf("bound is %+v", bound)
		}
		waiting := comment.And(comment.MentionsBound(false), comment.BodyContains("@"))
		if n, err := client.Comment.Query().Where(waiting).Count(t.Context()); n != 0 || err != nil {
			t.Errorf("%d comments wait, %v", n, err)
		}
		if n, err := client.Organization.Query().Where(organization.Looks("")).Count(t.Context()); n != 0 || err != nil {
			t.Errorf("%d organizations wait, %v", n, err)
		}
	})
}
