package limit

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func TestNoLimits(t *testing.T) {
	var none *Limits
	if b := none.Spend(t.Context(), PersonRequests, "x", 1<<30); !b.OK || none.Shared() || none.Close() != nil {
		t.Errorf("%+v", b)
	}
}

// More than a budget holds is all of it: an operation that may run can be paid for.
func TestMoreThanAll(t *testing.T) {
	l := New(map[string]Budget{PersonCost: {10, time.Hour}})
	if wait, ok := l.Take(t.Context(), PersonCost, "x", 5_000); !ok {
		t.Errorf("refused for %s", wait)
	}
	if _, ok := l.Take(t.Context(), PersonCost, "x", 1); ok {
		t.Error("nothing was taken")
	}
}

func TestUnknownBudget(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a budget that is not there gave something")
		}
	}()
	New(nil).Take(t.Context(), "nothing", "x", 1)
}

// Whoever sees a key learns nothing of whom it belongs to, and two budgets of one person are two.
func TestKeys(t *testing.T) {
	l, other := New(UsualBudgets()), New(UsualBudgets())
	key := l.keyOf(AccountSignIns, "lucie@example.org")
	if strings.Contains(key, "lucie") || strings.Contains(key, "example") || key == other.keyOf(AccountSignIns, "lucie@example.org") ||
		key == l.keyOf(AccountMails, "lucie@example.org") || key != l.keyOf(AccountSignIns, "lucie@example.org") {
		t.Error(key)
	}
}

// Many at once get what there is, and no more.
func TestManyAtOnce(t *testing.T) {
	l := New(map[string]Budget{PersonWrites: {50, time.Hour}})
	if given := crowd(l, "x", 20, 10); given != 50 {
		t.Errorf("%d were given of 50", given)
	}
}

// crowd has people take one write each, again and again, and says how many they got.
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

// The names are told apart, and so are the settings.
func TestUsual(t *testing.T) {
	seen := map[string]bool{}
	for _, b := range Usual {
		if seen[b.Name] || seen[b.Setting] || b.Tokens < 1 || b.Per < time.Second {
			t.Error(fmt.Sprint(b))
		}
		seen[b.Name], seen[b.Setting] = true, true
	}
}
