package batch

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
)

type row struct {
	id, ref  string
	siblings any
}

func (r *row) NodeID() string      { return r.id }
func (r *row) Siblings() any       { return r.siblings }
func (r *row) SetSiblings(set any) { r.siblings = set }

func rows(n int) []*row {
	all := make([]*row, n)
	for i := range all {
		all[i] = &row{id: fmt.Sprint(i), ref: fmt.Sprint(i % 3)}
	}
	return all
}

// TestLoadOnce has many rows ask at once: one load answers them all, and another key is another load.
func TestLoadOnce(t *testing.T) {
	all := Together(rows(100))

	var loads atomic.Int32
	var asking sync.WaitGroup
	for _, r := range all {
		for _, key := range []string{"a", "b"} {
			asking.Go(func() {
				got, err := Load(t.Context(), r, key, func(_ context.Context, together []*row) (int, error) {
					loads.Add(1)
					return len(together), nil
				})
				if got != 100 || err != nil {
					t.Errorf("%d, %v", got, err)
				}
			})
		}
	}
	asking.Wait()

	if loads.Load() != 2 {
		t.Errorf("%d loads", loads.Load())
	}
}

// TestLoadAlone asks a row that was not marked: it is loaded by itself.
func TestLoadAlone(t *testing.T) {
	got, err := Load(t.Context(), &row{id: "x"}, "a", func(_ context.Context, together []*row) (string, error) {
		return together[0].id, nil
	})
	if got != "x" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
}

// TestLoadFails checks that all rows get the error of a load, and that it is not tried again.
func TestLoadFails(t *testing.T) {
	all := Together(rows(3))
	failure := errors.New("no database")
	for i, r := range all {
		got, err := Load(t.Context(), r, "a", func(context.Context, []*row) (map[string]int, error) {
			if i > 0 {
				t.Error("loaded again")
			}
			return map[string]int{"x": 1}, failure
		})
		if !errors.Is(err, failure) || got != nil {
			t.Errorf("%v, %v", got, err)
		}
	}
}

// TestLoadPanics checks that, when a load panics, the other rows get an error: they neither wait for ever nor take the
// zero value for a result.
func TestLoadPanics(t *testing.T) {
	all := Together(rows(2))
	func() {
		defer func() { _ = recover() }()
		_, _ = Load(t.Context(), all[0], "a", func(context.Context, []*row) (int, error) { panic("bug") })
	}()
	if _, err := Load(t.Context(), all[1], "a", func(context.Context, []*row) (int, error) { return 1, nil }); err == nil {
		t.Error("no error")
	}
}

func TestOne(t *testing.T) {
	all := Together(append(rows(9), &row{id: "lost", ref: "nowhere"}, &row{id: "free"}))

	finds := 0
	find := func(_ context.Context, ids []string) ([]*row, error) {
		finds++
		if len(ids) != 4 {
			t.Errorf("asked for %v", ids)
		}
		return []*row{{id: "0"}, {id: "1"}, {id: "2"}}, nil
	}

	for _, r := range all {
		got, err := One(t.Context(), r, "ref", func(r *row) string { return r.ref }, find)
		switch {
		case err != nil:
			t.Error(err)
		case r.ref == "" || r.ref == "nowhere":
			if got != nil {
				t.Errorf("%s leads to %s", r.id, got.id)
			}
		case got.id != r.ref:
			t.Errorf("%s leads to %s, want %s", r.id, got.id, r.ref)
		case got.Siblings() == nil:
			t.Errorf("%s was found alone", got.id)
		}
	}

	if finds != 1 {
		t.Errorf("%d queries", finds)
	}
}

// TestOneOfNothing checks that nothing is read when no row refers to anything.
func TestOneOfNothing(t *testing.T) {
	all := Together([]*row{{id: "a"}, {id: "b"}})
	got, err := One(t.Context(), all[0], "ref", func(r *row) string { return r.ref }, func(context.Context, []string) ([]*row, error) {
		t.Error("asked")
		return nil, nil
	})
	if got != nil || err != nil {
		t.Errorf("%v, %v", got, err)
	}
}

// TestKnow checks that targets which are in memory are not read again.
func TestKnow(t *testing.T) {
	parents := Together(rows(3))
	children := Together(rows(5))
	Know(children, "ref", parents)
	Know([]*row(nil), "ref", parents)
	for _, r := range children {
		got, err := One(t.Context(), r, "ref", func(r *row) string { return r.ref }, func(context.Context, []string) ([]*row, error) {
			t.Error("asked")
			return nil, nil
		})
		if err != nil || got.id != r.ref || got != parents[r.ref[0]-'0'] {
			t.Errorf("%v, %v", got, err)
		}
	}
}
