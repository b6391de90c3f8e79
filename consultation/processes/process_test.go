package processes_test

import (
	"context"
	"reflect"
	"strings"
	"testing"
	"time"

	"ensemble/consultation/input"
	"ensemble/consultation/processes"
	"ensemble/consultation/refusal"
	"ensemble/ent"
	"ensemble/ent/role"
	"ensemble/internal/testsite"
	"ensemble/internal/testsite/scene"
	"ensemble/live"
)

// A new process is a draft, which nobody sees but its administrator. Only their new role is announced.
func TestCreateProcess(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		var p *ent.Process
		w.Announces(t, func() (err error) { // drafts write no event, but they gave somebody a role
			p, err = w.CreateProcess(scene.As(t, w.Admin), scene.NewProcess("second-2026"))
			return err
		}, scene.FactOf(live.ViewerTopic(w.Admin.ID), live.ViewerChanged, w.Admin.ID, "", nil))

		if p.Slug != "second-2026" || p.ReferencePrefix != "second-2026" || p.PublishedAt != nil || p.LastNumber != 0 ||
			!reflect.DeepEqual(p.Languages, []string{"fr", "pt-BR"}) ||
			!reflect.DeepEqual(p.Title, input.Texts{"fr": "Une concertation", "pt-BR": "Uma consulta"}) ||
			!reflect.DeepEqual(p.Description, input.Texts{"fr": "Texte."}) {
			t.Errorf("it is %+v", p)
		}

		granted := testsite.Got(w.Read.Role.Query().Where(role.ProcessID(p.ID)).All(t.Context()))(t)
		if len(granted) != 1 || granted[0].UserID != w.Admin.ID || granted[0].Name != role.NameADMIN {
			t.Errorf("its roles are %v", granted)
		}

		if n := testsite.Got(w.PublicProcesses().All(t.Context()))(t); len(n) != 1 {
			t.Errorf("%d processes are public, want the world's", len(n))
		}
	})
}

// A process is not created with a slug, a prefix, a language, a text or a limit that is taken or malformed.
func TestCreateProcessRefusals(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		type in = *processes.CreateProcessInput
		create := func(change func(in)) func(context.Context) error {
			in := scene.NewProcess("second-2026")
			change(&in)
			return func(ctx context.Context) error { return scene.Only(w.CreateProcess(ctx, in)) }
		}

		bad := refusal.BadUserInput
		w.Refusals(t, []scene.RefusedCase{
			scene.Case("slug taken", w.Admin, refusal.Conflict, "slug",
				create(func(in in) { in.Slug = w.Process.Slug; in.ReferencePrefix = scene.Ptr("autre") })),
			scene.Case("prefix taken", w.Admin, refusal.Conflict, "referencePrefix",
				create(func(in in) { in.ReferencePrefix = &w.Process.ReferencePrefix })),

			scene.Case("slug too short", w.Admin, bad, "slug", create(func(in in) { in.Slug = "ab" })),
			scene.Case("slug too long", w.Admin, bad, "slug",
				create(func(in in) { in.Slug = strings.Repeat("a", 81) })),
			scene.Case("slug in capitals", w.Admin, bad, "slug", create(func(in in) { in.Slug = "Second" })),
			scene.Case("slug with two hyphens", w.Admin, bad, "slug", create(func(in in) { in.Slug = "a--b" })),
			scene.Case("slug with a line break", w.Admin, bad, "slug", create(func(in in) { in.Slug = "abc\n" })),
			scene.Case("prefix with a space", w.Admin, bad, "referencePrefix",
				create(func(in in) { in.ReferencePrefix = scene.Ptr("a b") })),
			scene.Case("empty prefix", w.Admin, bad, "referencePrefix",
				create(func(in in) { in.ReferencePrefix = scene.Ptr("") })),

			scene.Case("no language", w.Admin, bad, "languages", create(func(in in) { in.Languages = nil })),
			scene.Case("too many languages", w.Admin, bad, "languages",
				create(func(in in) { in.Languages = make([]string, 21) })),
			scene.Case("one language twice", w.Admin, bad, "languages",
				create(func(in in) { in.Languages = []string{"fr", "FR"} })),
			scene.Case("not a language", w.Admin, bad, "languages",
				create(func(in in) { in.Languages = []string{"fr", "?"} })),

			scene.Case("no title in the first language", w.Admin, bad, "title",
				create(func(in in) { in.Title = in.Title[1:] })),
			scene.Case("title in a strange language", w.Admin, bad, "title.0.language",
				create(func(in in) { in.Title[0].Language = "de" })),
			scene.Case("title twice in a language", w.Admin, bad, "title.1.language",
				create(func(in in) { in.Title[1].Language = "fr" })),
			scene.Case("empty title", w.Admin, bad, "title.1.text", create(func(in in) { in.Title[1].Text = " " })),
			scene.Case("no description", w.Admin, bad, "description", create(func(in in) { in.Description = nil })),

			scene.Case("comments too short", w.Admin, bad, "commentMaxLength",
				create(func(in in) { in.CommentMaxLength = 99 })),
			scene.Case("comments too long", w.Admin, bad, "commentMaxLength",
				create(func(in in) { in.CommentMaxLength = 5001 })),
			scene.Case("no amendments", w.Admin, bad, "evaluatingLimit",
				create(func(in in) { in.EvaluatingLimit = 0 })),
			scene.Case("too many amendments", w.Admin, bad, "evaluatingLimit",
				create(func(in in) { in.EvaluatingLimit = 51 })),
		})
	})
}

