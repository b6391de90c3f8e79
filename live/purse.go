package live

import (
	"cmp"
	"errors"
	"slices"
	"sync/atomic"
)

var (
	// ErrPayerQuestions means that a person, or an address where nobody is signed in, has as many questions as one may.
	ErrPayerQuestions = errors.New("live: whoever asks has too many questions")
	// ErrAddressQuestions means that all who ask from a network address have too many questions together.
	ErrAddressQuestions = errors.New("live: too many questions are asked from one address")
	// ErrAllQuestions means that as many questions are asked as there may be in a process.
	ErrAllQuestions = errors.New("live: too many questions are asked")
)

// Payer is who pays in the name of a subscriber: a person, or a network address where nobody is signed in.
type Payer struct {
	Person  string // "": nobody is signed in
	Address string
}

// account returns the name under which a payer is charged: a person is the same one wherever they ask.
func (p Payer) account() string { return cmp.Or(p.Person, p.Address) }

// Purse says what may be asked, and pays for the answers. Its methods are called by several goroutines at once, and
// must not wait.
type Purse interface {
	// Questions returns how many there may be at once: of the payer, of all at the payer's address, and in the process.
	Questions(Payer) (own, address, all int)
	// Has reports whether the payer has anything left.
	Has(Payer) bool
	// Pay takes what answers have cost. The payer may owe a part of it, and has nothing until that is paid.
	Pay(p Payer, cost int)
}

const (
	chosenPayers = 4     // payers of a question who are asked for money; an ordinary question has one
	triedPayers  = 100   // payers who are asked when none of these can pay
	stepCost     = 1_000 // of what is rendered before others have their turn, about: a third of a second at most
)

// payers are those who ask the same question, by who pays for each of them. Some of them are chosen: the first of these
// is charged with the question, and any of them pays for its answers. Changed with group.mu and, but for the choice,
// Hub.mu held: either is enough to read it. Anybody may read chosen.
type payers struct {
	members map[Payer]int           // how many each has
	chosen  atomic.Pointer[[]Payer] // never changed, but replaced
}

// enter counts a member.
func (s *payers) enter(p Payer) {
	s.members[p]++
	if chosen := *s.chosen.Load(); s.members[p] == 1 && len(chosen) < chosenPayers {
		s.chosen.Store(new(append(slices.Clone(chosen), p)))
	}
}

// leave counts a member less. When it was the last of a chosen payer, another one is chosen.
func (s *payers) leave(p Payer) {
	if s.members[p]--; s.members[p] > 0 {
		return
	}
	delete(s.members, p)
	if chosen := *s.chosen.Load(); slices.Contains(chosen, p) {
		s.choose(slices.DeleteFunc(slices.Clone(chosen), func(other Payer) bool { return other == p }))
	}
}

// choose chooses these, and any others for as long as there is room.
func (s *payers) choose(chosen []Payer) {
	for p := range s.members {
		if len(chosen) == chosenPayers {
			break
		}
		if !slices.Contains(chosen, p) {
			chosen = append(chosen, p)
		}
	}
	s.chosen.Store(&chosen)
}

// end forgets everybody.
func (s *payers) end() {
	s.members = nil
	s.chosen.Store(new([]Payer))
}

// charged returns who is charged with the question, if anybody asks it.
func (s *payers) charged() (p Payer, ok bool) {
	if chosen := *s.chosen.Load(); len(chosen) > 0 {
		return chosen[0], true
	}
	return Payer{}, false
}

// choosePayer returns somebody who can pay for an answer. When none of those who are chosen can, it asks others, too.
func (g *group) choosePayer() (p Payer, ok bool) {
	chosen := *g.payers.chosen.Load()
	if g.purse == nil {
		return Payer{}, len(chosen) > 0
	}

	if i := slices.IndexFunc(chosen, g.purse.Has); i >= 0 {
		return chosen[i], true
	}
	if p, ok = g.chooseAnother(); !ok {
		g.hub.Metrics.PutOff.Add(1)
	}
	return p, ok
}

// chooseAnother looks for somebody who can pay among all who ask the question, or among many of them. That one is
// chosen from now on; whoever is charged with the question stays.
func (g *group) chooseAnother() (p Payer, ok bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	tries := 0
	for p := range g.payers.members {
		if tries++; tries > triedPayers {
			break
		}
		if g.purse.Has(p) {
			charged, _ := g.payers.charged()
			g.payers.choose(slices.Compact([]Payer{charged, p}))
			return p, true
		}
	}
	return Payer{}, false
}

// pay takes what answers have cost.
func (g *group) pay(p Payer, cost int) {
	if g.purse != nil && cost > 0 {
		g.purse.Pay(p, cost)
	}
}

// batch returns how many events are rendered together.
func (g *group) batch() int { return min(batch, max(1, stepCost/g.cost)) }
