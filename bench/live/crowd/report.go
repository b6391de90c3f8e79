package crowd

import (
	"math/bits"
	"time"
)

// report compares what arrived with what was committed.
func (c *crowd) report(commits []int64) Report {
	r := Report{State: c.state, Repeated: c.repeated, Disordered: c.disordered, Resets: c.resets}

	for i := range c.subscribers {
		got := 0
		for _, word := range c.subscribers[i].seen {
			got += bits.OnesCount64(word)
		}
		r.Lost += c.plan.Events - got
	}

	r.Latencies = make([]int32, len(c.samples))
	for i, s := range c.samples {
		r.Latencies[i] = int32((s.at - commits[s.event]) / int64(time.Microsecond))
	}

	return r
}
