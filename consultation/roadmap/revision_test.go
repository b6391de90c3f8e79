package roadmap_test

import (
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
	"ensemble/ent/version"
	"ensemble/internal/testsite"
	"ensemble/internal/testsite/scene"
	"ensemble/live"
)

func TestReviseCommitment(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		testsite.Must(t, scene.Only(w.AddSupport(scene.As(t, w.Alice), roadmap.AddSupportInput{Commitment: c.ID})))

		now := w.Clock.Advance(time.Hour)
		revise := func() {
			r := testsite.Got(w.ReviseCommitment(scene.As(t, w.Steering), roadmap.ReviseCommitmentInput{
				Commitment: c.ID, Base: c.VersionID, Body: scene.French("Autre texte.\r\n"),
			}))(t)
			if r.VersionNumber != 2 || !r.ActiveAt.Equal(now) || !strings.Contains(r.SearchText, "autre texte") ||
				r.Status != commitment.StatusOPEN {
				t.Errorf("the commitment is %+v", r)
			}
		}
		v := newVersion(t, w, c, revise, func(v *ent.Version) []scene.Fact {
			counts := scene.Data{"number": 2, "supportCount": 0, "earlierSupportCount": 1}
			return []scene.Fact{scene.FactOf(c.ID, live.VersionPublished, v.ID, w.Steering.ID, counts)}
		})

		if v.Title["fr"] != scene.SomeTitle || v.Body["fr"] != "Autre texte." || v.Body["en"] != "EN "+scene.SomeBody ||
			v.AuthorID != w.Steering.ID || v.Source != version.SourceEDIT || v.AmendmentID != nil {
			t.Errorf("the version is %+v", v)
		}

		before := testsite.Got(w.Read.Version.Get(t.Context(), c.VersionID))(t)
		if before.Body["fr"] != scene.SomeBody {
			t.Errorf("version 1 now says %q", before.Body["fr"])
		}
	})
}

// The languages that a revision does not give fall behind, until a revision gives them, even with the same text.
func TestLanguagesFallBehindAndCatchUp(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		steps := []struct {
			name   string
			title  []*input.TextInput
			body   []*input.TextInput
			behind []string
		}{
			{"one language", nil, scene.French("Deux."), []string{"en"}},
			{"the same again", nil, scene.French("Trois."), []string{"en"}},
			{"both, one unchanged", nil, testsite.Both("Quatre.", "EN "+scene.SomeBody), nil},
			{"only a title", scene.French("Autre titre"), nil, []string{"en"}},
			{"the other language alone", nil, []*input.TextInput{{Language: "EN", Text: "Five."}}, []string{"fr"}},
		}

		for _, step := range steps {
			c = testsite.Got(w.ReviseCommitment(scene.As(t, w.Steering), roadmap.ReviseCommitmentInput{
				Commitment: c.ID, Base: c.VersionID, Title: step.title, Body: step.body,
			}))(t)
			if v := w.VersionNow(t, c); !slices.Equal(v.Behind, step.behind) {
				t.Errorf("%s: behind are %v, want %v", step.name, v.Behind, step.behind)
			}
		}
	})
}

// A draft has one version, which each revision rewrites in place.
func TestReviseADraft(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.Draft(t, scene.SomeTitle, scene.SomeBody)
		for _, body := range []string{"Deux.", "Trois."} {
			w.Silent(t, func() error {
				r, err := w.ReviseCommitment(scene.As(t, w.Steering), roadmap.ReviseCommitmentInput{
					Commitment: c.ID, Base: c.VersionID, Body: scene.French(body),
				})
				if err == nil && (r.VersionID != c.VersionID || r.VersionNumber != 1 ||
					!strings.Contains(w.CommitmentNow(t, r).SearchText, clean.Fold(body))) {
					t.Errorf("it is %+v", r)
				}
				return err
			})

			v := w.VersionNow(t, c)
			if v.Body["fr"] != body || v.Body["en"] != "EN "+scene.SomeBody || len(v.Behind) != 0 {
				t.Errorf("it says %v, behind in %v", v.Body, v.Behind)
			}
		}
	})
}

