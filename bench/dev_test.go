package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"
)

func TestDev(t *testing.T) {
	if os.Getenv("DEV") == "" {
		t.Skip()
	}
	ctx := context.Background()
	db, err := startPostgres(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer db.stop()
	n, _ := strconv.Atoi(os.Getenv("DEV"))
	w, err := fill(ctx, db.url, n)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.clean(ctx); err != nil {
		t.Fatal(err)
	}
	for _, q := range []string{"ALTER SYSTEM SET log_line_prefix='%p %a '"} {
		if _, err := db.conn.Exec(ctx, q); err != nil {
			t.Fatal(err)
		}
	}
	type out struct {
		URL                                 string
		Token, Ref, ID, Page, HTML, Comment string
	}
	b, _ := json.Marshal(out{db.url, w.tokens[0], w.commitments[0].reference, w.commitments[0].id, pageQuery, htmlPageQuery, commentMutation})
	os.WriteFile("/tmp/dev.json", b, 0o644)
	fmt.Println(db.url)
	_ = exec.Command
	for {
		if _, err := os.Stat("/tmp/dev.stop"); err == nil {
			os.Remove("/tmp/dev.stop")
			return
		}
		time.Sleep(200 * time.Millisecond)
	}
}
