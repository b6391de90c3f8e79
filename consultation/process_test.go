package consultation_test

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
	"ensemble/live"
)

func newProcess(slug string) processes.CreateProcessInput {
	return processes.CreateProcessInput{
		Slug: slug, Languages: []string{"FR", "pt-br"}, CommentMaxLength: 1000, EvaluatingLimit: 3,
		Title:       []*input.TextInput{{Language: "fr", Text: " Une\nconcertation "}, {Language: "pt-BR", Text: "Uma consulta"}},
		Description: french("Texte.\r\n"),
	}
}

func TestCreateProcess(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		var p *ent.Process
		w.announces(t, func() (err error) { // drafts write no event, but they gave somebody a role
			p, err = w.CreateProcess(as(t, w.Admin), newProcess("second-2026"))
			return err
		}, fact{live.ViewerTopic(w.Admin.ID), live.ViewerChanged, w.Admin.ID, "", nil})
		if p.Slug != "second-2026" || p.ReferencePrefix != "second-2026" || p.PublishedAt != nil || p.LastNumber != 0 ||
			!reflect.DeepEqual(p.Languages, []string{"fr", "pt-BR"}) ||
			!reflect.DeepEqual(p.Title, input.Texts{"fr": "Une concertation", "pt-BR": "Uma consulta"}) ||
			!reflect.DeepEqual(p.Description, input.Texts{"fr": "Texte."}) {
			t.Errorf("it is %+v", p)
		}
		granted := got(w.Read.Role.Query().Where(role.ProcessID(p.ID)).All(t.Context()))(t)
		if len(granted) != 1 || granted[0].UserID != w.Admin.ID || granted[0].Name != role.NameADMIN {
			t.Errorf("its roles are %v", granted)
		}
		if n := got(w.PublicProcesses().All(t.Context()))(t); len(n) != 1 {
			t.Errorf("%d processes are public, want the world's", len(n))
		}
	})
}

func TestCreateProcessRefusals(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		type in = *processes.CreateProcessInput
		create := func(change func(in)) func(context.Context) error {
			in := newProcess("second-2026")
			change(&in)
			return func(ctx context.Context) error { return only(w.CreateProcess(ctx, in)) }
		}
		w.refusals(t, []refusedCase{
			{"slug taken", w.Admin, refusal.Conflict, "slug", create(func(in in) { in.Slug = w.Process.Slug; in.ReferencePrefix = ptr("autre") })},
			{"prefix taken", w.Admin, refusal.Conflict, "referencePrefix", create(func(in in) { in.ReferencePrefix = &w.Process.ReferencePrefix })},
			{"slug too short", w.Admin, refusal.BadUserInput, "slug", create(func(in in) { in.Slug = "ab" })},
			{"slug too long", w.Admin, refusal.BadUserInput, "slug", create(func(in in) { in.Slug = strings.Repeat("a", 81) })},
			{"slug in capitals", w.Admin, refusal.BadUserInput, "slug", create(func(in in) { in.Slug = "Second" })},
			{"slug with two hyphens", w.Admin, refusal.BadUserInput, "slug", create(func(in in) { in.Slug = "a--b" })},
			{"slug with a line break", w.Admin, refusal.BadUserInput, "slug", create(func(in in) { in.Slug = "abc\n" })},
			{"prefix with a space", w.Admin, refusal.BadUserInput, "referencePrefix", create(func(in in) { in.ReferencePrefix = ptr("a b") })},
			{"empty prefix", w.Admin, refusal.BadUserInput, "referencePrefix", create(func(in in) { in.ReferencePrefix = ptr("") })},
			{"no language", w.Admin, refusal.BadUserInput, "languages", create(func(in in) { in.Languages = nil })},
			{"too many languages", w.Admin, refusal.BadUserInput, "languages", create(func(in in) { in.Languages = make([]string, 21) })},
			{"one language twice", w.Admin, refusal.BadUserInput, "languages", create(func(in in) { in.Languages = []string{"fr", "FR"} })},
			{"not a language", w.Admin, refusal.BadUserInput, "languages", create(func(in in) { in.Languages = []string{"fr", "?"} })},
			{"no title in the first language", w.Admin, refusal.BadUserInput, "title", create(func(in in) { in.Title = in.Title[1:] })},
			{"title in a strange language", w.Admin, refusal.BadUserInput, "title.0.language", create(func(in in) { in.Title[0].Language = "de" })},
			{"title twice in a language", w.Admin, refusal.BadUserInput, "title.1.language", create(func(in in) { in.Title[1].Language = "fr" })},
			{"empty title", w.Admin, refusal.BadUserInput, "title.1.text", create(func(in in) { in.Title[1].Text = " " })},
			{"no description", w.Admin, refusal.BadUserInput, "description", create(func(in in) { in.Description = nil })},
			{"comments too short", w.Admin, refusal.BadUserInput, "commentMaxLength", create(func(in in) { in.CommentMaxLength = 99 })},
			{"comments too long", w.Admin, refusal.BadUserInput, "commentMaxLength", create(func(in in) { in.CommentMaxLength = 5001 })},
			{"no amendments", w.Admin, refusal.BadUserInput, "evaluatingLimit", create(func(in in) { in.EvaluatingLimit = 0 })},
			{"too many amendments", w.Admin, refusal.BadUserInput, "evaluatingLimit", create(func(in in) { in.EvaluatingLimit = 51 })},
		})
	})
}

