package main

import (
	"context"
	"os"
	"strconv"
	"strings"
	"testing"
)

func TestAB(t *testing.T) {
	ab := os.Getenv("AB")
	if ab == "" {
		t.Skip()
	}
	ctx := context.Background()
	db, err := startPostgres(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer db.stop()
	w, err := fill(ctx, db.url, 150)
	if err != nil {
		t.Fatal(err)
	}
	var kids []*child
	var names []string
	for _, e := range strings.Split(ab, ",") {
		name, path, _ := strings.Cut(e, "=")
		c, err := startProgram(ctx, path, "ensemble", db.url)
		if err != nil {
			t.Fatal(name, err)
		}
		defer c.stop()
		kids = append(kids, c)
		names = append(names, name)
	}
	rounds, _ := strconv.Atoi(os.Getenv("ROUNDS"))
	if rounds == 0 {
		rounds = 9
	}
	s := settings{seconds: 1.5, rounds: rounds, concurrency: 16}
	for _, what := range strings.Split(os.Getenv("WHAT"), ",") {
		base := loads(w, kids[0], kids[0])
		for _, l := range base {
			if l.name != what {
				continue
			}
			req := l.peers[0].request
			l.peers = nil
			// "Ensemble / X" ratios: the base is first
			for i := range kids {
				l.peers = append(l.peers, peer{names[i], kids[i], req})
			}
			tab, err := l.run(ctx, s, db)
			if err != nil {
				t.Fatal(err)
			}
			tab.print(os.Stdout)
		}
	}
}
