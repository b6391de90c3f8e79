package graph_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/99designs/gqlgen/graphql/handler"
	"github.com/99designs/gqlgen/graphql/handler/transport"

	"ensemble/auth"
	"ensemble/consultation"
	"ensemble/consultation/people"
	"ensemble/ent"
	"ensemble/graph"
	"ensemble/graph/generated"
	"ensemble/graph/model"
	"ensemble/graph/relay"
)

// curious is a resolver whose fields ask who calls although they must not, and note the answers.
type curious struct {
	*graph.Resolver
	mu   sync.Mutex
	told []string
}

// ask notes for a field who calls.
func (c *curious) ask(ctx context.Context, field string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.told = append(c.told, field+": "+auth.ViewerFrom(ctx).UserID)
}

func (c *curious) Query() generated.QueryResolver { return curiousQuery{c.Resolver.Query(), c} }
func (c *curious) Mutation() generated.MutationResolver {
	return curiousMutation{c.Resolver.Mutation(), c}
}
func (c *curious) Process() generated.ProcessResolver { return curiousProcess{c.Resolver.Process(), c} }
func (c *curious) Viewer() generated.ViewerResolver   { return curiousViewer{c.Resolver.Viewer(), c} }
func (c *curious) User() generated.UserResolver       { return curiousUser{c.Resolver.User(), c} }

type curiousQuery struct {
	generated.QueryResolver
	c *curious
}

func (q curiousQuery) Process(ctx context.Context, _, slug *string) (*ent.Process, error) {
	q.c.ask(ctx, "Query.process")
	return &ent.Process{ID: *slug}, nil
}

func (q curiousQuery) Node(ctx context.Context, id string) (relay.Node, error) {
	q.c.ask(ctx, "Query.node")
	return &ent.Process{ID: id}, nil
}

type curiousMutation struct {
	generated.MutationResolver
	c *curious
}

func (m curiousMutation) SignOut(ctx context.Context, _ people.SignOutInput) (*model.SignOutPayload, error) {
	m.c.ask(ctx, "Mutation.signOut")
	return &model.SignOutPayload{}, nil
}

type curiousProcess struct {
	generated.ProcessResolver
	c *curious
}

func (p curiousProcess) Title(ctx context.Context, _ *ent.Process, _ *string) (string, error) {
	p.c.ask(ctx, "Process.title")
	return "x", nil
}

func (p curiousProcess) ViewerCanUpdate(ctx context.Context, _ *ent.Process) (bool, error) {
	p.c.ask(ctx, "Process.viewerCanUpdate")
	return true, nil
}

type curiousViewer struct {
	generated.ViewerResolver
	c *curious
}

func (v curiousViewer) User(ctx context.Context, _ *auth.Viewer) (*ent.User, error) {
	v.c.ask(ctx, "Viewer.user")
	return &ent.User{}, nil
}

type curiousUser struct {
	generated.UserResolver
	c *curious
}

func (u curiousUser) Name(ctx context.Context, _ *ent.User) (string, error) {
	u.c.ask(ctx, "User.name")
	return "x", nil
}

// Only marked fields, what is under them, and mutations learn who calls, even when other fields ask.
func TestPersonal(t *testing.T) {
	for _, c := range []struct {
		query string
		told  []string
	}{
		{`{ process(slug: "x") { title } }`, []string{"Process.title: ", "Query.process: "}},
		{`{ node(id: "x") { ... on Process { t: title } } }`, []string{"Process.title: ", "Query.node: "}},
		{`{ process(slug: "x") { may: viewerCanUpdate title } }`, []string{
			"Process.title: ", "Process.viewerCanUpdate: user_1", "Query.process: ",
		}},
		{`{ me: viewer { user { ...f } } process(slug: "x") { title } } fragment f on User { name }`, []string{
			"Process.title: ", "Query.process: ", "User.name: user_1", "Viewer.user: user_1",
		}},
		{`mutation { signOut { endedSessions } }`, []string{"Mutation.signOut: user_1"}},
	} {
		t.Run(c.query, func(t *testing.T) {
			r := &curious{Resolver: &graph.Resolver{Consultation: &consultation.Service{}}}
			h := handler.New(generated.NewExecutableSchema(generated.Config{Resolvers: r}))
			h.AddTransport(transport.POST{})
			h.AroundOperations(graph.Personal)

			if body := ask(t, h, c.query); strings.Contains(body, "errors") {
				t.Fatal(body)
			}

			slices.Sort(r.told)
			if !slices.Equal(r.told, c.told) {
				t.Errorf("told %q, want %q", r.told, c.told)
			}
		})
	}
}

// TestPanicInResolver checks that a panic in a resolver is an error of its field, that other fields are answered, and
// that the log says where it was.
func TestPanicInResolver(t *testing.T) {
	var log bytes.Buffer
	var mu sync.Mutex
	errs := graph.Errors{
		Logger:    slog.New(slog.NewTextHandler(lockedWriter{&mu, &log}, nil)),
		RequestID: func(context.Context) string { return "request-7" },
		Seen:      func(context.Context, string) {},
	}

	r := &curious{Resolver: &graph.Resolver{}} // without a service: real resolvers have nothing to call
	h := handler.New(generated.NewExecutableSchema(generated.Config{Resolvers: r}))
	h.AddTransport(transport.POST{})
	h.SetErrorPresenter(errs.Present)
	h.SetRecoverFunc(errs.Recover)

	body := ask(t, h, `{ process(slug: "x") { title } processes { totalCount } commitment(id: "x") { id } }`)

	mu.Lock()
	defer mu.Unlock()
	if strings.Contains(body, "nil pointer") || strings.Contains(body, ".go") ||
		!strings.Contains(body, "Quote the request id request-7.") {
		t.Error(body)
	}
	if !strings.Contains(log.String(), "nil pointer") || !strings.Contains(log.String(), "process.resolvers.go") {
		t.Errorf("logged %.500s", log.String())
	}
}

// lockedWriter is a writer that many may use at once, under a lock that its owner has too.
type lockedWriter struct {
	mu *sync.Mutex
	w  io.Writer
}

func (l lockedWriter) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(b)
}

// ask sends a query as the user user_1.
func ask(t *testing.T, h http.Handler, query string) string {
	t.Helper()
	ctx := auth.WithViewer(t.Context(), auth.Viewer{UserID: "user_1"})
	r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/",
		strings.NewReader(fmt.Sprintf(`{"query": %q}`, query)))
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Body.String()
}