func TestPublishAndUpdateProcess(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		p := got(w.CreateProcess(as(t, w.Admin), newProcess("second-2026")))(t)
		now := w.Clock.Advance(time.Hour)
		w.silent(t, func() error {
			return only(w.UpdateProcess(as(t, w.Admin), processes.UpdateProcessInput{Process: p.ID, CommentMaxLength: ptr(5000)}))
		})
		publish := func() error {
			published, err := w.PublishProcess(as(t, w.Admin), processes.PublishProcessInput{Process: p.ID})
			if err == nil && !published.PublishedAt.Equal(now) {
				t.Errorf("published at %s", published.PublishedAt)
			}
			return err
		}
		w.announces(t, publish, fact{p.ID, live.ProcessPublished, p.ID, "", nil})
		w.refused(t, refusal.Conflict, "", publish)
		w.announces(t, func() error {
			u, err := w.UpdateProcess(as(t, w.Admin), processes.UpdateProcessInput{
				Process: p.ID, Languages: []string{"fr", "pt-BR", "en"}, Title: testsite.Both("Autre", "Other"), EvaluatingLimit: ptr(5),
			})
			if err == nil && (u.CommentMaxLength != 5000 || u.EvaluatingLimit != 5 || u.Title["en"] != "Other" || u.Description["fr"] != "Texte." ||
				!reflect.DeepEqual(u.Languages, []string{"fr", "pt-BR", "en"})) {
				t.Errorf("it is %+v", u)
			}
			return err
		}, fact{p.ID, live.ProcessUpdated, p.ID, "", nil})
	})
}

// A stranger learns nothing of a draft: it is as if it did not exist. Nobody is told to sign in, either way.
func TestConfigureProcessRefusals(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		secret := got(w.CreateProcess(as(t, w.Admin), newProcess("second-2026")))(t)
		missing := w.NewID("process")
		update := func(id string) func(context.Context) error {
			return func(ctx context.Context) error {
				return only(w.UpdateProcess(ctx, processes.UpdateProcessInput{Process: id, EvaluatingLimit: ptr(9)}))
			}
		}
		publish := func(id string) func(context.Context) error {
			return func(ctx context.Context) error {
				return only(w.PublishProcess(ctx, processes.PublishProcessInput{Process: id}))
			}
		}
		w.refusals(t, []refusedCase{
			{"update a draft as nobody", nil, refusal.Unauthenticated, "", update(secret.ID)},
			{"update nothing as nobody", nil, refusal.Unauthenticated, "", update(missing)},
			{"update what is not there", w.Admin, refusal.NotFound, "process", update(missing)},
			{"update a draft of others", w.Steering, refusal.NotFound, "process", update(secret.ID)},
			{"publish as nobody", nil, refusal.Unauthenticated, "", publish(secret.ID)},
			{"publish a draft of others", w.Steering, refusal.NotFound, "process", publish(secret.ID)},
			{"too small", w.Admin, refusal.BadUserInput, "commentMaxLength", func(ctx context.Context) error {
				return only(w.UpdateProcess(ctx, processes.UpdateProcessInput{Process: w.Process.ID, CommentMaxLength: ptr(1)}))
			}},
			{"first language without a title", w.Admin, refusal.BadUserInput, "title", func(ctx context.Context) error {
				return only(w.UpdateProcess(ctx, processes.UpdateProcessInput{Process: w.Process.ID, Languages: []string{"de", "fr"}}))
			}},
		})
	})
}

