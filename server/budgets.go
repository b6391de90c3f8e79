package server

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"ensemble/auth"
	"ensemble/consultation/refusal"
	"ensemble/fair"
	"ensemble/limit"
)

// What a request, or a message on a socket, takes from the budgets of whoever sends it: one request as soon as it is
// there, then, when it is known what is asked and before it runs, what that costs. docs/limits.md has the table.

// tab says that what is asked is to be paid for, and where to write what is left. Events, and questions asked again for
// the server's own reasons, have none.
type tab struct {
	header http.Header // nil over sockets
	names  []string    // of the budgets that are shown
	policy []string    // for each
	left   []string
}

// tabKey is the key of the tab in a context.
type tabKey struct{}

// withTab has what is asked in the context paid for; header is where what is left is written, nil over sockets.
func withTab(ctx context.Context, header http.Header) context.Context {
	return context.WithValue(ctx, tabKey{}, &tab{header: header})
}

// note writes what is left into the answer's header. Source: draft-ietf-httpapi-ratelimit-headers-10.
func (t *tab) note(name string, b limit.Balance) {
	if t == nil || t.header == nil {
		return
	}

	i := slices.Index(t.names, name)
	if i < 0 {
		i = len(t.names)
		t.names, t.policy, t.left = append(t.names, name), append(t.policy, ""), append(t.left, "")
	}
	t.policy[i] = fmt.Sprintf("%q;q=%d;w=%d", name, b.Budget.Tokens, seconds(b.Budget.Per))
	t.left[i] = fmt.Sprintf("%q;r=%d;t=%d", name, b.Left, seconds(b.FullIn))
	t.header.Set("RateLimit-Policy", strings.Join(t.policy, ", "))
	t.header.Set("RateLimit", strings.Join(t.left, ", "))
}

// seconds returns a duration in whole seconds, rounded up.
func seconds(d time.Duration) int { return int((d + time.Second - 1) / time.Second) }

// payers are the two budgets that something counts for.
type payers struct{ person, address string }

var (
	requests = payers{limit.PersonRequests, limit.AddressRequests}
	costs    = payers{limit.PersonCost, limit.AddressCost}
	writes   = payers{limit.PersonWrites, limit.AddressWrites}
)

// take takes n from a budget of who. With showsBalance it writes what is left into the answer's headers: so it is for a
// person's own budgets, and for those of an address while nobody is signed in.
func (s *Server) take(ctx context.Context, budget, who string, n int, showsBalance bool) error {
	if s.Limits == nil {
		return nil
	}

	b := s.Limits.Spend(ctx, budget, who, n)
	if t, _ := ctx.Value(tabKey{}).(*tab); showsBalance {
		t.note(budget, b)
	}

	if !b.OK {
		return refusal.TooOften(budget, b.Wait)
	}
	return nil
}

// pay takes n from the budget of the person who asks, if somebody is signed in, and of their address.
func (s *Server) pay(ctx context.Context, what payers, n int) error {
	person := auth.Caller(ctx)
	if person.SignedIn() {
		if err := s.take(ctx, what.person, person.UserID, n, true); err != nil {
			return err
		}
	}
	return s.take(ctx, what.address, auth.AddressFrom(ctx), n, !person.SignedIn())
}

// hasLeft reports whether the person who asks, if somebody is signed in, and their address have anything left.
func (s *Server) hasLeft(ctx context.Context, what payers) bool {
	person := auth.Caller(ctx)
	return s.Limits.Has(what.address, auth.AddressFrom(ctx)) &&
		(!person.SignedIn() || s.Limits.Has(what.person, person.UserID))
}

// owe takes n for work that is done already, however little is left.
func (s *Server) owe(ctx context.Context, what payers, n int) {
	if person := auth.Caller(ctx); person.SignedIn() {
		s.Limits.Owe(what.person, person.UserID, n)
	}
	s.Limits.Owe(what.address, auth.AddressFrom(ctx), n)
}

