package roadmap_test

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"ensemble/consultation/input"
	"ensemble/consultation/processes"
	"ensemble/consultation/refusal"
	"ensemble/consultation/roadmap"
	"ensemble/consultation/text/clean"
	"ensemble/ent"
	"ensemble/ent/commitment"
	"ensemble/ent/territory"
	"ensemble/ent/version"
	"ensemble/internal/testsite"
	"ensemble/internal/testsite/scene"
	"ensemble/live"
)

// territories returns the ids of n departments.
func territories(t testing.TB, w *scene.World, n int) []string {
	t.Helper()
	return testsite.Got(w.Read.Territory.Query().Where(territory.KindEQ(territory.KindDEPARTMENT)).
		Limit(n).IDs(t.Context()))(t)
}

// newCommitment is the input of a commitment in both languages, with spaces and line breaks that are cleaned away.
func newCommitment(w *scene.World) roadmap.CreateCommitmentInput {
	return roadmap.CreateCommitmentInput{
		Process: w.Process.ID, Axis: w.Axis.ID,
		Title: testsite.Both(" Un\ntitre ", "A title"), Body: testsite.Both("Texte été.\r\n", "Text."),
	}
}

func TestCreateCommitment(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		in := newCommitment(w)
		in.Territories = territories(t, w, 3)
		slices.Reverse(in.Territories)

		var c *ent.Commitment
		w.Silent(t, func() (err error) {
			c, err = w.CreateCommitment(scene.As(t, w.Steering), in)
			return err
		})

		if c.Number != 1 || c.Reference != "roadmap-COMM-2026-03-1" || c.Status != commitment.StatusDRAFT ||
			c.PublishedAt != nil || c.VersionNumber != 1 || c.AxisID != w.Axis.ID ||
			!c.ActiveAt.Equal(w.Now()) || !c.CreatedAt.Equal(w.Now()) {
			t.Errorf("it is %+v", c)
		}

		searched := w.CommitmentNow(t, c).SearchText // an answer leaves it out
		for _, words := range []string{
			"roadmap-comm-2026-03-1", "un titre", "a title", clean.Fold("Texte été."), "text.",
		} {
			if !strings.Contains(searched, clean.Fold(words)) {
				t.Errorf("%q does not find %q", words, searched)
			}
		}

		v := w.VersionNow(t, c)
		if v.Number != 1 || v.AuthorID != w.Steering.ID || v.Source != version.SourceEDIT || v.AmendmentID != nil ||
			len(v.Behind) != 0 ||
			!reflect.DeepEqual(v.Title, input.Texts{"fr": "Un titre", "en": "A title"}) ||
			!reflect.DeepEqual(v.Body, input.Texts{"fr": "Texte été.", "en": "Text."}) {
			t.Errorf("its text is %+v", v)
		}

		places := testsite.Got(w.Read.Commitment.Query().Where(commitment.ID(c.ID)).
			QueryTerritories().IDs(t.Context()))(t)
		slices.Sort(places)
		if slices.Sort(in.Territories); !reflect.DeepEqual(places, in.Territories) {
			t.Errorf("its territories are %v", places)
		}

		if second := testsite.Got(w.CreateCommitment(scene.As(t, w.Admin), newCommitment(w)))(t); second.Number != 2 {
			t.Errorf("the second is number %d", second.Number)
		}
	})
}

// CreateCommitment leaves what its caller passed as it was, so that a retry with the same input is the same input.
func TestCreateCommitmentLeavesItsInputAlone(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		in := newCommitment(w)
		in.Territories = territories(t, w, 3)
		slices.Sort(in.Territories)
		slices.Reverse(in.Territories)
		in.IdempotencyKey = scene.Ptr("again")

		before := slices.Clone(in.Territories)
		first := testsite.Got(w.CreateCommitment(scene.As(t, w.Steering), in))(t)
		if !slices.Equal(in.Territories, before) {
			t.Error("the input was sorted")
		}
		if second := testsite.Got(w.CreateCommitment(scene.As(t, w.Steering), in))(t); second.ID != first.ID {
			t.Error("the retry made another one")
		}
	})
}

