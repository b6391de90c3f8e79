package main

import (
	"os/exec"
	"strings"
	"testing"
)

// Ensemble and the raw servers still answer alike over the same rows: without that there is nothing to compare.
func TestAnswersAreEqual(t *testing.T) {
	bench := exec.CommandContext(t.Context(), "go", "run", ".", "-commitments", "25", "-only", "no load at all")
	out, err := bench.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "25 commitments; all answers are equal") {
		t.Fatalf("%v: %s", err, out)
	}
}
