package main

import (
	"context"
	"strconv"
	"strings"
)

// logReadsMetric is how Ensemble counts what it reads from the log for clients that come back: see docs/live.md.
const logReadsMetric = "ensemble_live_replays_total"

// metric returns a number that a server shows at /metrics in the text format of Prometheus, added up over its labels.
func (r *running) metric(ctx context.Context, name string) (total float64, told bool) {
	body, err := get(ctx, "http://"+r.Admin+"/metrics")
	if err != nil {
		return 0, false // a server without metrics
	}

	for line := range strings.Lines(string(body)) {
		rest, found := strings.CutPrefix(line, name)
		if !found || rest == "" || rest[0] != ' ' && rest[0] != '{' {
			continue
		}

		fields := strings.Fields(rest[strings.LastIndexByte(rest, '}')+1:])
		if len(fields) == 0 {
			continue
		}

		if n, err := strconv.ParseFloat(fields[0], 64); err == nil {
			total, told = total+n, true
		}
	}

	return total, told
}
