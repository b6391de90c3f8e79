package live

import (
	"container/list"
	"sync"
)

// shelf has the groups with answers in memory, those whose answers are the oldest first: these go when there are too
// many bytes.
type shelf struct {
	mu    sync.Mutex
	order list.List
	at    map[*group]*list.Element
}

// put notes that a group has new answers.
func (s *shelf) put(g *group) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if e := s.at[g]; e != nil {
		s.order.MoveToBack(e)
		return
	}
	s.at[g] = s.order.PushBack(g)
}

// take removes a group.
func (s *shelf) take(g *group) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if e := s.at[g]; e != nil {
		s.order.Remove(e)
		delete(s.at, g)
	}
}

// takeOldest removes the group with the oldest answers, and returns it; nil when it is the only one.
func (s *shelf) takeOldest() *group {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.order.Len() < 2 {
		return nil
	}
	g := s.order.Remove(s.order.Front()).(*group)
	delete(s.at, g)
	return g
}

// makeRoom drops the oldest answers while there are too many bytes in memory. What was made last stays, however much it
// is: somebody is about to take it. Those who lack what was dropped have it made again.
func (h *Hub) makeRoom() {
	for h.isFull() {
		oldest := h.shelf.takeOldest()
		if oldest == nil {
			return
		}
		oldest.forget()
	}
}
