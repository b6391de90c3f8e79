package server

import (
	"context"
	"errors"

	"github.com/99designs/gqlgen/graphql"

	"ensemble/auth"
	"ensemble/limit"
	"ensemble/live"
)

// What a subscription costs after it has begun: its question, for as long as nobody else asks the same, and the answer
// to each event. A person pays for answers that are for nobody else, and a network address for all others: so a hall
// full of people, who have one address, may each ask about themselves.

// purse implements live.Purse for one kind of payer.
type purse struct {
	server   *Server
	personal bool // payers are people, by their ids; else network addresses
}

// charged returns the question with whoever pays for it. personal says that its answers are for the caller in ctx alone.
func (s *Server) charged(
	ctx context.Context, op *graphql.OperationContext, question live.Question, personal bool,
) live.Question {
	caller := auth.Caller(ctx)
	personal = personal && caller.SignedIn()

	question.Purse, question.Payer = purse{s, personal}, auth.AddressFrom(ctx)
	if personal {
		question.Payer = caller.UserID
	}
	question.Cost, _ = op.Stats.GetExtension(s.limits().ExtensionName()).(int)
	return question
}

// Questions implements live.Purse.
func (p purse) Questions() (each, all int) {
	sockets := &p.server.Sockets
	if p.personal {
		return sockets.PersonQuestions, sockets.Questions
	}
	return sockets.AddressQuestions, sockets.Questions
}

// budget returns the name of what answers are paid from.
func (p purse) budget() string {
	if p.personal {
		return limit.PersonCost
	}
	return limit.AddressCost
}

// Has implements live.Purse.
func (p purse) Has(payer string) bool { return p.server.Limits.Has(p.budget(), payer) }

// Pay implements live.Purse.
func (p purse) Pay(payer string, cost int) { p.server.Limits.Owe(p.budget(), payer, cost) }

// tooMany returns what the client is told when the Hub refuses another question; other errors as they are.
func (p purse) tooMany(err error) error {
	each, all := p.Questions()
	switch {
	case errors.Is(err, live.ErrAllQuestions):
		return crowded("processQuestions", "The server is asked too many different questions: %d are allowed.", all)
	case errors.Is(err, live.ErrPayerQuestions) && p.personal:
		return crowded("personQuestions", "Too many of your subscriptions ask different things: %d are allowed.", each)
	case errors.Is(err, live.ErrPayerQuestions):
		return crowded("addressQuestions",
			"Too many subscriptions from your address ask different things: %d are allowed.", each)
	}
	return err
}
