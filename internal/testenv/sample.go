package testenv

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"sync"
	"testing"
)

// These variables say how much of the long tests is played.
const (
	playVariable = "ENSEMBLE_TEST_PLAY"
	seedVariable = "ENSEMBLE_TEST_SEED"
)

// play says how much of the long tests is played.
type play int

const (
	once   play = iota // the least that touches every rule
	small              // the same on both databases, which is the default
	sample             // some of everything, drawn by a seed
	all                // everything
)

// plays has the values that ENSEMBLE_TEST_PLAY may have.
var plays = map[string]play{"": small, "once": once, "sample": sample, "all": all}

// played returns how much is played, and the seed: the one that is given, or a new one.
func played() (p play, seed uint64, err error) {
	value := os.Getenv(playVariable)
	p, known := plays[value]
	if !known {
		return 0, 0, fmt.Errorf("%s is %q: it may be once, sample or all", playVariable, value)
	}

	given := os.Getenv(seedVariable)
	if given == "" {
		return p, newSeed(), nil
	}

	if seed, err = strconv.ParseUint(given, 10, 64); err != nil {
		return 0, 0, fmt.Errorf("%s is no number: %w", seedVariable, err)
	}

	return p, seed, nil
}

// newSeed returns the same number for the whole process, so that one number repeats everything.
var newSeed = sync.OnceValue(func() uint64 { return rand.Uint64() })

// Rounds returns how often t repeats what it does, or how large its crowd is. It is the first number unless
// ENSEMBLE_TEST_PLAY is sample or all.
func Rounds(t testing.TB, atOnce, inSample, inAll int) int {
	t.Helper()
	p, _, err := played()
	must(t, err)
	return []int{once: atOnce, small: atOnce, sample: inSample, all: inAll}[p]
}

// Sampled returns those of cases that t plays, in their order: all of them when ENSEMBLE_TEST_PLAY is all, n that the
// seed draws when it is sample, and otherwise the first. When t fails, it says how to play the same ones again.
func Sampled[T any](t testing.TB, cases []T, n int) []T {
	t.Helper()
	p, _, err := played()
	must(t, err)

	switch {
	case p == all || len(cases) == 0:
		return cases
	case p == once || p == small:
		return cases[:1]
	}

	drawn := Random(t).Perm(len(cases))[:min(n, len(cases))]
	slices.Sort(drawn)

	chosen := make([]T, len(drawn))
	for i, at := range drawn {
		chosen[i] = cases[at]
	}

	return chosen
}

// Dialects returns the databases on which t plays, by the names "sqlite" and "postgres": one of them, which the seed
// draws, when ENSEMBLE_TEST_PLAY is once, and otherwise both. When t fails, it says how to play the same again.
func Dialects(t testing.TB) []string {
	t.Helper()
	p, _, err := played()
	must(t, err)

	both := []string{"sqlite", "postgres"}
	if p != once {
		return both
	}
	drawn := Random(t).IntN(len(both))
	return both[drawn : drawn+1]
}

// Random returns a source of random numbers that are the same for the same test and seed. The seed is
// ENSEMBLE_TEST_SEED, or a new one. When t fails, it says how to repeat that. The result is not safe for concurrent
// use.
func Random(t testing.TB) *rand.Rand {
	t.Helper()
	_, seed, err := played()
	must(t, err)

	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("to repeat: %s=%s %s=%d go test -run '^%s$'",
				playVariable, os.Getenv(playVariable), seedVariable, seed, t.Name())
		}
	})

	name := fnv.New64a()
	_, _ = name.Write([]byte(t.Name())) // never fails
	return rand.New(rand.NewPCG(seed, name.Sum64()))
}
