package demo

import (
	"testing"

	"ensemble/ent"
	"ensemble/live"
)

// logIsAChain checks that each topic's log has no gap, that each event knows the one before it, and that the topic's
// row is the head of its log.
func (all everything) logIsAChain(t *testing.T) {
	heads := map[string]ent.Topic{}
	for _, e := range all.events {
		before := heads[e.Topic]
		if e.Seq != before.Seq+1 || e.PreviousNonce != before.Nonce || e.Nonce == 0 {
			t.Errorf("%s %d: nonce %d after %d, of %v", e.Topic, e.Seq, e.Nonce, e.PreviousNonce, before)
		}
		heads[e.Topic] = ent.Topic{ID: e.Topic, Seq: e.Seq, Nonce: e.Nonce, PreviousNonce: e.PreviousNonce}
	}

	same(t, "topics", len(all.topics), len(heads))
	for _, topic := range all.topics {
		same(t, topic.ID, topic.String(), new(heads[topic.ID]).String())
	}
}

// logEndsWithTheCounters checks that the last event that says a counter says what the column of that counter has.
func (all everything) logEndsWithTheCounters(t *testing.T) {
	last := map[string]map[string]any{}
	for _, e := range all.events {
		about := e.Topic
		if subject, ok := e.Data["subject"].(string); ok {
			about = subject
		}
		if last[about] == nil {
			last[about] = map[string]any{}
		}

		for name, value := range e.Data {
			last[about][name] = value
		}
	}

	for _, c := range all.commitments {
		told := live.Event{Data: last[c.ID]}
		for name, column := range map[string]int{
			"amendmentCount": c.AmendmentCount, "commentCount": c.CommentCount,
			"for": c.ForCount, "against": c.AgainstCount, "neutral": c.NeutralCount,
			"supportCount": c.SupportCount, "earlierSupportCount": c.EarlierSupportCount,
		} {
			if n, ok := told.Int(name); ok || column > 0 {
				same(t, c.ID+" "+name, n, int64(column))
			}
		}
	}
}