// A draft changes silently. Once it is published, which happens once, every change is announced.
func TestPublishAndUpdateProcess(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		p := testsite.Got(w.CreateProcess(scene.As(t, w.Admin), scene.NewProcess("second-2026")))(t)
		now := w.Clock.Advance(time.Hour)

		w.Silent(t, func() error {
			return scene.Only(w.UpdateProcess(scene.As(t, w.Admin), processes.UpdateProcessInput{
				Process: p.ID, CommentMaxLength: scene.Ptr(5000),
			}))
		})

		publish := func() error {
			published, err := w.PublishProcess(scene.As(t, w.Admin), processes.PublishProcessInput{Process: p.ID})
			if err == nil && !published.PublishedAt.Equal(now) {
				t.Errorf("published at %s", published.PublishedAt)
			}
			return err
		}

		w.Announces(t, publish, scene.FactOf(p.ID, live.ProcessPublished, p.ID, "", nil))
		w.Refused(t, refusal.Conflict, "", publish)

		w.Announces(t, func() error {
			u, err := w.UpdateProcess(scene.As(t, w.Admin), processes.UpdateProcessInput{
				Process: p.ID, Languages: []string{"fr", "pt-BR", "en"}, Title: testsite.Both("Autre", "Other"),
				EvaluatingLimit: scene.Ptr(5),
			})
			if err == nil && (u.CommentMaxLength != 5000 || u.EvaluatingLimit != 5 || u.Title["en"] != "Other" ||
				u.Description["fr"] != "Texte." || !reflect.DeepEqual(u.Languages, []string{"fr", "pt-BR", "en"})) {
				t.Errorf("it is %+v", u)
			}
			return err
		}, scene.FactOf(p.ID, live.ProcessUpdated, p.ID, "", nil))
	})
}

// To a stranger a draft is as good as absent. Whoever is not signed in is asked to sign in, whether or not the process
// exists.
func TestConfigureProcessRefusals(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		secret := testsite.Got(w.CreateProcess(scene.As(t, w.Admin), scene.NewProcess("second-2026")))(t)
		missing := w.NewID("process")

		update := func(id string) func(context.Context) error {
			return func(ctx context.Context) error {
				return scene.Only(w.UpdateProcess(ctx, processes.UpdateProcessInput{
					Process: id, EvaluatingLimit: scene.Ptr(9),
				}))
			}
		}
		publish := func(id string) func(context.Context) error {
			return func(ctx context.Context) error {
				return scene.Only(w.PublishProcess(ctx, processes.PublishProcessInput{Process: id}))
			}
		}

		w.Refusals(t, []scene.RefusedCase{
			scene.Case("update a draft as nobody", nil, refusal.Unauthenticated, "", update(secret.ID)),
			scene.Case("update nothing as nobody", nil, refusal.Unauthenticated, "", update(missing)),
			scene.Case("update what is not there", w.Admin, refusal.NotFound, "process", update(missing)),
			scene.Case("update a draft of others", w.Steering, refusal.NotFound, "process", update(secret.ID)),
			scene.Case("publish as nobody", nil, refusal.Unauthenticated, "", publish(secret.ID)),
			scene.Case("publish a draft of others", w.Steering, refusal.NotFound, "process", publish(secret.ID)),
			scene.Case("too small", w.Admin, refusal.BadUserInput, "commentMaxLength", func(ctx context.Context) error {
				return scene.Only(w.UpdateProcess(ctx, processes.UpdateProcessInput{
					Process: w.Process.ID, CommentMaxLength: scene.Ptr(1),
				}))
			}),
			scene.Case("first language without a title", w.Admin, refusal.BadUserInput, "title",
				func(ctx context.Context) error {
					return scene.Only(w.UpdateProcess(ctx, processes.UpdateProcessInput{
						Process: w.Process.ID, Languages: []string{"de", "fr"},
					}))
				}),
		})
	})
}

