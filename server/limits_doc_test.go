package server

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"ensemble/graph"
	"ensemble/limit"
)

// limitRows returns the rows that the table of limits must have: name, setting, and what holds when nothing else is
// set.
func limitRows() (want []string) {
	var s SocketSettings
	s.defaults()
	row := func(name, setting string, usually any) {
		want = append(want, fmt.Sprint(name, " ", setting, " ", usually))
	}

	for _, b := range limit.Usual {
		row(b.Name, "ENSEMBLE_"+b.Setting, fmt.Sprintf("%d in %g min", b.Tokens, b.Per.Minutes()))
	}
	row("commentPace", "ENSEMBLE_COMMENT_PACE_SECONDS", "3 s")
	row("restingNicknames", "", 5)
	row("personSubscriptions", "ENSEMBLE_PERSON_SUBSCRIPTIONS", s.PerPerson)
	row("personQuestions", "ENSEMBLE_PERSON_QUESTIONS", s.PersonQuestions)
	row("addressQuestions", "ENSEMBLE_ADDRESS_QUESTIONS", s.AddressQuestions)
	row("hallQuestions", "", hall*s.AddressQuestions)
	row("processQuestions", "ENSEMBLE_PROCESS_QUESTIONS", s.Questions)
	row("socketOperations", "", s.Operations)
	row("socketMessages", "", fmt.Sprintf("%d in 1 s", s.Messages))
	row("addressSockets", "ENSEMBLE_ADDRESS_SOCKETS", s.PerAddress)
	row("addressStreams", "", reservedPerAddress)
	row("addressConnections", "", silentPerAddress)
	row("depth", "ENSEMBLE_MAX_DEPTH", graph.UsualLimits.MaxDepth)
	row("cost", "ENSEMBLE_MAX_COST", graph.UsualLimits.MaxCost)
	row("tokens", "ENSEMBLE_MAX_TOKENS", graph.UsualTokens)
	row("repeats", "", 250_000)
	row("nameSize", "", 100)
	row("textSize", "", fmt.Sprintf("%d KiB", 256))
	row("nesting", "", 20)
	row("operations", "", 25)
	row("answerFields", "", 100_000)
	row("turns", "", fmt.Sprint(1_000, " waiting"))
	row("answerSize", "ENSEMBLE_MAX_ANSWER_KIB", fmt.Sprintf("%d MiB", graph.UsualAnswerSize>>20))
	row("questionSize", "", fmt.Sprintf("%d KiB", maxQuestion>>10))
	row("searchTime", "", "3 s")
	row("exports", "", 1)
	row("bodySize", "", fmt.Sprintf("%d MiB", maxBody>>20))
	row("levels", "", maxLevels)
	row("values", "", maxValues)
	return want
}

// The table of docs/limits.md has every limit, in this order, with its setting and what holds when nothing else is set.
// The text around it has the other numbers.
func TestEveryLimitIsDocumented(t *testing.T) {
	page, err := os.ReadFile("../docs/limits.md")
	if err != nil {
		t.Fatal(err)
	}

	var documented, names []string
	for _, cells := range tableIn(t, string(page), "All of them") {
		names = append(names, strings.Trim(cells[0], "`"))
		documented = append(documented, strings.Trim(cells[0], "`")+" "+strings.Trim(cells[1], "`")+" "+cells[2])
		if cells[3] == "" || cells[4] == "" {
			t.Errorf("%s: of what, and what then?", cells[0])
		}
	}
	if want := limitRows(); !slices.Equal(documented, want) {
		t.Errorf("docs/limits.md has\n%s\nthe server has\n%s", strings.Join(documented, "\n"), strings.Join(want, "\n"))
	}

	counted := limitNames()
	slices.Sort(counted)
	slices.Sort(names)
	if !slices.Equal(counted, names) {
		t.Errorf("counted are %s", counted)
	}

	for _, said := range []string{
		fmt.Sprintf("within %g s (408), its headers within %g s (cut) and %d KiB",
			readAll.Seconds(), readHeader.Seconds(), maxHeader>>10),
		fmt.Sprintf("An operation has %g s", operationTime.Seconds()),
		fmt.Sprintf("at most %d KiB", maxQuestion>>10),
	} {
		if !strings.Contains(string(page), said) {
			t.Errorf("docs/limits.md does not say %q", said)
		}
	}

	for _, b := range limit.Usual {
		if b.Per%time.Minute != 0 {
			t.Errorf("%s is not told in whole minutes", b.Name)
		}
	}
}
