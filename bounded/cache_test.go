package bounded

import (
	"fmt"
	"sync"
	"testing"
)

// A value that was used lately is remembered, one that was not is dropped. The bytes stay below the limit, also when
// one value alone is larger.
func TestCache(t *testing.T) {
	const each = 1 + 10 + EntryCost
	c := New[string](2*each + 1)

	for i, step := range []struct {
		key   string
		bytes int
		want  string // the keys that are there afterwards
	}{
		{"a", 10, "a"}, {"b", 10, "ab"}, {"a", 10, "ab"}, {"c", 10, "ac"}, {"a", 10, "ac"}, {"b", 10, "ab"},
		{"x", 2 * each, "ab"}, {"y", each, "y"},
	} {
		if _, found := c.Get(step.key); !found {
			c.Add(step.key, "value of "+step.key, step.bytes)
		}

		there, sum := "", 0
		for _, key := range []string{"a", "b", "c", "x", "y"} {
			if c.values.Contains(key) {
				entry, _ := c.values.Peek(key)
				there, sum = there+key, sum+entry.bytes
			}
		}
		if bytes, n := c.Bytes(); there != step.want || bytes != sum || bytes > c.limit || n != len(there) {
			t.Errorf("after step %d there are %q, want %q, in %d bytes of %d", i, there, step.want, bytes, c.limit)
		}
	}

	if value, _ := c.Get("y"); value != "value of y" {
		t.Errorf("y is %q", value)
	}
}

// Many goroutines may use a Cache at once, and the bytes are still counted right.
func TestCacheAtOnce(t *testing.T) {
	const each = 1 + 1 + EntryCost
	c := New[int](3 * each)

	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for i := range 1000 {
				key := fmt.Sprint(i % 7)
				if got, found := c.Get(key); found && got != i%7 {
					t.Errorf("%s is %d", key, got)
				}
				c.Add(key, i%7, 1)
			}
		})
	}
	all.Wait()

	if bytes, n := c.Bytes(); bytes != n*each || bytes > c.limit || n == 0 {
		t.Errorf("%d bytes for %d values", bytes, n)
	}
}

// A Cache that was cleared has nothing, and takes as much as before.
func TestClear(t *testing.T) {
	c := New[string](3 * (1 + EntryCost))
	for range 2 {
		for _, key := range []string{"a", "b", "c"} {
			c.Add(key, key, 0)
		}
		if bytes, n := c.Bytes(); n != 3 || bytes != 3*(1+EntryCost) {
			t.Errorf("%d values in %d bytes", n, bytes)
		}
		c.Clear()
		if bytes, n := c.Bytes(); n != 0 || bytes != 0 {
			t.Errorf("%d values in %d bytes are left", n, bytes)
		}
		if _, found := c.Get("a"); found {
			t.Error("a is left")
		}
	}
}
