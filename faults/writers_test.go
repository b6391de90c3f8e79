package faults

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"ensemble/auth"
	"ensemble/consultation/roadmap"
	"ensemble/live"
)

// writers post comments over HTTP, a few at a time, until they are told to stop. Each comment has an idempotencyKey and
// is sent until it is answered, by any of the servers.
type writers struct {
	site    *site
	to      []*server
	running sync.WaitGroup
	over    chan struct{}

	mu       sync.Mutex
	answered []string // ids of the comments
	resent   int      // requests that were not answered
}

// write has the writers begin.
func (s *site) write(to ...*server) *writers {
	w := &writers{site: s, to: to, over: make(chan struct{})}
	for i, p := range s.people {
		w.running.Go(func() { w.work(i, p) })
	}
	s.t.Cleanup(func() { w.stop() })
	return w
}

// work posts comments as one person until the writers are stopped.
func (w *writers) work(number int, p person) {
	tick := time.NewTicker(w.site.pause)
	defer tick.Stop()

	for i := 0; ; i++ {
		select {
		case <-w.over:
			return
		case <-tick.C:
		}

		if !w.post(p, fmt.Sprintf("Comment %d of writer %d.", i, number)) {
			return
		}
	}
}

// post sends a comment until it is answered, and reports whether it was.
func (w *writers) post(p person, body string) bool {
	var answer struct {
		PostComment struct{ Comment struct{ ID string } }
	}
	variables := map[string]any{"subject": w.site.commitment, "body": body, "key": rand.Text()}
	resent, err := w.site.insist(w.to, p, postComment, variables, &answer)

	w.mu.Lock()
	defer w.mu.Unlock()
	w.resent += resent

	if err != nil {
		w.site.t.Errorf("post: %v", err)
		return false
	}
	w.answered = append(w.answered, answer.PostComment.Comment.ID)
	return true
}

const (
	postComment = `mutation($subject: ID!, $body: String!, $key: String!) {
		postComment(input: {subject: $subject, body: $body, idempotencyKey: $key}) { comment { id } } }`
	editComment = `mutation($comment: ID!, $body: String!, $key: String!) {
		editComment(input: {comment: $comment, body: $body, idempotencyKey: $key}) { comment { id } } }`
	deleteComment = `mutation($comment: ID!, $key: String!) {
		deleteComment(input: {comment: $comment, idempotencyKey: $key}) { comment { id } } }`
)

// count returns how many comments have been answered.
func (w *writers) count() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.answered)
}

// reach waits until so many comments have been answered.
func (w *writers) reach(n int) {
	w.site.t.Helper()
	what := fmt.Sprintf("%d comments are answered", n)
	eventually(w.site.t, what, func() bool { return w.count() >= n || w.site.t.Failed() })
}

// stop has the writers finish the comment that they are at.
func (w *writers) stop() {
	select {
	case <-w.over:
	default:
		close(w.over)
	}
	w.running.Wait()
}

// wantLogged fails unless each answered comment is in the log, once.
func (w *writers) wantLogged(t testing.TB, history []live.Event) {
	t.Helper()
	times := map[string]int{}
	for _, e := range history {
		if e.Type == live.CommentPosted {
			times[e.Subject]++
		}
	}

	for _, id := range w.answered {
		if times[id] != 1 {
			t.Errorf("comment %s was answered, and is %d times in the log", id, times[id])
		}
	}
}

var errUnanswered = errors.New("no server answered")

// insist sends a mutation until some server answers it. resent is how often it was sent in vain.
func (s *site) insist(
	to []*server, p person, query string, variables map[string]any, answer any,
) (resent int, err error) {
	late := time.Now().Add(patience)
	for ; time.Now().Before(late) && !s.t.Failed(); resent++ {
		k := to[resent%len(to)]
		again, err := k.ask(p.token, query, variables, answer)
		if !again {
			return resent, err
		}
		<-time.After(min(time.Duration(resent+1)*10*time.Millisecond, 200*time.Millisecond))
	}
	return resent, errUnanswered
}

// ask sends a request once. again says that it should be sent again, because nobody knows what became of it.
func (k *server) ask(token, query string, variables map[string]any, into any) (again bool, err error) {
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	if err != nil {
		return false, err
	}

	r, err := http.NewRequestWithContext(context.Background(), http.MethodPost, k.url+"/graphql", bytes.NewReader(body))
	if err != nil {
		return false, err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+token)

	response, err := client.Do(r)
	if err != nil {
		return true, err
	}
	defer func() { _ = response.Body.Close() }()

	var answer struct {
		Data   json.RawMessage
		Errors []struct {
			Message    string
			Extensions struct{ Code string }
		}
	}

	err = json.NewDecoder(response.Body).Decode(&answer)
	if err != nil || response.StatusCode >= 500 {
		return true, fmt.Errorf("status %d: %w", response.StatusCode, err)
	}

	if len(answer.Errors) > 0 {
		return answer.Errors[0].Extensions.Code == "INTERNAL_SERVER_ERROR", fmt.Errorf("%+v", answer.Errors)
	}
	return false, json.Unmarshal(answer.Data, into)
}

// whisper posts comments through no server: their events are committed, and published to nobody.
func (s *site) whisper(w *writers, n int) {
	s.t.Helper()
	ctx := auth.WithViewer(s.t.Context(), auth.Viewer{Confirmed: true, UserID: s.people[0].id})
	for i := range n {
		c, err := s.PostComment(ctx, roadmap.PostCommentInput{
			Subject: s.commitment, Body: fmt.Sprintf("Whisper %d.", i),
		})
		must(s.t, err)

		w.mu.Lock()
		w.answered = append(w.answered, c.ID)
		w.mu.Unlock()
	}
}

// filler is a long comment: some 4 KB.
var filler = strings.Repeat("In our valley the library opens on two afternoons a week. ", 70)

// say posts comments one after the other, and returns their ids.
func (w *writers) say(bodies ...string) []string {
	w.site.t.Helper()
	before := w.count()
	for _, body := range bodies {
		if !w.post(w.site.people[0], body) {
			w.site.t.FailNow()
		}
	}
	return slices.Clone(w.answered[before:])
}
