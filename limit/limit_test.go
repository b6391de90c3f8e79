package limit

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Without limits everything is allowed, and nothing is shared.
func TestNoLimits(t *testing.T) {
	var none *Limits
	if b := none.Spend(t.Context(), PersonRequests, "x", 1<<30); !b.OK || none.Shared() || none.Close() != nil {
		t.Errorf("%+v", b)
	}
}

// An operation that costs more than a full budget takes all of it: what may run at all can be paid for.
func TestMoreThanAll(t *testing.T) {
	l := New(map[string]Budget{PersonCost: {10, time.Hour}})
	if wait, ok := l.Take(t.Context(), PersonCost, "x", 5_000); !ok {
		t.Errorf("refused for %s", wait)
	}
	if _, ok := l.Take(t.Context(), PersonCost, "x", 1); ok {
		t.Error("nothing was taken")
	}
}

// What is counted afterwards and what is asked for before come from the same budget.
func TestOwe(t *testing.T) {
	var none *Limits
	none.Owe(PersonCost, "x", 1)
	if !none.Has(PersonCost, "x") {
		t.Error("without limits there is nothing left")
	}

	l := New(map[string]Budget{PersonCost: {10, time.Hour}})
	l.Take(t.Context(), PersonCost, "x", 9)
	if !l.Has(PersonCost, "x") {
		t.Error("one is left")
	}

	l.Owe(PersonCost, "x", 5_000)
	if l.Has(PersonCost, "x") || !l.Has(PersonCost, "y") {
		t.Error("more was taken than there was, of x alone")
	}
	if wait, ok := l.Take(t.Context(), PersonCost, "x", 1); ok || wait > time.Hour+6*time.Minute {
		t.Errorf("it has something, or nothing for %s", wait)
	}
}

// A budget that is not there is a mistake of the program.
func TestUnknownBudget(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a budget that is not there gave something")
		}
	}()

	New(nil).Take(t.Context(), "nothing", "x", 1)
}

// A key says nothing of the person to whom it belongs, and two budgets of one person have two keys.
func TestKeys(t *testing.T) {
	l, other := New(UsualBudgets()), New(UsualBudgets())
	key := l.keyOf(AccountSignIns, "lucie@example.org")
	again := l.keyOf(AccountSignIns, "lucie@example.org")
	if strings.Contains(key, "lucie") || strings.Contains(key, "example") ||
		key == other.keyOf(AccountSignIns, "lucie@example.org") || key == l.keyOf(AccountMails, "lucie@example.org") ||
		key != again {
		t.Error(key)
	}
}

// Many who ask at once get what there is, and no more.
func TestManyAtOnce(t *testing.T) {
	l := New(map[string]Budget{PersonWrites: {50, time.Hour}})
	if given := crowd(l, "x", 20, 10); given != 50 {
		t.Errorf("%d were given of 50", given)
	}
}

// crowd takes writes for one key from many goroutines, each again and again. It returns how many were given.
func crowd(l *Limits, who string, people, times int) int64 {
	var given atomic.Int64
	var all sync.WaitGroup

	for range people {
		all.Go(func() {
			for range times {
				if _, ok := l.Take(background, PersonWrites, who, 1); ok {
					given.Add(1)
				}
			}
		})
	}

	all.Wait()
	return given.Load()
}

// Budgets have different names and different settings, and none is empty.
func TestUsual(t *testing.T) {
	seen := map[string]bool{}
	for _, b := range Usual {
		if seen[b.Name] || seen[b.Setting] || b.Tokens < 1 || b.Per < time.Second {
			t.Error(fmt.Sprint(b))
		}
		seen[b.Name], seen[b.Setting] = true, true
	}
}
