package live

import "slices"

// line is workers that wait for a place. Those who pay for them take turns, however many workers each of them has.
type line struct {
	most, each int // places: of all together, and of one payer
	busy       int
	payers     map[string]*payer // by name: who has workers that work or wait
	order      []*payer          // who has workers that wait, each once; the first is next
}

// payer is somebody who pays for workers.
type payer struct {
	name    string
	busy    int
	waiting []*worker
}

// turn is a place that a worker has.
type turn struct {
	worker *worker
	payer  *payer
}

func newLine(most, each int) line { return line{most: most, each: each, payers: map[string]*payer{}} }

// add puts w behind the other workers of who pays for it. Of several payers it takes the one with the least to do: so
// nobody makes others wait who asks what they ask, and much besides.
func (l *line) add(w *worker) {
	p := l.idlest(w.payers())
	l.payers[p.name] = p
	if p.waiting = append(p.waiting, w); len(p.waiting) == 1 {
		l.order = append(l.order, p)
	}
}

// idlest returns the payer with the least to do; when there are no names, one without a name.
func (l *line) idlest(names []string) (least *payer) {
	if len(names) == 0 {
		names = []string{""}
	}
	for _, name := range names {
		p := l.payers[name]
		if p == nil {
			return &payer{name: name}
		}
		if least == nil || p.busy+len(p.waiting) < least.busy+len(least.waiting) {
			least = p
		}
	}
	return least
}

// next gives a place to the first worker of the next payer that has fewer places than it may; ok is false when there is
// none.
func (l *line) next() (t turn, ok bool) {
	i := slices.IndexFunc(l.order, func(p *payer) bool { return p.busy < l.each })
	if i < 0 || l.busy >= l.most {
		return turn{}, false
	}

	p := l.order[i]
	t = turn{p.waiting[0], p}
	p.waiting = slices.Delete(p.waiting, 0, 1)
	if l.order = slices.Delete(l.order, i, i+1); len(p.waiting) > 0 {
		l.order = append(l.order, p)
	}

	l.busy++
	p.busy++
	return t, true
}

// over frees the place of a turn.
func (l *line) over(t turn) {
	l.busy--
	t.payer.busy--
	if t.payer.busy+len(t.payer.waiting) == 0 {
		delete(l.payers, t.payer.name)
	}
}
