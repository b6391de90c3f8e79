// Package bounded remembers what is used often, in a number of bytes that it never exceeds, whatever strangers send.
package bounded

import (
	"math"
	"sync"

	"github.com/hashicorp/golang-lru/v2/simplelru"
)

// EntryCost is about what an entry takes beside its key and its value, in bytes.
const EntryCost = 200

// Cache remembers values by text, those that were used last. It is safe for concurrent use.
type Cache[V any] struct {
	mu     sync.Mutex
	values *simplelru.LRU[string, sized[V]]
	bytes  int
	limit  int
}

// sized is a value with the bytes that its entry is counted for.
type sized[V any] struct {
	value V
	bytes int
}

// New returns a Cache of at most limit bytes.
func New[V any](limit int) *Cache[V] {
	c := &Cache[V]{limit: limit}
	forget := func(_ string, entry sized[V]) { c.bytes -= entry.bytes }
	c.values, _ = simplelru.NewLRU(math.MaxInt, forget) // it fails for sizes below 1 only
	return c
}

// Get returns the value of a key, if there is one.
func (c *Cache[V]) Get(key string) (value V, found bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	entry, found := c.values.Get(key)
	return entry.value, found
}

// Add remembers a value of that many bytes, unless the key has one already. Other values make room for it; one that is
// larger than the Cache is not remembered.
func (c *Cache[V]) Add(key string, value V, bytes int) {
	entry := sized[V]{value, len(key) + bytes + EntryCost}

	c.mu.Lock()
	defer c.mu.Unlock()
	if entry.bytes > c.limit || c.values.Contains(key) {
		return
	}

	c.values.Add(key, entry)
	c.bytes += entry.bytes
	for c.bytes > c.limit {
		c.values.RemoveOldest()
	}
}

// Clear forgets all values.
func (c *Cache[V]) Clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.values.Purge()
}

// Bytes returns how many bytes are in use, and by how many values.
func (c *Cache[V]) Bytes() (bytes, values int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.bytes, c.values.Len()
}
