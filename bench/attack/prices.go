package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
)

// unitTime is what a unit of cost takes at most, in milliseconds of processor: see @cost in the schema.
const unitTime = 0.33

// price is something to ask, to see what a unit of its cost takes.
type price struct {
	field string // Type.field
	what  string // which texts
	token string
	asks  []question // once each, so that nothing is remembered
}

// paid is what a price gave.
type paid struct {
	price
	units    int
	cpu      time.Duration
	outcomes map[string]int
}

// perUnit returns milliseconds of processor for a unit.
func (p paid) perUnit() float64 {
	return float64(p.cpu.Microseconds()) / 1000 / float64(max(p.units, 1))
}

// showPrices measures each price on a server that does nothing else, and prints of each field the dearest texts.
func (b *bench) showPrices(ctx context.Context, out io.Writer) error {
	s, err := b.start(ctx)
	if err != nil {
		return err
	}
	defer s.stop()

	dearest := map[string]paid{}
	for i, p := range b.world.prices() {
		if !b.isChosen(p.field) {
			continue
		}
		is, err := p.measure(ctx, s, i)
		if err != nil {
			return s.blame(fmt.Errorf("%s: %w", p.field, err))
		}
		if was, measured := dearest[p.field]; !measured || is.perUnit() > was.perUnit() {
			dearest[p.field] = is
		}
	}

	weights, err := weights(ctx)
	if err != nil {
		return err
	}
	printPrices(out, dearest, weights)
	return nil
}

// measure asks everything once, from an address of its own, and looks what the server uses for it.
func (p price) measure(ctx context.Context, s *server, number int) (is paid, err error) {
	is.price = p
	if _, err := get(ctx, "http://"+s.admin+"/debug/gc"); err != nil { // what came before leaves no work
		return is, err
	}
	c := newCaller(s.addr, fmt.Sprintf("127.2.%d.%d", number/200, number%200+1), newTally())
	defer c.close()
	c.ask(ctx, p.token, question{Query: "{ __typename }"}) // opens the connection
	c.tally = newTally()

	before, err := s.cpu()
	if err != nil {
		return is, err
	}
	for _, q := range p.asks {
		answer, _ := c.ask(ctx, p.token, q)
		is.units += costOf(answer)
	}
	after, err := s.cpu()
	is.cpu, is.outcomes = after-before, c.counts
	return is, err
}

var cost = regexp.MustCompile(`"cost":(\d+)`)

// costOf returns what an answer says that it cost.
func costOf(answer []byte) int {
	found := cost.FindSubmatch(answer[max(0, len(answer)-200):])
	if found == nil {
		return 0
	}
	n, _ := strconv.Atoi(string(found[1]))
	return n
}

// weights returns the price of each field and each condition that has one, and 1 for those whose answer is a page.
func weights(ctx context.Context) (map[string]int, error) {
	root, err := moduleRoot(ctx)
	if err != nil {
		return nil, err
	}
	files, _ := filepath.Glob(filepath.Join(root, "graph/schema/*.graphqls")) // fails for bad patterns only
	var sources []*ast.Source
	for _, file := range append(files, filepath.Join(root, "schema.graphqls")) {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		sources = append(sources, &ast.Source{Name: file, Input: string(text)})
	}
	schema, err := gqlparser.LoadSchema(sources...)
	if err != nil {
		return nil, err
	}

	all := map[string]int{}
	for _, t := range schema.Types {
		for _, f := range t.Fields {
			if t.Kind != ast.Object && t.Kind != ast.InputObject || strings.HasPrefix(f.Name, "__") {
				continue
			}
			if said := f.Directives.ForName("cost"); said != nil {
				all[t.Name+"."+f.Name], _ = strconv.Atoi(said.Arguments.ForName("weight").Value.Raw)
			} else if strings.HasSuffix(f.Type.Name(), "Connection") {
				all[t.Name+"."+f.Name] = 1
			}
		}
	}
	return all, nil
}

// printPrices writes what was measured, the dearest first, then what was not.
func printPrices(out io.Writer, dearest map[string]paid, weights map[string]int) {
	fmt.Fprintf(out, "\nWhat a unit of cost takes; %s above %g ms. A weight of 1 is a page.\n", bad, unitTime)
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "field\tweight\tdearest with\tunits\tCPU ms\tms per unit\ttold\t")
	rows := slices.SortedFunc(maps.Values(dearest), func(a, b paid) int { return cmp.Compare(b.perUnit(), a.perUnit()) })
	for _, p := range rows {
		fmt.Fprintf(w, "%s\t%d\t%s\t%d\t%d\t%.3f\t%s\t%s\n", p.field, weights[p.field], p.what, p.units,
			p.cpu.Milliseconds(), p.perUnit(), list(p.outcomes), mark(p.perUnit() > unitTime))
	}
	_ = w.Flush()

	var missing []string
	for field := range weights {
		if _, measured := dearest[field]; !measured {
			missing = append(missing, field)
		}
	}
	slices.Sort(missing)
	fmt.Fprintf(out, "\nNot measured: %s.\n", strings.Join(missing, ", "))
}
