package live

import (
	"cmp"
	"slices"
)

// line is workers that wait for a place. Those who pay for them take turns, however many workers each of them has; and
// those at one network address have a part of the places, however many they are.
type line struct {
	most, each int // places: of all together, and of those at one address
	busy       int
	queues     map[Payer]*queue // of those who have workers that work or wait
	addresses  map[string]*load // of all of them at an address
	order      []*queue         // of those who have workers that wait, each once; the first is next
}

// load counts workers.
type load struct{ busy, all int } // those that work, and with them those that wait

// queue is the workers of one payer.
type queue struct {
	payer Payer
	load
	address *load
	waiting []*worker
}

// turn is a place that a worker has.
type turn struct {
	worker *worker
	of     *queue
}

func newLine(most, each int) line {
	return line{most: most, each: each, queues: map[Payer]*queue{}, addresses: map[string]*load{}}
}

// add puts w behind the other workers of who pays for it. Of several payers it takes one with the least to do, at the
// address with the least to do: so nobody makes others wait who asks what they ask, and much besides.
func (l *line) add(w *worker) {
	q := l.queueOf(l.idlest(w.payers()))
	q.all++
	q.address.all++
	if q.waiting = append(q.waiting, w); len(q.waiting) == 1 {
		l.order = append(l.order, q)
	}
}

// queueOf returns the queue of a payer.
func (l *line) queueOf(p Payer) *queue {
	if q := l.queues[p]; q != nil {
		return q
	}
	if l.addresses[p.Address] == nil {
		l.addresses[p.Address] = &load{}
	}
	l.queues[p] = &queue{payer: p, address: l.addresses[p.Address]}
	return l.queues[p]
}

// idlest returns the payer with the least to do; when there is none, one without a name.
func (l *line) idlest(payers []Payer) Payer {
	if len(payers) == 0 {
		return Payer{}
	}
	return slices.MinFunc(payers, func(a, b Payer) int {
		return cmp.Or(cmp.Compare(l.atAddress(a), l.atAddress(b)), cmp.Compare(l.of(a), l.of(b)))
	})
}

// of returns how many workers a payer has.
func (l *line) of(p Payer) int {
	if q := l.queues[p]; q != nil {
		return q.all
	}
	return 0
}

// atAddress returns how many workers all have who are at a payer's address.
func (l *line) atAddress(p Payer) int {
	if at := l.addresses[p.Address]; at != nil {
		return at.all
	}
	return 0
}

// next gives a place to the first worker of the next payer whose address has fewer places than it may; ok is false when
// there is none.
func (l *line) next() (t turn, ok bool) {
	i := slices.IndexFunc(l.order, func(q *queue) bool { return q.address.busy < l.each })
	if i < 0 || l.busy >= l.most {
		return turn{}, false
	}

	q := l.order[i]
	t = turn{q.waiting[0], q}
	q.waiting = slices.Delete(q.waiting, 0, 1)
	if l.order = slices.Delete(l.order, i, i+1); len(q.waiting) > 0 {
		l.order = append(l.order, q)
	}

	l.busy++
	q.busy++
	q.address.busy++
	return t, true
}

// over frees the place of a turn.
func (l *line) over(t turn) {
	q := t.of
	for _, n := range []*int{&l.busy, &q.busy, &q.all, &q.address.busy, &q.address.all} {
		*n--
	}
	if q.all == 0 {
		delete(l.queues, q.payer)
	}
	if q.address.all == 0 {
		delete(l.addresses, q.payer.Address)
	}
}