// Who sees a draft is told that they may not configure it: its steering body. To all others it is absent, whatever their role in it.
func TestConfigureADraftRefusals(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		draft := got(w.CreateProcess(as(t, w.Admin), newProcess("second-2026")))(t)
		a := got(w.CreateAxis(as(t, w.Admin), processes.CreateAxisInput{Process: draft.ID, Title: french("Ponts")}))(t)
		for p, name := range map[*testsite.Person]role.Name{w.Steering: role.NameSTEERING, w.Moderator: role.NameMODERATOR} {
			must(t, w.Write.Role.Create().SetID(w.NewID("role")).SetUserID(p.ID).SetProcessID(draft.ID).SetName(name).SetCreatedAt(w.Now()).Exec(t.Context()))
		}
		for _, c := range []struct {
			name, field string
			do          func(context.Context) error
		}{
			{"update", "process", func(ctx context.Context) error {
				return only(w.UpdateProcess(ctx, processes.UpdateProcessInput{Process: draft.ID, EvaluatingLimit: ptr(9)}))
			}},
			{"publish", "process", func(ctx context.Context) error {
				return only(w.PublishProcess(ctx, processes.PublishProcessInput{Process: draft.ID}))
			}},
			{"create an axis", "process", func(ctx context.Context) error {
				return only(w.CreateAxis(ctx, processes.CreateAxisInput{Process: draft.ID, Title: french("x")}))
			}},
			{"delete an axis", "axis", func(ctx context.Context) error { return only(w.DeleteAxis(ctx, processes.DeleteAxisInput{Axis: a.ID})) }},
			{"grant a role", "process", func(ctx context.Context) error {
				return only(w.GrantRole(ctx, processes.GrantRoleInput{Process: draft.ID, Nickname: ptr("bob"), Role: role.NameMODERATOR, Reason: "x"}))
			}},
		} {
			w.refusals(t, []refusedCase{
				{c.name + " as steering body", w.Steering, refusal.Forbidden, "", c.do},
				{c.name + " as moderator", w.Moderator, refusal.NotFound, c.field, c.do},
				{c.name + " as a user", w.Alice, refusal.NotFound, c.field, c.do},
				{c.name + " as nobody", nil, refusal.Unauthenticated, "", c.do},
			})
		}
	})
}

// A process keeps the languages that its texts are in, and its first language is one of all of them.
func TestProcessLanguages(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.commitment(t) // in French and English, as all there is
		set := func(languages ...string) func() error {
			return func() error {
				return only(w.UpdateProcess(as(t, w.Admin), processes.UpdateProcessInput{Process: w.Process.ID, Languages: languages}))
			}
		}
		w.refused(t, refusal.BadUserInput, "languages", set("fr"))
		w.refused(t, refusal.BadUserInput, "title", set("br", "fr", "en"))
		w.refused(t, refusal.BadUserInput, "languages", func() error {
			return only(w.UpdateProcess(as(t, w.Admin), processes.UpdateProcessInput{
				Process: w.Process.ID, Languages: []string{"br", "fr", "en"},
				Title: []*input.TextInput{{Language: "br", Text: "Hent"}}, Description: []*input.TextInput{{Language: "br", Text: "Hent."}},
			}))
		})
		must(t, set("fr", "en", "br")())
		must(t, only(w.CreateAxis(as(t, w.Admin), processes.CreateAxisInput{Process: w.Process.ID, Title: append(french("Ponts"),
			&input.TextInput{Language: "br", Text: "Pontoù"})})))
		w.refused(t, refusal.BadUserInput, "languages", set("fr", "en"))       // the axis is in Breton
		w.refused(t, refusal.BadUserInput, "languages", set("en", "fr", "br")) // and not in English
		must(t, set("fr", "br", "en")())
	})
}
