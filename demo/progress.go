package demo

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// progress prints how far the filling is: a bar per stage on a terminal, a line per stage elsewhere.
type progress struct {
	out io.Writer
	bar *progressbar.ProgressBar // nil when out is not a terminal
}

// redraw is how often the bar is drawn at most.
const redraw = 50 * time.Millisecond

// show prints how far a stage is: it is a bulk.Progress.
func (p *progress) show(stage string, done, total int) {
	if done == 0 {
		p.begin(stage, total)
	}
	if p.bar == nil {
		return
	}

	_ = p.bar.Set(done) // an error of the terminal is not worth failing for
	if done == total {
		fmt.Fprintln(p.out) // the bar stays, and what follows has a line of its own
	}
}

// begin begins a stage of so many rows.
func (p *progress) begin(stage string, rows int) {
	file, isFile := p.out.(*os.File)
	if !isFile || !term.IsTerminal(int(file.Fd())) {
		fmt.Fprintf(p.out, "%-11s %8d rows\n", stage, rows)
		return
	}
	p.bar = progressbar.NewOptions(rows, progressbar.OptionSetWriter(file), progressbar.OptionSetWidth(30),
		progressbar.OptionSetDescription(fmt.Sprintf("%-11s", stage)), progressbar.OptionShowCount(),
		progressbar.OptionThrottle(redraw))
}
