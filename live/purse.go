package live

import (
	"errors"
	"slices"
	"sync/atomic"
)

var (
	// ErrPayerQuestions means that whoever asks has as many questions as one may have.
	ErrPayerQuestions = errors.New("live: whoever asks has too many questions")
	// ErrAllQuestions means that as many questions are asked as there may be in a process.
	ErrAllQuestions = errors.New("live: too many questions are asked")
)

// Purse says what may be asked, and pays for the answers. Its methods are called by several goroutines at once, and must
// not wait.
type Purse interface {
	// Questions returns how many there may be at once: of one payer, and of all.
	Questions() (each, all int)
	// Has reports whether the payer has anything left.
	Has(payer string) bool
	// Pay takes what answers have cost. The payer may owe a part of it, and has nothing until that is paid.
	Pay(payer string, cost int)
}

const (
	someShares = 4      // payers of a question that are asked to pay; an ordinary question has one
	manyShares = 100    // payers that are looked at when none of these can
	together   = 10_000 // cost of what is rendered at once, about
)

// shares are those who ask the same question, by who pays for each of them. One payer is charged with the question, and
// some are asked to pay for its answers. Guarded by group.mu, but anybody may read some.
type shares struct {
	count map[string]int           // of members, by payer
	some  atomic.Pointer[[]string] // the first is charged; never changed, but replaced
}

// enter counts a member.
func (s *shares) enter(payer string) {
	s.count[payer]++
	if some := *s.some.Load(); s.count[payer] == 1 && len(some) < someShares {
		s.some.Store(new(append(slices.Clone(some), payer)))
	}
}

// leave counts a member less. When it was the last of a payer who is asked to pay, others are asked instead.
func (s *shares) leave(payer string) {
	if s.count[payer]--; s.count[payer] > 0 {
		return
	}
	delete(s.count, payer)
	if some := *s.some.Load(); slices.Contains(some, payer) {
		s.ask(slices.DeleteFunc(slices.Clone(some), func(p string) bool { return p == payer }))
	}
}

// ask has some payers asked, and any others for as long as there is room.
func (s *shares) ask(some []string) {
	for p := range s.count {
		if len(some) == someShares {
			break
		}
		if !slices.Contains(some, p) {
			some = append(some, p)
		}
	}
	s.some.Store(&some)
}

// end forgets everybody.
func (s *shares) end() {
	s.count = nil
	s.some.Store(new([]string))
}

// charged returns who is charged with the question, if anybody asks it.
func (s *shares) charged() (payer string, ok bool) {
	if some := *s.some.Load(); len(some) > 0 {
		return some[0], true
	}
	return "", false
}

// payer returns somebody who can pay for an answer. When none of some can, it looks among others, too.
func (g *group) payer() (payer string, ok bool) {
	some := *g.shares.some.Load()
	if g.purse == nil {
		return "", len(some) > 0
	}

	if i := slices.IndexFunc(some, g.purse.Has); i >= 0 {
		return some[i], true
	}
	if payer, ok = g.otherPayer(); !ok {
		g.hub.Metrics.PutOff.Add(1)
	}
	return payer, ok
}

// otherPayer looks for somebody who can pay among all who ask the question, or among many of them. That one is asked
// from now on; whoever is charged with the question stays.
func (g *group) otherPayer() (payer string, ok bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	tries := 0
	for p := range g.shares.count {
		if tries++; tries > manyShares {
			break
		}
		if g.purse.Has(p) {
			charged, _ := g.shares.charged()
			g.shares.ask(slices.Compact([]string{charged, p}))
			return p, true
		}
	}
	return "", false
}

// pay takes what n answers have cost.
func (g *group) pay(payer string, n int) {
	if g.purse != nil && n > 0 {
		g.purse.Pay(payer, n*g.cost)
	}
}

// batch returns how many events are rendered together.
func (g *group) batch() int { return min(batch, max(1, together/g.cost)) }

// ledger counts the questions that are asked, and those that each payer is charged with. Guarded by Hub.mu.
type ledger struct {
	all  int
	each map[string]int
}

// mayAdd reports whether another question may be asked, and charged to the payer.
func (l *ledger) mayAdd(payer string, purse Purse) error {
	each, all := purse.Questions()
	switch {
	case l.each[payer] >= each:
		return ErrPayerQuestions
	case l.all >= all:
		return ErrAllQuestions
	}
	return nil
}

// add charges a question to a payer.
func (l *ledger) add(payer string) {
	l.all++
	l.each[payer]++
}

// remove undoes add.
func (l *ledger) remove(payer string) {
	l.all--
	if l.each[payer]--; l.each[payer] == 0 {
		delete(l.each, payer)
	}
}