func TestCreateCommitmentRefusals(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		secret := testsite.Got(w.CreateProcess(scene.As(t, w.Admin), scene.NewProcess("second-2026")))(t)
		elsewhere := testsite.Got(w.CreateAxis(scene.As(t, w.Admin), processes.CreateAxisInput{
			Process: secret.ID, Title: scene.French("A"),
		}))(t)
		places := territories(t, w, 2)

		type fields = *roadmap.CreateCommitmentInput
		create := func(change func(fields)) func(context.Context) error {
			in := newCommitment(w)
			change(&in)
			return func(ctx context.Context) error { return scene.Only(w.CreateCommitment(ctx, in)) }
		}

		w.Refusals(t, []scene.RefusedCase{
			scene.Case("nobody", nil, refusal.Unauthenticated, "", create(func(fields) {})),
			scene.Case("nobody, in nothing", nil, refusal.Unauthenticated, "",
				create(func(in fields) { in.Process = "x" })),
			scene.Case("a user", w.Alice, refusal.Forbidden, "", create(func(fields) {})),
			scene.Case("a moderator", w.Moderator, refusal.Forbidden, "", create(func(fields) {})),
			scene.Case("no such process", w.Steering, refusal.NotFound, "process",
				create(func(in fields) { in.Process = "x" })),
			scene.Case("a draft process of others", w.Steering, refusal.NotFound, "process",
				create(func(in fields) { in.Process = secret.ID })),

			scene.Case("no such axis", w.Steering, refusal.BadUserInput, "axis",
				create(func(in fields) { in.Axis = "x" })),
			scene.Case("axis of another process", w.Steering, refusal.BadUserInput, "axis",
				create(func(in fields) { in.Axis = elsewhere.ID })),
			scene.Case("no such territory", w.Steering, refusal.BadUserInput, "territories",
				create(func(in fields) { in.Territories = []string{places[0], "x"} })),
			scene.Case("territory twice", w.Steering, refusal.BadUserInput, "territories",
				create(func(in fields) { in.Territories = []string{places[1], places[0], places[1]} })),
			scene.Case("too many territories", w.Steering, refusal.BadUserInput, "territories",
				create(func(in fields) { in.Territories = make([]string, 151) })),

			scene.Case("no title", w.Steering, refusal.BadUserInput, "title",
				create(func(in fields) { in.Title = nil })),
			scene.Case("no title in the first language", w.Steering, refusal.BadUserInput, "title",
				create(func(in fields) { in.Title = in.Title[1:] })),
			scene.Case("long title", w.Steering, refusal.BadUserInput, "title.0.text",
				create(func(in fields) { in.Title = scene.French(strings.Repeat("é", 201)) })),
			scene.Case("no body", w.Steering, refusal.BadUserInput, "body", create(func(in fields) { in.Body = nil })),
			scene.Case("empty body", w.Steering, refusal.BadUserInput, "body.0.text",
				create(func(in fields) { in.Body = scene.French(" ") })),
			scene.Case("strange language", w.Steering, refusal.BadUserInput, "body.0.language",
				create(func(in fields) { in.Body[0].Language = "de" })),
		})
	})
}

func TestPublishCommitment(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.Draft(t, "Titre", "Texte.")
		now := w.Clock.Advance(time.Hour)

		publish := func() error {
			p, err := w.PublishCommitment(scene.As(t, w.Steering), roadmap.PublishCommitmentInput{Commitment: c.ID})
			if err == nil && (p.Status != commitment.StatusOPEN ||
				!p.PublishedAt.Equal(now) || !p.ActiveAt.Equal(now)) {
				t.Errorf("it is %+v", p)
			}
			return err
		}

		w.Announces(t, publish,
			scene.FactOf(c.ID, live.CommitmentPublished, c.ID, "", nil),
			scene.FactOf(w.Process.ID, live.CommitmentPublished, c.ID, "", nil))

		w.Refused(t, refusal.Conflict, "", publish)
		if p := testsite.Got(w.Read.Process.Get(t.Context(), w.Process.ID))(t); p.CommitmentCount != 1 {
			t.Errorf("the process has %d", p.CommitmentCount)
		}
	})
}

func TestPublishCommitmentOfADraftProcess(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		p := testsite.Got(w.CreateProcess(scene.As(t, w.Admin), scene.NewProcess("second-2026")))(t)
		a := testsite.Got(w.CreateAxis(scene.As(t, w.Admin), processes.CreateAxisInput{
			Process: p.ID, Title: scene.French("A"),
		}))(t)
		c := testsite.Got(w.CreateCommitment(scene.As(t, w.Admin), roadmap.CreateCommitmentInput{
			Process: p.ID, Axis: a.ID, Title: scene.French("Titre"), Body: scene.French("Texte."),
		}))(t)

		w.Refused(t, refusal.Conflict, "", func() error {
			return scene.Only(w.PublishCommitment(scene.As(t, w.Admin),
				roadmap.PublishCommitmentInput{Commitment: c.ID}))
		})
	})
}

