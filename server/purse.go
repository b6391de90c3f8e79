package server

import (
	"context"
	"errors"

	"ensemble/auth"
	"ensemble/limit"
	"ensemble/live"
)

// What a subscription costs after it has begun: its question, for as long as nobody else asks the same, and the answer
// to each event. A person who is signed in pays for what they ask, and a network address for visitors: so a hall full
// of people, who have one address, may each ask for their own page.

// hall is how many times as many questions all who ask from one address may have as its visitors may.
const hall = 10

// purse implements live.Purse by the limits of a server.
type purse struct{ server *Server }

// payerOf returns who pays for what the caller in ctx asks.
func payerOf(ctx context.Context) live.Payer {
	return live.Payer{Person: auth.Caller(ctx).UserID, Address: auth.AddressFrom(ctx)}
}

// Questions implements live.Purse.
func (p purse) Questions(payer live.Payer) (own, address, all int) {
	sockets := &p.server.Sockets
	own = sockets.AddressQuestions
	if payer.Person != "" {
		own = sockets.PersonQuestions
	}
	return own, hall * sockets.AddressQuestions, sockets.Questions
}

// Has implements live.Purse.
func (p purse) Has(payer live.Payer) bool {
	budget, who := eventBudget(payer)
	return p.server.Limits.Has(budget, who)
}

// Pay implements live.Purse.
func (p purse) Pay(payer live.Payer, cost int) {
	budget, who := eventBudget(payer)
	p.server.Limits.Owe(budget, who, cost)
}

// eventBudget returns the budget from which answers to events are paid, and whose it is. It is not the one of queries
// and mutations, so that a lively stream does not keep anybody from reading a page.
func eventBudget(payer live.Payer) (name, who string) {
	if payer.Person != "" {
		return limit.PersonEvents, payer.Person
	}
	return limit.AddressEvents, payer.Address
}

// tooMany returns what the client is told when the Hub has no room for a question of a payer; other errors as they are.
func (s *Server) tooMany(payer live.Payer, err error) error {
	own, address, all := purse{s}.Questions(payer)
	switch {
	case errors.Is(err, live.ErrAllQuestions):
		return crowded("processQuestions", "The server is asked too many different questions: %d are allowed.", all)
	case errors.Is(err, live.ErrAddressQuestions):
		return crowded("hallQuestions",
			"Too many subscriptions from your address ask different things: %d are allowed.", address)
	case errors.Is(err, live.ErrPayerQuestions) && payer.Person != "":
		return crowded("personQuestions", "Too many of your subscriptions ask different things: %d are allowed.", own)
	case errors.Is(err, live.ErrPayerQuestions):
		return crowded("addressQuestions",
			"Too many subscriptions from your address ask different things: %d are allowed.", own)
	}
	return err
}
