package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"time"
)

// perSocket is how many subscriptions a socket may have.
const perSocket = 100

// subscriptions are attacks by what is answered again for each event, and by who does not read it.
func subscriptions(w *world) []attack {
	different := func(ctx context.Context, c *caller, n int) { watchMany(ctx, c, "", w.watched(), n, smallEvent) }

	return []attack{
		{name: "subscriptions/different", atOnce: 12, most: 12, try: different,
			about: "1,200 questions that differ in an alias, over twelve sockets"},
		{name: "subscriptions/from many", atOnce: 24, most: 24, addresses: 12, try: different,
			about: "2,400 such questions from twelve addresses"},
		{name: "subscriptions/personal", atOnce: 20, most: 20, about: "2,000 questions of ten people about what is theirs alone",
			try: func(ctx context.Context, c *caller, n int) {
				watchMany(ctx, c, w.attackers()[n%10], w.watched(), n, personalEvent)
			}},
		{name: "subscriptions/come back", atOnce: 30, most: 30, about: "30 rich questions, each about the last 2,000 events",
			try: func(ctx context.Context, c *caller, n int) {
				if from := oldest(ctx, c, w.busy()); from != nil {
					watch(ctx, c, "", w.busy(), richEvent(n), from)
				}
			}},
		{name: "subscriptions/come and go", atOnce: 8, about: "another question, left at once, 50 times a second and socket",
			try: func(ctx context.Context, c *caller, n int) { comeAndGo(ctx, c, w.watched(), n) }},
		{name: "subscriptions/unread", atOnce: 40, most: 40, addresses: 4, about: "answers of 7 MB over 40 sockets that nobody reads",
			try: func(ctx context.Context, c *caller, n int) { unread(ctx, c, w.find("all >").amendments[:1]) }},
		{name: "subscriptions/unread events", atOnce: 40, most: 40, addresses: 4,
			about: "events with long texts over 39 sockets that nobody reads",
			try: stirred(w, w.find("all >").commitment, func(ctx context.Context, c *caller, n int) {
				if conn := c.socket(ctx, "", false); conn != nil {
					_ = conn.subscribe("1", question{Query: "subscription($commitment: ID!, $after: EventCursor) { " +
						largeEvent(0) + " }", Variables: map[string]any{"commitment": w.find("all >").commitment}})
					<-ctx.Done()
				}
			})},
		{name: "subscriptions/sockets", atOnce: 1200, most: 1200, about: "1,200 sockets that ask nothing",
			try: func(ctx context.Context, c *caller, _ int) {
				if conn := c.socket(ctx, "", false); conn != nil {
					c.count(answered)
					c.listen(ctx, conn)
				}
			}},
	}
}

// attackers are people who take part in attacks.
func (w *world) attackers() []string { return w.People[honestPeople:] }

// smallEvent, personalEvent and richEvent select something of an event, under other names each time.
func smallEvent(n int) string {
	return fmt.Sprintf("e%d: commitmentEvents(commitment: $commitment, after: $after) { id ... on CommentPosted { "+
		"comment { body author { name } } } }", n)
}

func personalEvent(n int) string {
	return fmt.Sprintf("p%d: commitmentEvents(commitment: $commitment, after: $after) { id ... on CommentPosted { "+
		"comment { body viewerCanReply viewerVote } } }", n)
}

func richEvent(n int) string {
	return fmt.Sprintf("r%d: commitmentEvents(commitment: $commitment, after: $after) { id at actor { name } ... on CommentPosted { "+
		"comment { id body bodyHtml author { name } replies(first: 20) { totalCount nodes { body author { name } } } "+
		"subject { ... on Commitment { title supports(first: 20) { totalCount nodes { supporter { name } } } } } } } }", n)
}

// watch asks for events of a topic over a socket, and reads them until ctx ends.
func watch(ctx context.Context, c *caller, token, topic, selection string, after any) {
	conn := c.socket(ctx, token, false)
	if conn == nil {
		return
	}
	defer conn.close()
	if conn.subscribe("1", watching(topic, selection, after)) == nil {
		c.listen(ctx, conn)
	}
}

func watching(topic, selection string, after any) question {
	return question{Query: "subscription($commitment: ID!, $after: EventCursor) { " + selection + " }",
		Variables: map[string]any{"commitment": topic, "after": after}}
}

// watchMany asks as many different questions over a socket as it may have, and reads what comes.
func watchMany(ctx context.Context, c *caller, token, topic string, n int, selection func(int) string) {
	conn := c.socket(ctx, token, false)
	if conn == nil {
		return
	}
	defer conn.close()
	for i := range perSocket {
		if conn.subscribe(fmt.Sprint(i), watching(topic, selection(n*perSocket+i), nil)) != nil {
			break
		}
	}
	c.listen(ctx, conn)
}

// oldest returns the place of the first event of a topic; nil when that is refused.
func oldest(ctx context.Context, c *caller, topic string) any {
	body, ok := c.ask(ctx, "", question{Query: "query($topic: ID!) { events(topic: $topic, first: 1) { endCursor } }",
		Variables: map[string]any{"topic": topic}})
	var answer struct {
		Data struct{ Events struct{ EndCursor string } }
	}
	if !ok || json.Unmarshal(body, &answer) != nil {
		return nil
	}
	return answer.Data.Events.EndCursor
}

// comeAndGo asks and leaves, again and again, as fast as a socket may speak.
func comeAndGo(ctx context.Context, c *caller, topic string, n int) {
	conn := c.socket(ctx, "", false)
	if conn == nil {
		return
	}
	defer conn.close()
	c.whileListening(ctx, conn, func() {
		for i := 0; sleep(ctx, 40*time.Millisecond) == nil; i++ {
			id := fmt.Sprint(i)
			if conn.subscribe(id, watching(topic, richEvent(n*100_000+i), nil)) != nil ||
				conn.say(map[string]any{"type": "complete", "id": id}) != nil {
				return
			}
		}
	})
}

// unread asks for large answers and does not read them.
func unread(ctx context.Context, c *caller, ids []string) {
	conn := c.socket(ctx, "", false)
	if conn == nil {
		return
	}
	defer conn.close()
	if tcp, ok := conn.NetConn().(*net.TCPConn); ok {
		_ = tcp.SetReadBuffer(4096)
	}
	for i := range 3 {
		_ = conn.subscribe(fmt.Sprint(i), question{Query: fmt.Sprintf(nodesQuery, aliases(7, "body")),
			Variables: map[string]any{"ids": some(ids, 0, 50)}})
	}
	c.count("asked and not read")
	<-ctx.Done()
}

// stirred has the first who tries post comments on a subject, so that there are events, and the others do what try
// does.
func stirred(w *world, subject string, try func(context.Context, *caller, int)) func(context.Context, *caller, int) {
	return func(ctx context.Context, c *caller, n int) {
		if n > 0 {
			try(ctx, c, n)
			return
		}
		for i := 0; sleep(ctx, 120*time.Millisecond) == nil; i++ { // each person every 3.6 s: they are within their pace
			c.ask(ctx, pick(w.attackers(), i), question{Query: postMutation, Variables: map[string]any{
				"subject": subject, "body": fmt.Sprintf("Something to tell, number %d, at %s.", i, time.Now())}})
		}
	}
}
