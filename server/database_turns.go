package server

import "ensemble/fair"

const (
	// turnsAtOnce is how many sockets may ask the database at the same time who somebody is and what they may watch.
	// More sockets would only wait for it, with all the memory that they use meanwhile. And when many clients come back
	// at once, the memory that they need for long would be scattered among that, and take twice the room.
	turnsAtOnce = 32

	// turnsOfAddress is how many of these are one address's at most, so that others find a processor.
	turnsOfAddress = 8
)

// newDatabaseTurns returns the turns in which sockets ask the database.
func newDatabaseTurns() *fair.Queue {
	return fair.New(fair.Shares{Turns: turnsAtOnce, Address: turnsOfAddress, Caller: turnsOfAddress})
}

// askInTurn runs do in a goroutine of its own as soon as it is the turn of the connection's address: see fair.Queue.Go.
func (c *connection) askInTurn(do func(done func())) {
	c.server.databaseTurns.Go(fair.As(c.server.life, "", c.address), do)
}
