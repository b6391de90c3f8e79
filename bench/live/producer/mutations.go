package producer

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"

	"ensemble/bench/live/crowd"
	entevent "ensemble/ent/event"
)

// Mutations comments so many times on a topic, each in a transaction of its own, one every so often; as fast as they
// come when every is 0. Ensemble at url is asked for it over HTTP; for a reference server, whose url is "", the
// producer does what Ensemble would and announces it. It returns when each event was written, at the end of its
// transaction.
func (p *Producer) Mutations(ctx context.Context, url, topic string, count int, every time.Duration) ([]int64, error) {
	start, err := p.head(ctx, topic)
	if err != nil {
		return nil, err
	}

	begin := time.Now()
	for i := range count {
		if err := sleepUntil(ctx, begin.Add(time.Duration(i)*every)); err != nil {
			return nil, err
		}

		if url != "" {
			err = p.ask(ctx, url, topic, i)
		} else {
			err = p.postAndAnnounce(ctx, topic, i)
		}

		if err != nil {
			return nil, err
		}
	}

	return p.written(ctx, topic, start, count)
}

func (p *Producer) postAndAnnounce(ctx context.Context, topic string, number int) error {
	p.notes.events = nil
	c, err := p.post(ctx, p.service, topic, crowd.EventMark, number)
	if err != nil {
		return err
	}
	return p.announce(ctx, Reference, []posted{{c, p.notes.events[0]}})
}

// mutation posts a comment.
const mutation = `mutation($subject: ID!, $body: String!) {
	postComment(input: {subject: $subject, body: $body}) { comment { id } }
}`

func (p *Producer) ask(ctx context.Context, url, topic string, number int) error {
	raw, err := json.Marshal(map[string]any{
		"query": mutation, "variables": map[string]any{"subject": topic, "body": Body(crowd.EventMark, number)},
	})
	if err != nil {
		return err
	}

	r, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(raw))
	if err != nil {
		return err
	}

	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+p.world.Token)

	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()

	body, err := io.ReadAll(response.Body)
	if err == nil && !bytes.HasPrefix(body, []byte(`{"data":{`)) {
		err = fmt.Errorf("postComment: %s: %s", response.Status, body)
	}

	return err
}

func (p *Producer) head(ctx context.Context, topic string) (int64, error) {
	heads, err := p.service.Heads(ctx, []string{topic})
	return heads[topic].Seq, err
}

// written reads from the log when events were written, less than a millisecond before they were committed.
func (p *Producer) written(ctx context.Context, topic string, after int64, count int) ([]int64, error) {
	rows, err := p.service.Read.Event.Query().Where(entevent.Topic(topic), entevent.SeqGT(after)).
		Order(entevent.BySeq()).All(ctx)
	if err == nil && len(rows) != count {
		err = fmt.Errorf("%d events in the log, not %d", len(rows), count)
	}
	times := make([]int64, len(rows))
	for i, row := range rows {
		times[i] = row.At.UnixNano()
	}
	return times, err
}

func sleepUntil(ctx context.Context, t time.Time) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(time.Until(t)):
		return nil
	}
}