// payPortions takes what a body has beyond its first portion of bytes from the budgets of whoever sends it: decoding
// is work, and keeping takes memory. It returns nil when there was enough.
func (s *Server) payPortions(r *http.Request, n int) *rejection {
	if n == 0 {
		return nil
	}
	if err := s.pay(r.Context(), requests, n); err != nil {
		return &rejection{outcome: busy, refused: err}
	}
	return nil
}

// addressed notes where a request comes from, and takes it from the budget of that address before anything is looked
// up. What is done for the request takes the turns of that address.
func (s *Server) addressed(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		address := s.addressOf(r)
		ctx := withTab(fair.As(auth.WithAddress(r.Context(), address), "", address), w.Header())
		if err := s.take(ctx, requests.address, address, weight(r), s.tokenOf(r) == ""); err != nil {
			s.countRefusal(w, r, address)
			s.refuse(auth.WithLanguages(ctx, preferred(r.Header.Get("Accept-Language"))), w, err)
			return
		}
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

// counted takes a request from the budget of the person who is signed in.
func (s *Server) counted(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if person := auth.Caller(r.Context()); person.SignedIn() {
			if err := s.take(r.Context(), requests.person, person.UserID, weight(r), true); err != nil {
				s.refuse(r.Context(), w, err)
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}

// charge is a handler extension that takes what an operation costs from the budgets of whoever sent it. It comes after
// graph.Limits, which weighs it.
type charge struct{ server *Server }

// ExtensionName implements graphql.HandlerExtension.
func (charge) ExtensionName() string { return "Charge" }

// Validate implements graphql.HandlerExtension.
func (charge) Validate(graphql.ExecutableSchema) error { return nil }

// MutateOperationContext implements graphql.OperationContextMutator; it changes nothing. Errors: RATE_LIMITED.
func (c charge) MutateOperationContext(ctx context.Context, op *graphql.OperationContext) *gqlerror.Error {
	isRead(ctx)
	if t, _ := ctx.Value(tabKey{}).(*tab); t == nil {
		return nil
	}

	cost, _ := op.Stats.GetExtension(c.server.limits().ExtensionName()).(int)
	if err := c.server.pay(ctx, costs, cost); err != nil {
		return gqlerror.Wrap(err)
	}

	if op.Operation.Operation != ast.Mutation {
		return nil
	}

	fields := graphql.CollectFields(op, op.Operation.SelectionSet, []string{"Mutation"})
	if err := c.server.pay(ctx, writes, len(fields)); err != nil {
		return gqlerror.Wrap(err)
	}

	return nil
}

// pay takes what a message asks for from the budget of its address, before anything is looked up, and has what it costs
// taken when that is known.
func (op *operation) pay(ctx context.Context) (context.Context, error) {
	if !op.charged {
		return ctx, nil
	}
	ctx = withTab(ctx, nil)
	return ctx, op.socket.server.take(ctx, requests.address, auth.AddressFrom(ctx), 1, false)
}

// payAs takes what a message asks for from the budget of whoever is signed in on its socket.
func (op *operation) payAs(ctx context.Context, viewer auth.Viewer) error {
	if !op.charged || !viewer.SignedIn() {
		return nil
	}
	return op.socket.server.take(ctx, requests.person, viewer.UserID, 1, false)
}

// limitNames returns the names of all limits, as errors and metrics give them.
func limitNames() []string {
	names := []string{
		"depth", "cost", "tokens", "repeats", "nameSize", "textSize", "nesting", "operations", "answerSize",
		"answerFields", "questionSize", "searchTime",
		"bodySize", "levels", "values", "turns", "exports",
		"commentPace", "restingNicknames",
		"personSubscriptions", "socketOperations", "socketMessages", "addressSockets", "addressStreams",
		addressConnections,
		"personQuestions", "addressQuestions", "hallQuestions", "processQuestions",
	}
	for _, b := range limit.Usual {
		names = append(names, b.Name)
	}
	return names
}
