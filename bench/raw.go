package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/text/language"

	"ensemble/consultation/message"
)

// raw is the server to compare with: what a careful engineer writes for the page, the search and the comment alone, on
// net/http and pgx, without GraphQL. It takes from Ensemble only what is the same work in any server: cleaning and
// rendering text, ids.
type raw struct{ db *pgxpool.Pool }

// rawConnections is as many as Ensemble's pool has.
const rawConnections = 20

// serveRaw serves them over the database at url until ctx ends.
func serveRaw(ctx context.Context, url string) error {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return err
	}

	config.MaxConns = rawConnections
	config.ConnConfig.RuntimeParams["timezone"] = "UTC"

	db, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return err
	}
	defer db.Close()

	s := raw{db}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /page", answering(s.page))
	mux.HandleFunc("GET /page/html", answering(s.htmlPage))
	mux.HandleFunc("GET /page/statement", s.pageInOne)
	mux.HandleFunc("GET /search", answering(s.search))
	mux.HandleFunc("POST /comment", answering(s.comment))
	mux.HandleFunc("POST /comment/statement", answering(s.commentInOne))

	return listen(ctx, &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}, nil)
}

// refusal is an error that the client is told about, by its code.
type refusal string

func (r refusal) Error() string { return string(r) }

// answering returns a handler that writes what handle returns, or its refusal, in the form of a GraphQL answer.
func answering(handle func(r *http.Request) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		answer := map[string]any{}
		data, err := handle(r)

		var code refusal
		switch {
		case err == nil:
			answer["data"] = data
		case errors.As(err, &code):
			answer["errors"] = []any{map[string]any{"extensions": map[string]string{"code": string(code)}}}
		default:
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}

		body, err := json.Marshal(answer)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}

		writeJSON(w, body)
	}
}

func writeJSON(w http.ResponseWriter, body []byte) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(body) // the client may be gone
}

// languageOf returns the language that the request names first, without region or weight.
func languageOf(r *http.Request) string {
	first, _, _ := strings.Cut(r.Header.Get("Accept-Language"), ",")
	first, _, _ = strings.Cut(first, ";")
	first, _, _ = strings.Cut(first, "-")
	return first
}

// deletedName stands for people who have erased their account.
func deletedName(lang string) string { return cmp.Or(deletedNames[lang], deletedNames["en"]) }

var deletedNames = map[string]string{
	"fr": message.Say([]language.Tag{language.French}, "Deleted account"),
	"en": message.Say(nil, "Deleted account"),
}
