package limit

import (
	"container/heap"
	"sync"
	"time"
)

// maxBuckets bounds the memory of a process: some 200 bytes each.
const maxBuckets = 100_000

// local has the buckets of this process. A bucket that is full again is forgotten: it is like a new one. When there are
// too many, the one that will be full first is forgotten: from that its owner gains the least. So nobody gains much by
// making many buckets.
type local struct {
	now  func() time.Time
	most int

	mu    sync.Mutex
	byKey map[string]*bucket
	queue fullFirst
}

// bucket is one that is not full.
type bucket struct {
	key  string
	full time.Time // when it will be
	at   int       // its place in the queue
}

func newLocal(now func() time.Time, most int) *local {
	return &local{now: now, most: most, byKey: map[string]*bucket{}}
}

// take takes n of a bucket, all or nothing. A bucket that is not known is full.
func (l *local) take(key string, budget Budget, n int) Balance {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	l.forget(now)

	full := now
	b := l.byKey[key]
	if b != nil {
		full = b.full
	}

	next := full.Add(budget.time(n))
	if wait := next.Sub(now) - budget.Per; wait > 0 {
		return Balance{Left: budget.left(full.Sub(now)), Wait: wait, FullIn: full.Sub(now), Budget: budget}
	}

	if n > 0 {
		l.fullAt(key, b, next)
	}

	return Balance{OK: true, Left: budget.left(next.Sub(now)), FullIn: next.Sub(now), Budget: budget}
}

// owe takes n of a bucket, however little it has. Until that has come back it has nothing.
func (l *local) owe(key string, budget Budget, n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	l.forget(now)

	full, b := now, l.byKey[key]
	if b != nil {
		full = b.full
	}
	l.fullAt(key, b, full.Add(budget.time(n)))
}

// giveBack puts back what a take has taken.
func (l *local) giveBack(key string, budget Budget, n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if b := l.byKey[key]; b != nil {
		l.fullAt(key, b, b.full.Add(-budget.time(n)))
	}
}

// fullAt notes when a bucket will be full; b is nil for a new one.
func (l *local) fullAt(key string, b *bucket, full time.Time) {
	if b != nil {
		b.full = full
		heap.Fix(&l.queue, b.at)
		return
	}

	if len(l.queue) >= l.most {
		l.drop()
	}

	b = &bucket{key: key, full: full}
	l.byKey[key] = b
	heap.Push(&l.queue, b)
}

// forget drops the buckets that are full.
func (l *local) forget(now time.Time) {
	for len(l.queue) > 0 && !l.queue[0].full.After(now) {
		l.drop()
	}
}

// drop forgets the bucket that will be full first.
func (l *local) drop() { delete(l.byKey, heap.Pop(&l.queue).(*bucket).key) }

// time returns how long it takes until n have come back.
func (b Budget) time(n int) time.Duration { return time.Duration(n) * b.Per / time.Duration(b.Tokens) }

// left returns how many there are in a bucket that will be full after some time.
func (b Budget) left(full time.Duration) int {
	return max(0, int(float64(b.Per-full)/float64(b.Per)*float64(b.Tokens)+1e-6))
}

// fullFirst implements heap.Interface: the bucket that will be full first is on top.
type fullFirst []*bucket

func (q fullFirst) Len() int           { return len(q) }
func (q fullFirst) Less(i, j int) bool { return q[i].full.Before(q[j].full) }

func (q fullFirst) Swap(i, j int) {
	q[i], q[j] = q[j], q[i]
	q[i].at, q[j].at = i, j
}

func (q *fullFirst) Push(b any) {
	b.(*bucket).at = len(*q)
	*q = append(*q, b.(*bucket))
}

func (q *fullFirst) Pop() any {
	last := len(*q) - 1
	b := (*q)[last]
	(*q)[last] = nil
	*q = (*q)[:last]
	return b
}
