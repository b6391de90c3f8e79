package migrations_test

import (
	"log/slog"
	"testing"
	"time"

	entsql "entgo.io/ent/dialect/sql"

	"ensemble/consultation"
	"ensemble/database"
	"ensemble/ent"
	"ensemble/ent/comment"
	"ensemble/ent/organization"
	"ensemble/internal/testenv"
	"ensemble/migrations"
)

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
