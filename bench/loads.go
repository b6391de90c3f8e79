package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/url"
	"strconv"
	"strings"
)

// load is one thing that several peers are asked.
type load struct {
	name  string
	about string
	peers []peer // Ensemble first
}

// peer is a way to get an answer: a server, and the HTTP request to send it.
type peer struct {
	name    string
	server  *child
	request func(r *rand.Rand) []byte
}

// loads returns what is measured, in the order of the tables. Writers that meet use one, the first commitment.
func loads(w *world, ours, raw *child) []load {
	one := &world{commitments: w.commitments[:1], tokens: w.tokens}

	return []load{
		{"page", "a commitment with its versions, amendments, 20 comments, 20 supports, and who made them", []peer{
			{"Ensemble", ours, anyOf(w, askPage(pageQuery))},
			{"pgx, 6 statements", raw, anyOf(w, get("/page"))},
			{"pgx, 1 statement", raw, anyOf(w, get("/page/statement"))},
		}},
		{"page as HTML", "the query that clients are promised: 21 texts as HTML, 5 supports", []peer{
			{"Ensemble", ours, anyOf(w, askPage(htmlPageQuery))},
			{"pgx, 5 statements", raw, anyOf(w, get("/page/html"))},
		}},
		{"search rare", "what one commitment in a hundred or fewer has, 20 results with excerpts", []peer{
			{"Ensemble", ours, anyOf(w, askSearch(rareWords))},
			{"pgx, 1 statement", raw, anyOf(w, getSearch(rareWords))},
		}},
		{"search common", "what every comment has, 20 results with excerpts", []peer{
			{"Ensemble", ours, anyOf(one, askSearch(commonWords))},
			{"pgx, 1 statement", raw, anyOf(one, getSearch(commonWords))},
		}},
		{"comment", "postComment, each on any commitment", writers(w, ours, raw)},
		{"comment on one", "postComment, all on the same commitment", writers(one, ours, raw)},
	}
}

// against returns the loads with two peers each: Ensemble, and another server that is asked the same.
func against(all []load, other *child) []load {
	for i := range all {
		ours := all[i].peers[0]
		all[i].peers = []peer{ours, {"the other commit", other, ours.request}}
	}
	return all
}

// rareWords returns words that are in the title of one commitment and of its amendments.
func rareWords(c place) string {
	n, _ := strconv.Atoi(c.reference[strings.LastIndex(c.reference, "-")+1:]) // from 1; titles count from 0
	return fmt.Sprintf("accueil numéro %d canton ", n-1)
}

// commonWords returns words that are in every comment.
func commonWords(place) string { return "samedi médiathèques " }

// askSearch returns Ensemble's request for a search.
func askSearch(words func(place) string) func(place) []byte {
	return func(c place) []byte {
		return post("/graphql", "", map[string]any{
			"query": searchQuery, "variables": map[string]any{"query": words(c)},
		})
	}
}

// getSearch returns the raw server's request for a search.
func getSearch(words func(place) string) func(place) []byte {
	return func(c place) []byte {
		return []byte("GET /search?q=" + url.QueryEscape(words(c)) +
			" HTTP/1.1\r\nHost: bench\r\nAccept-Language: fr\r\n\r\n")
	}
}

// writers returns the peers that post comments on the commitments of w.
func writers(w *world, ours, raw *child) []peer {
	return []peer{
		{"Ensemble", ours, postOn(w, askComment)},
		{"pgx, 1 transaction", raw, postOn(w, postComment("/comment"))},
		{"pgx, 1 statement", raw, postOn(w, postComment("/comment/statement"))},
	}
}

// anyOf returns requests for any commitment. They are made beforehand.
func anyOf(w *world, request func(place) []byte) func(*rand.Rand) []byte {
	ready := make([][]byte, len(w.commitments))
	for i, c := range w.commitments {
		ready[i] = request(c)
	}
	return func(r *rand.Rand) []byte { return ready[r.IntN(len(ready))] }
}

// postOn comments on any commitment, as anybody.
func postOn(w *world, request func(token, subject, body string) []byte) func(*rand.Rand) []byte {
	return func(r *rand.Rand) []byte {
		return request(w.tokens[r.IntN(len(w.tokens))], w.commitments[r.IntN(len(w.commitments))].id, remark)
	}
}

// get returns the raw server's request for a page of a commitment.
func get(path string) func(place) []byte {
	return func(c place) []byte {
		return []byte("GET " + path + "?reference=" + url.QueryEscape(c.reference) +
			" HTTP/1.1\r\nHost: bench\r\nAccept-Language: fr\r\n\r\n")
	}
}

// askPage returns Ensemble's request for a commitment.
func askPage(query string) func(place) []byte {
	return func(c place) []byte {
		return post("/graphql", "", map[string]any{
			"query": query, "variables": map[string]any{"reference": c.reference},
		})
	}
}

// askComment returns Ensemble's request for posting a comment.
func askComment(token, subject, body string) []byte {
	return post("/graphql", token, map[string]any{
		"query": commentMutation, "variables": map[string]any{"subject": subject, "body": body},
	})
}

// postComment returns the raw server's request for posting a comment.
func postComment(path string) func(token, subject, body string) []byte {
	return func(token, subject, body string) []byte {
		return post(path, token, map[string]any{"subject": subject, "body": body, "alignment": "FOR"})
	}
}

// post returns a request that posts body as JSON, as whoever the token stands for; "" for nobody.
func post(path, token string, body any) []byte {
	raw, err := json.Marshal(body)
	if err != nil {
		panic("bench: strings that are no JSON: " + err.Error())
	}
	if token != "" {
		token = "Authorization: Bearer " + token + "\r\n"
	}
	return fmt.Appendf(nil, "POST %s HTTP/1.1\r\nHost: bench\r\nAccept-Language: fr\r\n%sContent-Type: application/json\r\n"+
		"Content-Length: %d\r\n\r\n%s", path, token, len(raw), raw)
}
