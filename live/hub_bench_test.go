package live

import (
	"fmt"
	"sync"
	"testing"
	"time"
)

// BenchmarkHubFanOut publishes one event at a time on one topic and waits until every subscriber has it.
func BenchmarkHubFanOut(b *testing.B) {
	for _, subscribers := range []int{1, 1000} {
		b.Run(fmt.Sprint(subscribers), func(b *testing.B) {
			// The log knows nothing of these events, so it is not asked.
			h, stop := startHub(b, newMemoryLog(), NewMemoryBroker(), ReconcileEvery(time.Hour))

			var received, readers sync.WaitGroup
			for range subscribers {
				events, _ := subscribe(b, h, topicA, "")
				readers.Go(func() {
					for range events {
						received.Done()
					}
				})
			}

			event := Event{Topic: topicA, Type: VoteChanged}
			b.ReportAllocs()
			for b.Loop() {
				event.Seq, event.Previous, event.Nonce = event.Seq+1, event.Nonce, event.Nonce+1
				received.Add(subscribers)
				h.Publish(b.Context(), event)
				received.Wait()
			}

			b.ReportMetric(float64(subscribers*b.N)/b.Elapsed().Seconds(), "deliveries/s")
			stop()
			readers.Wait()
		})
	}
}