// Each status is tried with each move: what the table allows happens and is announced, and all else is refused.
func TestCommitmentStatusMoves(t *testing.T) {
	allowed := map[string]bool{
		"OPEN UNDER_REVIEW":    true,
		"OPEN ADOPTED":         true,
		"UNDER_REVIEW OPEN":    true,
		"UNDER_REVIEW ADOPTED": true,
		"ADOPTED UNDER_REVIEW": true,
	}

	scene.Each(t, func(t *testing.T, w *scene.World) {
		for _, from := range scene.AllStatuses {
			for _, to := range scene.AllStatuses {
				c := inStatus(t, w, from)
				t.Run(fmt.Sprintf("%s to %s", from, to), func(t *testing.T) {
					move := func() error {
						return scene.Only(w.ChangeCommitmentStatus(scene.As(t, w.Steering),
							roadmap.ChangeCommitmentStatusInput{
								Commitment: c.ID, Status: to,
							}))
					}

					if !allowed[string(from+" "+to)] {
						w.Refused(t, refusal.Conflict, "", move)
						return
					}

					w.Announces(t, move,
						scene.FactOf(c.ID, live.CommitmentStatusChanged, c.ID, "", scene.Data{"status": string(to)}))
					if now := w.CommitmentNow(t, c); now.Status != to {
						t.Errorf("it is %s", now.Status)
					}
				})
			}
		}
	})
}

// inStatus makes a commitment and takes it to a status.
func inStatus(t *testing.T, w *scene.World, status commitment.Status) *ent.Commitment {
	t.Helper()
	c := w.Draft(t, "Titre", "Texte.")
	if status == commitment.StatusDRAFT {
		return c
	}

	testsite.Must(t, scene.Only(w.PublishCommitment(
		scene.As(t, w.Steering), roadmap.PublishCommitmentInput{Commitment: c.ID})))
	if status != commitment.StatusOPEN {
		w.Move(t, c, status)
	}
	return c
}

func TestWithdrawCommitment(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		now := w.Clock.Advance(time.Hour)
		withdraw := func() error {
			withdrawn, err := w.WithdrawCommitment(scene.As(t, w.Steering),
				roadmap.WithdrawCommitmentInput{Commitment: c.ID})
			if err == nil && (withdrawn.Status != commitment.StatusWITHDRAWN || !withdrawn.ActiveAt.Equal(now)) {
				t.Errorf("it is %+v", withdrawn)
			}
			return err
		}

		w.Announces(t, withdraw,
			scene.FactOf(c.ID, live.CommitmentWithdrawn, c.ID, "", nil),
			scene.FactOf(w.Process.ID, live.CommitmentWithdrawn, c.ID, "", nil))
	})
}

func TestSteerCommitmentRefusals(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c, secret := w.SomeCommitment(t), w.Draft(t, "Secret", "Secret.")
		adopted := w.SomeCommitment(t)
		w.Move(t, adopted, commitment.StatusADOPTED)

		moves := map[string]func(ctx context.Context, id string) error{
			"publish": func(ctx context.Context, id string) error {
				return scene.Only(w.PublishCommitment(ctx, roadmap.PublishCommitmentInput{Commitment: id}))
			},
			"move": func(ctx context.Context, id string) error {
				return scene.Only(w.ChangeCommitmentStatus(ctx, roadmap.ChangeCommitmentStatusInput{
					Commitment: id, Status: commitment.StatusUNDER_REVIEW,
				}))
			},
			"withdraw": func(ctx context.Context, id string) error {
				return scene.Only(w.WithdrawCommitment(ctx, roadmap.WithdrawCommitmentInput{Commitment: id}))
			},
			"revise": func(ctx context.Context, id string) error {
				return scene.Only(w.ReviseCommitment(ctx, roadmap.ReviseCommitmentInput{
					Commitment: id, Base: secret.VersionID, Title: scene.French("!"),
				}))
			},
		}
		on := func(move, id string) func(context.Context) error {
			return func(ctx context.Context) error { return moves[move](ctx, id) }
		}

		for move := range moves {
			w.Refusals(t, []scene.RefusedCase{
				scene.Case(move+" as nobody", nil, refusal.Unauthenticated, "", on(move, c.ID)),
				scene.Case(move+" a draft as nobody", nil, refusal.Unauthenticated, "", on(move, secret.ID)),
				scene.Case(move+" nothing as nobody", nil, refusal.Unauthenticated, "", on(move, "x")),
				scene.Case(move+" as a user", w.Alice, refusal.Forbidden, "", on(move, c.ID)),
				scene.Case(move+" as a moderator", w.Moderator, refusal.Forbidden, "", on(move, c.ID)),
				scene.Case(move+" a draft as a user", w.Alice, refusal.NotFound, "commitment", on(move, secret.ID)),
				scene.Case(move+" what is not there", w.Steering, refusal.NotFound, "commitment",
					on(move, w.NewID("commitment"))),
			})
		}

		w.Refusals(t, []scene.RefusedCase{
			scene.Case("withdraw a draft", w.Steering, refusal.Conflict, "", on("withdraw", secret.ID)),
			scene.Case("withdraw what is adopted", w.Steering, refusal.Conflict, "", on("withdraw", adopted.ID)),
		})
	})
}
