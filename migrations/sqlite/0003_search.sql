-- What can be found. search_words holds tokens that package search writes, in Go: words without case and accents, and
-- stems, separated by spaces. SQLite only splits them.

CREATE TABLE search_entries (
    id text NOT NULL PRIMARY KEY,
    kind text NOT NULL,
    languages text NOT NULL,
    commitment_id text,
    amendment_id text,
    published_at datetime NOT NULL,
    number integer NOT NULL -- the rowid in search_words: that of a table may change when it is vacuumed
);
CREATE UNIQUE INDEX search_entries_number ON search_entries (number);

CREATE VIRTUAL TABLE search_words USING fts5(title, body, tokenize = "ascii tokenchars '=.'");
-- Words that are taken out leave nothing in the index.
INSERT INTO search_words (search_words, rank) VALUES ('secure-delete', 1);
