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

// rows are n rows that refer to three others.
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

// A row that was loaded alone is the whole batch.
func TestLoadAlone(t *testing.T) {
	got, err := Load(t.Context(), &row{id: "x"}, "a", func(_ context.Context, together []*row) (string, error) {
		return together[0].id, nil
	})
	if got != "x" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
}

// An error is for everybody in the batch, and nothing is loaded again.
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

// When a load panics the others get the error that it did not finish, instead of waiting or taking an empty answer.
func TestLoadPanics(t *testing.T) {
	all := Together(rows(2))
	func() {
		defer func() { _ = recover() }()
		_, _ = Load(t.Context(), all[0], "a", func(context.Context, []*row) (int, error) { panic("bug") })
	}()

	_, err := Load(t.Context(), all[1], "a", func(context.Context, []*row) (int, error) { return 1, nil })
	if err == nil {
		t.Error("no error")
	}
}

// What the rows of a batch refer to is found by one query for all, and is a batch again. A row that refers to nothing,
// or to what is not found, leads to nil.
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

// If no row refers to anything, nothing is asked.
func TestOneOfNothing(t *testing.T) {
	all := Together([]*row{{id: "a"}, {id: "b"}})
	ref := func(r *row) string { return r.ref }
	got, err := One(t.Context(), all[0], "ref", ref, func(context.Context, []string) ([]*row, error) {
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

	ref := func(r *row) string { return r.ref }
	for _, r := range children {
		got, err := One(t.Context(), r, "ref", ref, func(context.Context, []string) ([]*row, error) {
			t.Error("asked")
			return nil, nil
		})
		if err != nil || got.id != r.ref || got != parents[r.ref[0]-'0'] {
			t.Errorf("%v, %v", got, err)
		}
	}
}
