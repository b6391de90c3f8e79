package testenv

import (
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// as sets how much is played, and the seed, until t ends.
func as(t *testing.T, level, seed string) {
	t.Helper()
	t.Setenv(playVariable, level)
	t.Setenv(seedVariable, seed)
}

// The level decides how many rounds are played.
func TestRounds(t *testing.T) {
	for level, want := range map[string]int{"": 1, "once": 1, "sample": 10, "all": 100} {
		as(t, level, "")
		if got := Rounds(t, 1, 10, 100); got != want {
			t.Errorf("%q: %d rounds, want %d", level, got, want)
		}
	}
}

// Sampled draws as many cases as the level asks for, in their order, and the same ones for the same seed.
func TestSampled(t *testing.T) {
	cases := []string{"a", "b", "c", "d", "e", "f", "g", "h"}

	for _, c := range []struct {
		level string
		n     int
		want  int
	}{
		{"once", 3, 1}, {"", 3, 1}, {"sample", 3, 3}, {"sample", 100, 8}, {"all", 3, 8},
	} {
		as(t, c.level, "7")
		got := Sampled(t, cases, c.n)
		if len(got) != c.want || !slices.IsSorted(got) || !slices.Equal(got, Sampled(t, cases, c.n)) {
			t.Errorf("%q, %d: %v", c.level, c.n, got)
		}
	}

	if got := Sampled(t, []string(nil), 3); len(got) != 0 {
		t.Errorf("of nothing: %v", got)
	}
}

// Another seed draws other cases, and so does another test.
func TestSampledFollowsTheSeed(t *testing.T) {
	cases := make([]int, 1000)
	for i := range cases {
		cases[i] = i
	}

	as(t, "sample", "1")
	first := Sampled(t, cases, 5)

	t.Run("another test", func(t *testing.T) {
		if slices.Equal(first, Sampled(t, cases, 5)) {
			t.Error("draws the same")
		}
	})

	as(t, "sample", "2")
	if slices.Equal(first, Sampled(t, cases, 5)) {
		t.Error("another seed draws the same")
	}
}

// Only make test plays on one database: over many tests on both, and always on the same for the same seed.
func TestDialects(t *testing.T) {
	for _, level := range []string{"", "sample", "all"} {
		as(t, level, "7")
		if got := Dialects(t); !slices.Equal(got, []string{"sqlite", "postgres"}) {
			t.Errorf("%q: %v", level, got)
		}
	}

	as(t, "once", "7")
	drawn := map[string]int{}
	for i := range 40 {
		t.Run(strconv.Itoa(i), func(t *testing.T) {
			got := Dialects(t)
			if len(got) != 1 || !slices.Equal(got, Dialects(t)) {
				t.Fatalf("drew %v", got)
			}
			drawn[got[0]]++
		})
	}
	if drawn["sqlite"] < 5 || drawn["postgres"] < 5 {
		t.Errorf("drew %v", drawn)
	}
}

// A level or a seed that is none is refused.
func TestPlayedRefuses(t *testing.T) {
	for _, c := range [][2]string{{"twice", ""}, {"ALL", ""}, {"all", "x"}, {"all", "-1"}} {
		as(t, c[0], c[1])
		if _, _, err := played(); err == nil {
			t.Errorf("takes %q", c)
		}
	}
}

// A test that fails says how to play the same again.
func TestSampledSaysHowToRepeat(t *testing.T) {
	fails := "TestThatFailsWhenAsked"
	output, err := rerun(t, fails, failVariable+"=1", playVariable+"=sample", seedVariable+"=42").CombinedOutput()
	if err == nil {
		t.Fatal("it passed")
	}

	want := "ENSEMBLE_TEST_PLAY=sample ENSEMBLE_TEST_SEED=42 go test -run '^" + fails + "$'"
	if !strings.Contains(string(output), want) {
		t.Errorf("%q is not in\n%s", want, output)
	}
}

// failVariable is the environment variable that makes TestThatFailsWhenAsked fail.
const failVariable = "ENSEMBLE_TESTENV_FAIL"

// This test is what TestSampledSaysHowToRepeat runs. It passes otherwise.
func TestThatFailsWhenAsked(t *testing.T) {
	Sampled(t, []int{1, 2}, 1)
	if os.Getenv(failVariable) != "" {
		t.Error("as asked")
	}
}