// The axis and the territories of a commitment are no part of its text: to change them makes no version.
func TestMoveCommitment(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		other, places := w.NewAxis(t, "Autre"), territories(t, w, 2)
		slices.Sort(places)
		placed := func() []string {
			ids := testsite.Got(w.Read.Commitment.Query().Where(commitment.ID(c.ID)).
				QueryTerritories().IDs(t.Context()))(t)
			slices.Sort(ids)
			return ids
		}

		steps := []struct {
			name        string
			axis        *string
			territories []string
			want        []string
		}{
			{"axis and territories", &other.ID, places, places},
			{"one territory", nil, places[:1], places[:1]},
			{"axis alone", &w.Axis.ID, nil, places[:1]},
			{"no territory", nil, []string{}, nil},
		}

		for _, step := range steps {
			in := roadmap.ReviseCommitmentInput{
				Commitment: c.ID, Base: c.VersionID, Axis: step.axis, Territories: step.territories,
			}
			revise := func() error { return scene.Only(w.ReviseCommitment(scene.As(t, w.Steering), in)) }

			now, before := w.Clock.Advance(time.Minute), w.CommitmentNow(t, c)
			w.Announces(t, revise, scene.Fact{Topic: c.ID, Kind: live.CommitmentMoved, Subject: c.ID})

			r := w.CommitmentNow(t, c)
			if !r.ActiveAt.Equal(now) || r.ActiveAt.Equal(before.ActiveAt) {
				t.Errorf("%s: active at %v", step.name, r.ActiveAt)
			}

			w.Refused(t, refusal.BadUserInput, "body", revise) // it is there already

			if r.VersionID != c.VersionID || step.axis != nil && r.AxisID != *step.axis {
				t.Errorf("%s: it is %+v", step.name, r)
			}
			if is := placed(); !slices.Equal(is, step.want) {
				t.Errorf("%s: the territories are %v, want %v", step.name, is, step.want)
			}
		}
	})
}

func TestReviseCommitmentRefusals(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c, adopted := w.SomeCommitment(t), w.SomeCommitment(t)
		first := c.VersionID
		c = w.Revise(t, c, "dix mille", "vingt mille")
		w.Move(t, adopted, commitment.StatusADOPTED)

		type fields = *roadmap.ReviseCommitmentInput
		cases := []struct {
			name   string
			code   refusal.Code
			field  string
			change func(fields)
		}{
			{"stale base", refusal.Conflict, "", func(in fields) { in.Base = first }},
			{"base of another commitment", refusal.Conflict, "", func(in fields) { in.Base = adopted.VersionID }},
			{"adopted", refusal.Closed, "", func(in fields) { in.Commitment, in.Base = adopted.ID, adopted.VersionID }},
			{"nothing given", refusal.BadUserInput, "body", func(in fields) { in.Body = nil }},
			{"nothing changed", refusal.BadUserInput, "body", func(in fields) {
				in.Body = scene.French(w.VersionNow(t, c).Body["fr"] + "\r\n")
			}},
			{"empty text", refusal.BadUserInput, "body.0.text", func(in fields) { in.Body = scene.French("") }},
			{"strange language", refusal.BadUserInput, "title.0.language", func(in fields) {
				in.Title = []*input.TextInput{{Language: "de", Text: "Titel"}}
			}},
			{"no such axis", refusal.BadUserInput, "axis", func(in fields) { in.Axis = scene.Ptr("x") }},
			{"no such territory", refusal.BadUserInput, "territories",
				func(in fields) { in.Territories = []string{"x"} }},
		}

		for _, r := range cases {
			t.Run(r.name, func(t *testing.T) {
				in := roadmap.ReviseCommitmentInput{Commitment: c.ID, Base: c.VersionID, Body: scene.French("Autre.")}
				r.change(&in)
				refused := w.Refused(t, r.code, r.field, func() error {
					return scene.Only(w.ReviseCommitment(scene.As(t, w.Steering), in))
				})

				if r.name == "stale base" && !reflect.DeepEqual(refused.Details["current"], refusal.Current{ID: c.VersionID}) {
					t.Errorf("the refusal names %v", refused.Details)
				}
			})
		}
	})
}

// Each process has a prefix of its own for references, so that the references of two processes of one month differ.
func TestReferencesOfTwoProcesses(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		w.SomeCommitment(t)

		in := scene.NewProcess("second-2026")
		in.ReferencePrefix = scene.Ptr("numerique-ensemble.example.org")
		p := testsite.Got(w.CreateProcess(scene.As(t, w.Admin), in))(t)
		a := testsite.Got(w.CreateAxis(scene.As(t, w.Admin), processes.CreateAxisInput{
			Process: p.ID, Title: scene.French("A"),
		}))(t)

		c := testsite.Got(w.CreateCommitment(scene.As(t, w.Admin), roadmap.CreateCommitmentInput{
			Process: p.ID, Axis: a.ID, Title: scene.French("Titre"), Body: scene.French("Texte."),
		}))(t)

		if c.Number != 1 || c.Reference != "numerique-ensemble.example.org-COMM-2026-03-1" {
			t.Errorf("it is number %d, %s", c.Number, c.Reference)
		}
	})
}
