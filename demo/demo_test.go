package demo

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"

	"ensemble/consultation"
	"ensemble/consultation/input"
	"ensemble/consultation/people"
	"ensemble/ent"
	"ensemble/ent/amendment"
	"ensemble/ent/commentmention"
	"ensemble/ent/commitment"
	"ensemble/ent/membership"
	"ensemble/ent/organization"
	"ensemble/ent/version"
	"ensemble/internal/testenv"
)

// Fill prints a line for each stage. A second time it says that the sample is there, and writes nothing.
func TestFillTwice(t *testing.T) {
	testenv.EachDialect(t, func(t *testing.T, url string) {
		s := serve(t, url)
		var out bytes.Buffer

		if err := Fill(t.Context(), s, 1, &out); err != nil {
			t.Fatal(err)
		}
		if lines := strings.Count(out.String(), "\n"); lines != 6 {
			t.Errorf("%d lines for 6 stages:\n%s", lines, &out)
		}

		before := one[int](t)(s.Read.Event.Query().Count(t.Context()))
		out.Reset()
		if err := Fill(t.Context(), s, 7, &out); err != nil {
			t.Fatal(err)
		}

		if !strings.Contains(out.String(), "holds the sample already") {
			t.Errorf("the second time it says: %s", &out)
		}
		if after := one[int](t)(s.Read.Event.Query().Count(t.Context())); after != before {
			t.Errorf("%d events, then %d", before, after)
		}
	})
}

// Every comment of the sample that names somebody keeps its mention when an older program wrote it, which told nobody.
func TestMentionsOfAnOlderSample(t *testing.T) {
	testenv.EachDialect(t, func(t *testing.T, url string) {
		s := serve(t, url)
		if err := Fill(t.Context(), s, 1, io.Discard); err != nil {
			t.Fatal(err)
		}
		mentions := func() []*ent.CommentMention {
			return one[[]*ent.CommentMention](t)(s.Read.CommentMention.Query().Order(commentmention.ByID()).All(t.Context()))
		}
		before := mentions()
		one[int](t)(s.Write.CommentMention.Delete().Exec(t.Context()))
		one[int](t)(s.Write.Comment.Update().SetMentionsBound(false).Save(t.Context()))

		if err := s.Jobs.Do(t.Context(), "bind old mentions"); err != nil {
			t.Fatal(err)
		}
		if after := mentions(); len(before) < 2 || fmt.Sprint(after) != fmt.Sprint(before) {
			t.Errorf("%v, then %v", before, after)
		}
	})
}

// Fill does not touch a database that has something else in it.
func TestFillRefusesForeignContent(t *testing.T) {
	foreign := map[string]func(ctx context.Context, s *consultation.Service) error{
		"an account": func(ctx context.Context, s *consultation.Service) error {
			return s.Write.User.Create().SetID(s.NewID("user")).SetName("Ada").SetEmail("admin@example.org").
				SetLanguage("fr").SetCreatedAt(now).Exec(ctx)
		},
		"a process of the same name": func(ctx context.Context, s *consultation.Service) error {
			return s.Write.Process.Create().SetID(s.NewID("process")).SetSlug("engagements-2023-2027").
				SetTitle(input.Texts{"fr": "Autre"}).SetDescription(input.Texts{"fr": "Autre"}).
				SetLanguages([]string{"fr"}).SetReferencePrefix("autre").SetCreatedAt(now).SetUpdatedAt(now).Exec(ctx)
		},
	}

	for name, insert := range foreign {
		t.Run(name, func(t *testing.T) {
			s := serve(t, testenv.SQLite(t))
			if err := insert(t.Context(), s); err != nil {
				t.Fatal(err)
			}

			err := Fill(t.Context(), s, 1, io.Discard)
			if err == nil || !strings.Contains(err.Error(), "holds something else: the demo does not touch it") {
				t.Errorf("Fill: %v", err)
			}
			if n := one[int](t)(s.Read.Event.Query().Count(t.Context())); n != 0 {
				t.Errorf("%d events", n)
			}
		})
	}
}

// The scale is at least 1.
func TestFillRefusesAScaleOfNothing(t *testing.T) {
	if err := Fill(t.Context(), serve(t, testenv.SQLite(t)), 0, io.Discard); err == nil {
		t.Error("scale 0 is accepted")
	}
}

