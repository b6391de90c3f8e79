package scene

import (
	"strings"
	"testing"
	"time"

	"ensemble/consultation/input"
	"ensemble/consultation/processes"
	"ensemble/ent"
	"ensemble/ent/axis"
	"ensemble/ent/role"
	"ensemble/internal/testsite"
)

// NewAxis adds an axis behind the others.
func (w *World) NewAxis(t testing.TB, title string) *ent.Axis {
	t.Helper()
	return testsite.Got(w.CreateAxis(As(t, w.Admin),
		processes.CreateAxisInput{Process: w.Process.ID, Title: French(title)}))(t)
}

// AxisTitles returns the titles of the axes by position. The positions must go from 1 without a gap.
func (w *World) AxisTitles(t testing.TB) string {
	t.Helper()
	var titles []string
	ordered := w.Read.Axis.Query().Where(axis.ProcessID(w.Process.ID)).Order(axis.ByPosition())
	for i, a := range testsite.Got(ordered.All(t.Context()))(t) {
		titles = append(titles, a.Title["fr"])
		if a.Position != i+1 {
			t.Errorf("%s is at %d, want %d", a.Title["fr"], a.Position, i+1)
		}
	}
	return strings.Join(titles, " ")
}

// NewPhase adds a phase that opens and closes so long after now.
func (w *World) NewPhase(t testing.TB, opens, closes time.Duration) *ent.Phase {
	t.Helper()
	return testsite.Got(w.CreatePhase(As(t, w.Admin), processes.CreatePhaseInput{
		Process: w.Process.ID,
		PhaseSettings: processes.PhaseSettings{
			Name: French("Phase"), OpensAt: Ptr(w.Now().Add(opens)), ClosesAt: Ptr(w.Now().Add(closes)),
		},
	}))(t)
}

// NewProcess returns the input that creates a process.
func NewProcess(slug string) processes.CreateProcessInput {
	return processes.CreateProcessInput{
		Slug: slug, Languages: []string{"FR", "pt-br"}, CommentMaxLength: 1000, EvaluatingLimit: 3,
		Title: []*input.TextInput{
			{Language: "fr", Text: " Une\nconcertation "}, {Language: "pt-BR", Text: "Uma consulta"},
		},
		Description: French("Texte.\r\n"),
	}
}

// RoleIn is the input that grants or revokes a role.
type RoleIn = processes.RoleInput

// Granting returns the input that gives p a role.
func (w *World) Granting(p *testsite.Person, name role.Name) RoleIn {
	return RoleIn{Process: w.Process.ID, User: &p.ID, Role: name, Reason: "Élue."}
}
