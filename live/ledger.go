package live

// ledger counts the questions that are asked, each for who is charged with it. Guarded by Hub.mu.
type ledger struct {
	all       int
	accounts  map[string]int // of each person, and of each address where nobody is signed in
	addresses map[string]int // of all who ask from an address
}

func newLedger() ledger { return ledger{accounts: map[string]int{}, addresses: map[string]int{}} }

// mayAdd reports whether another question may be asked, and charged to a payer.
func (l *ledger) mayAdd(p Payer, purse Purse) error {
	own, address, all := purse.Questions(p)
	switch {
	case l.accounts[p.account()] >= own:
		return ErrPayerQuestions
	case l.addresses[p.Address] >= address:
		return ErrAddressQuestions
	case l.all >= all:
		return ErrAllQuestions
	}
	return nil
}

// add charges a question to a payer.
func (l *ledger) add(p Payer) {
	l.all++
	l.accounts[p.account()]++
	l.addresses[p.Address]++
}

// remove undoes add.
func (l *ledger) remove(p Payer) {
	l.all--
	subtract(l.accounts, p.account())
	subtract(l.addresses, p.Address)
}

// subtract counts one less, and forgets who has none.
func subtract(count map[string]int, name string) {
	if count[name]--; count[name] == 0 {
		delete(count, name)
	}
}

// most returns the account with the most questions.
func (l *ledger) most() (account string) {
	for name, n := range l.accounts {
		if n > l.accounts[account] {
			account = name
		}
	}
	return account
}

// makeWay ends a question of the account with the most, if that has more than p will have with another one, so that
// the two do not take it from each other in turns. It returns who asked it, to be told once h.mu is free. h.mu is held.
// Errors: ErrAllQuestions when nobody gives way.
func (h *Hub) makeWay(p Payer) (gone []*Subscription, err error) {
	most := h.ledger.most()
	g := h.leastWanted(most)
	if g == nil || h.ledger.accounts[most] <= h.ledger.accounts[p.account()]+1 {
		return nil, ErrAllQuestions
	}
	return h.expel(g), nil
}

// leastWanted returns the question charged to an account that the fewest payers ask, and of these the newest: what
// many ask stays, whoever asked it first. h.mu is held.
func (h *Hub) leastWanted(account string) (least *group) {
	for _, t := range h.topics {
		for _, g := range t.groups {
			if p, ok := g.payers.charged(); !ok || p.account() != account {
				continue
			}
			if least == nil || g.isLessWanted(least) {
				least = g
			}
		}
	}
	return least
}

// isLessWanted reports whether fewer payers ask g than other, or as many and g is newer. Hub.mu is held.
func (g *group) isLessWanted(other *group) bool {
	n, m := len(g.payers.members), len(other.payers.members)
	return n < m || n == m && g.number > other.number
}