// Processes that fill a database at once leave one sample, and none of them fails.
func TestFillAtOnce(t *testing.T) {
	testenv.EachDialect(t, func(t *testing.T, url string) {
		services := []*consultation.Service{serve(t, url), serve(t, url), serve(t, url)}

		var group sync.WaitGroup
		for _, s := range services {
			group.Go(func() {
				if err := Fill(t.Context(), s, 1, io.Discard); err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()

		if n := one[int](t)(services[0].Read.Process.Query().Count(t.Context())); n != 1 {
			t.Errorf("%d processes", n)
		}
	})
}

// A filling that fails half way leaves nothing, and can be done again.
func TestFillIsOneTransaction(t *testing.T) {
	testenv.EachDialect(t, func(t *testing.T, url string) {
		s := serve(t, url)

		ctx, cancel := context.WithCancel(t.Context())
		if err := Fill(ctx, s, 1, cancelAt{"supports", cancel}); err == nil {
			t.Error("filled after it was cancelled")
		}

		if n := one[int](t)(s.Read.User.Query().Count(t.Context())); n != 0 {
			t.Errorf("%d users", n)
		}

		if err := Fill(t.Context(), s, 1, io.Discard); err != nil {
			t.Error(err)
		}
	})
}

// cancelAt is a writer that cancels when the line of a stage is printed.
type cancelAt struct {
	stage  string
	cancel context.CancelFunc
}

// Write cancels when line is that of the stage. It never fails.
func (c cancelAt) Write(line []byte) (int, error) {
	if bytes.HasPrefix(line, []byte(c.stage)) {
		c.cancel()
	}
	return len(line), nil
}

// The third commitment is as the documentation and the welcome describe it.
func TestTheThirdCommitment(t *testing.T) {
	testenv.EachDialect(t, func(t *testing.T, url string) {
		s := filled(t, url, 1)
		third := s.Read.Commitment.Query().Where(commitment.Number(3)).WithAmendments().WithVersions()
		c := one[*ent.Commitment](t)(third.Only(t.Context()))

		if want := "numerique-ensemble.example.org-COMM-2026-01-3"; c.Reference != want {
			t.Errorf("reference %s, want %s", c.Reference, want)
		}
		if c.Status != commitment.StatusOPEN || c.VersionNumber != 1 ||
			len(c.Edges.Versions) != 1 || c.CommentCount != 8 {
			t.Errorf("%v, version %d of %d, %d comments", c.Status, c.VersionNumber,
				len(c.Edges.Versions), c.CommentCount)
		}

		for _, a := range c.Edges.Amendments {
			if a.State != amendment.StateEVALUATING || a.MergeState != amendment.MergeStateCLEAN {
				t.Errorf("amendment %s: %s, %s", a.ID, a.State, a.MergeState)
			}
		}

		if n := len(c.Edges.Amendments); n != 2 {
			t.Errorf("%d amendments", n)
		}
	})
}

// Each version has the text that the sample gives it, also when accepting an amendment made it.
func TestVersionsAreThoseOfTheSample(t *testing.T) {
	s := filled(t, testenv.SQLite(t), 1)
	for _, in := range one[*sample](t)(readSample()).commitments {
		made := s.Read.Version.Query().Order(version.ByNumber()).
			Where(version.HasCommitmentWith(commitment.Number(in.Number)))
		rows := one[[]*ent.Version](t)(made.All(t.Context()))

		if len(rows) != len(in.Versions) {
			t.Fatalf("commitment %d has %d versions", in.Number, len(rows))
		}

		for i, v := range in.Versions {
			name := fmt.Sprintf("commitment %d, version %d", in.Number, i+1)
			same(t, name+": title", rows[i].Title, v.Title)
			same(t, name+": body", rows[i].Body, v.Body)
			same(t, name+": behind", rows[i].Behind, v.Behind)
		}
	}
}

// Each account of the demo signs in with the password of the demo. People without a password do not.
func TestEveryAccountSignsIn(t *testing.T) {
	s := filled(t, testenv.SQLite(t), 1)
	for _, a := range accounts {
		if _, err := s.SignIn(t.Context(), people.SignInInput{Email: a.email, Password: password}); err != nil {
			t.Errorf("%s: %v", a.email, err)
		}
	}

	withoutPassword := people.SignInInput{Email: "magali.puech@example.org", Password: password}
	if _, err := s.SignIn(t.Context(), withoutPassword); err == nil {
		t.Error("somebody without a password signs in")
	}
}

// The jobs of the rules find nothing to do in the sample.
func TestNothingIsLeftToTheJobs(t *testing.T) {
	s := filled(t, testenv.SQLite(t), 2)
	before := one[int](t)(s.Read.Event.Query().Count(t.Context()))
	if err := s.Jobs.Do(t.Context(), "announce phases", "compare amendments"); err != nil {
		t.Fatal(err)
	}
	if after := one[int](t)(s.Read.Event.Query().Count(t.Context())); after != before {
		t.Errorf("%d events, then %d", before, after)
	}
}

// BenchmarkFill is for load tests: go test ./demo -run=- -bench=Fill -benchtime=1x
func BenchmarkFill(b *testing.B) {
	b.Run("sqlite", func(b *testing.B) { benchmarkFill(b, testenv.SQLite) })
	b.Run("postgres", func(b *testing.B) { benchmarkFill(b, testenv.Postgres) })
}

// benchmarkFill measures how long a large sample takes, without the time to make the database.
func benchmarkFill(b *testing.B, newDatabase func(testing.TB) string) {
	for b.Loop() {
		b.StopTimer()
		s := serve(b, newDatabase(b))
		b.StartTimer()
		if err := Fill(b.Context(), s, 106, io.Discard); err != nil {
			b.Fatal(err)
		}
	}
}

// Every organization of the sample has an owner.
func TestOrganizationsHaveOwners(t *testing.T) {
	s := filled(t, testenv.SQLite(t), 1)
	ownerless := organization.Not(organization.HasMembershipsWith(membership.RoleEQ(membership.RoleOWNER)))
	orphans := one[[]string](t)(s.Read.Organization.Query().Where(ownerless).IDs(t.Context()))
	if len(orphans) > 0 {
		t.Errorf("nobody owns %v", orphans)
	}
}