// The steering body of a draft sees it, and so learns that it may not configure it. To everybody else the draft is
// absent, whatever their role in it.
func TestConfigureADraftRefusals(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		draft := testsite.Got(w.CreateProcess(scene.As(t, w.Admin), scene.NewProcess("second-2026")))(t)
		a := testsite.Got(w.CreateAxis(scene.As(t, w.Admin), processes.CreateAxisInput{
			Process: draft.ID, Title: scene.French("Ponts"),
		}))(t)

		for p, name := range map[*testsite.Person]role.Name{
			w.Steering: role.NameSTEERING, w.Moderator: role.NameMODERATOR,
		} {
			testsite.Must(t, w.Write.Role.Create().SetID(w.NewID("role")).SetUserID(p.ID).SetProcessID(draft.ID).
				SetName(name).SetCreatedAt(w.Now()).Exec(t.Context()))
		}

		for _, c := range []struct {
			name, field string
			do          func(context.Context) error
		}{
			{"update", "process", func(ctx context.Context) error {
				return scene.Only(w.UpdateProcess(ctx, processes.UpdateProcessInput{
					Process: draft.ID, EvaluatingLimit: scene.Ptr(9),
				}))
			}},
			{"publish", "process", func(ctx context.Context) error {
				return scene.Only(w.PublishProcess(ctx, processes.PublishProcessInput{Process: draft.ID}))
			}},

			{"create an axis", "process", func(ctx context.Context) error {
				return scene.Only(w.CreateAxis(ctx, processes.CreateAxisInput{
					Process: draft.ID, Title: scene.French("x"),
				}))
			}},
			{"delete an axis", "axis", func(ctx context.Context) error {
				return scene.Only(w.DeleteAxis(ctx, processes.DeleteAxisInput{Axis: a.ID}))
			}},

			{"grant a role", "process", func(ctx context.Context) error {
				return scene.Only(w.GrantRole(ctx, processes.GrantRoleInput{
					Process: draft.ID, Nickname: scene.Ptr("bob"), Role: role.NameMODERATOR, Reason: "x",
				}))
			}},
		} {
			w.Refusals(t, []scene.RefusedCase{
				scene.Case(c.name+" as steering body", w.Steering, refusal.Forbidden, "", c.do),
				scene.Case(c.name+" as moderator", w.Moderator, refusal.NotFound, c.field, c.do),
				scene.Case(c.name+" as a user", w.Alice, refusal.NotFound, c.field, c.do),
				scene.Case(c.name+" as nobody", nil, refusal.Unauthenticated, "", c.do),
			})
		}
	})
}

// A process cannot give up a language that its texts are in, and its first language is one that all of them are in.
func TestProcessLanguages(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		w.SomeCommitment(t) // in French and English, as all there is
		set := func(languages ...string) func() error {
			return func() error {
				return scene.Only(w.UpdateProcess(scene.As(t, w.Admin), processes.UpdateProcessInput{
					Process: w.Process.ID, Languages: languages,
				}))
			}
		}

		w.Refused(t, refusal.BadUserInput, "languages", set("fr"))
		w.Refused(t, refusal.BadUserInput, "title", set("br", "fr", "en"))
		w.Refused(t, refusal.BadUserInput, "languages", func() error {
			return scene.Only(w.UpdateProcess(scene.As(t, w.Admin), processes.UpdateProcessInput{
				Process: w.Process.ID, Languages: []string{"br", "fr", "en"},
				Title:       []*input.TextInput{{Language: "br", Text: "Hent"}},
				Description: []*input.TextInput{{Language: "br", Text: "Hent."}},
			}))
		})

		testsite.Must(t, set("fr", "en", "br")())

		breton := &input.TextInput{Language: "br", Text: "Pontoù"}
		testsite.Must(t, scene.Only(w.CreateAxis(scene.As(t, w.Admin), processes.CreateAxisInput{
			Process: w.Process.ID, Title: append(scene.French("Ponts"), breton),
		})))
		w.Refused(t, refusal.BadUserInput, "languages", set("fr", "en"))       // the axis is in Breton
		w.Refused(t, refusal.BadUserInput, "languages", set("en", "fr", "br")) // and not in English
		testsite.Must(t, set("fr", "br", "en")())
	})
}
