package server

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"ensemble/auth"
	"ensemble/consultation/refusal"
	"ensemble/fair"
	"ensemble/limit"
	"ensemble/server/wsframe"
)

// reader is an executor that counts what it reads, and asks budgets about it.
type reader struct {
	graphql.GraphExecutor
	read int
	ask  func(ctx context.Context)
}

// CreateOperationContext implements graphql.GraphExecutor.
func (r *reader) CreateOperationContext(
	ctx context.Context, _ *graphql.RawParams,
) (*graphql.OperationContext, gqlerror.List) {
	r.read++
	if r.ask != nil {
		isRead(ctx)
		r.ask(ctx)
	}
	return &graphql.OperationContext{}, nil
}

// inTurns returns a server, and a function that takes all turns of one caller at an address in a queue of it.
func inTurns(t *testing.T) (s *Server, from func(string) context.Context, fill func(*fair.Queue, string) (done func())) {
	t.Helper()
	s = &Server{Limits: limit.New(limit.UsualBudgets()), operationTurns: newOperationTurns(false)}
	from = func(address string) context.Context { return auth.WithAddress(t.Context(), address) }
	fill = func(queue *fair.Queue, address string) func() {
		var all []func()
		for range queue.Caller {
			_, done, err := s.takeTurn(from(address), queue)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, done)
		}
		return func() {
			for _, done := range all {
				done()
				done() // does no harm
			}
		}
	}
	return s, from, fill
}

// An address has its share of the turns to read operations. What else it sends waits, as long as an operation may take;
// others do not wait for it.
func TestOperationsAreReadInTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, from, fill := inTurns(t)
		exec := &reader{}
		read := func(address string) error {
			_, errs := s.readInTurn(from(address), exec, &graphql.RawParams{})
			if len(errs) > 0 {
				return errs[0]
			}
			return nil
		}

		done := fill(s.operationTurns.reading, "192.0.2.1")
		if err := read("192.0.2.1"); refusal.CodeOf(err) != refusal.RateLimited || exec.read != 0 {
			t.Errorf("without a turn: %v, read %d times", err, exec.read)
		}
		if err := read("192.0.2.2"); err != nil || exec.read != 1 {
			t.Errorf("another address: %v, read %d times", err, exec.read)
		}
		done()
		if err := read("192.0.2.1"); err != nil || exec.read != 2 {
			t.Errorf("with a turn: %v, read %d times", err, exec.read)
		}

		// While budgets are asked, others are read.
		exec.ask = func(context.Context) { fill(s.operationTurns.reading, "192.0.2.1")() }
		if err := read("192.0.2.1"); err != nil {
			t.Error(err)
		}
		fill(s.operationTurns.reading, "192.0.2.1")() // all have come back
	})
}

// So it is with turns to execute. Within one address everybody has a share of their own.
func TestOperationsAreExecutedInTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, from, fill := inTurns(t)
		executed := 0
		execute := func(ctx context.Context) *graphql.Response {
			return s.executeInTurn(ctx, func(context.Context) graphql.ResponseHandler {
				executed++
				return graphql.OneShot(&graphql.Response{})
			})
		}

		done := fill(s.operationTurns.executing, "192.0.2.1")
		if execute(auth.WithViewer(from("192.0.2.1"), auth.Viewer{UserID: "alice"})); executed != 1 {
			t.Error("somebody else at the address waits")
		}
		if execute(from("192.0.2.2")); executed != 2 {
			t.Error("another address waits")
		}

		gone, leave := context.WithCancel(from("192.0.2.1"))
		leave()
		if _, _, err := s.takeTurn(gone, s.operationTurns.executing); !errors.Is(err, context.Canceled) {
			t.Errorf("when the client has gone: %v", err)
		}
		done()
		if execute(from("192.0.2.1")); executed != 3 {
			t.Error("no turn has come back")
		}
	})
}

// A long message over a socket is decoded in the same turns as a long body; a short one does not wait.
func TestLongMessagesAreDecodedInTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _, fill := inTurns(t)
		s.parking, s.life = &ended{}, t.Context()
		c := &webSocket{}
		c.server, c.gone, c.address = s, func() {}, "192.0.2.1"
		c.sending, c.backlog = true, &backlog{most: writeSize} // to nobody

		done := fill(s.operationTurns.reading, "192.0.2.1")
		read := func(message string) {
			if err := c.read(wsframe.Frame{Opcode: wsframe.Text, Payload: []byte(message)}); err != nil {
				t.Error(err)
			}
		}
		if read(`{"type":"pong"}`); c.isClosing() {
			t.Error("a short message waits")
		}

		go read(`{"type":"pong","payload":{"a":"` + strings.Repeat("a", portion) + `"}}`) // too long for a pong
		if synctest.Wait(); c.isClosing() {
			t.Error("a long message does not wait")
		}
		done()
		if synctest.Wait(); !c.isClosing() {
			t.Error("a long message is not read in its turn")
		}
	})
}
