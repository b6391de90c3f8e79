package server

import "testing"

// One address has many sockets for each of which a little waits. When that is too much together some of these are cut,
// and no client of another address, for which more waits than for any of them.
func TestBacklogIsSharedByAddress(t *testing.T) {
	b := &backlog{most: 100}
	for range 30 {
		if cut := b.add(&socket{}, "192.0.2.1", 3); len(cut) > 0 {
			t.Fatalf("%d are cut while there is room", len(cut))
		}
	}

	honest := &socket{}
	cut := b.add(honest, "192.0.2.2", 20)
	if b.size() != 98 || len(cut) != 4 {
		t.Errorf("%d bytes wait, %d are cut", b.size(), len(cut))
	}
	for _, k := range cut {
		if k == slow(honest) {
			t.Error("the honest one is cut")
		}
	}

	// Of one address, the worst goes first.
	worse := &socket{}
	if cut := b.add(worse, "192.0.2.1", 5); len(cut) != 1 || cut[0] != slow(worse) {
		t.Errorf("%d are cut, not the worst alone", len(cut))
	}

	b.add(honest, "192.0.2.2", -20)
	for k := range b.of {
		b.remove(k)
	}
	if b.size() != 0 || len(b.from) != 0 {
		t.Errorf("%d bytes are left, of %d addresses", b.size(), len(b.from))
	}
}
