-- What can be found. The vectors are written by package search, in Go: PostgreSQL neither splits, folds nor stems, so
-- that no extension and no configuration is needed, and both databases find the same.

CREATE TABLE search_entries (
    id text COLLATE "C" PRIMARY KEY,
    kind text COLLATE "C" NOT NULL,
    languages text COLLATE "C" NOT NULL,
    commitment_id text COLLATE "C",
    amendment_id text COLLATE "C",
    published_at timestamptz NOT NULL,
    title tsvector NOT NULL,
    words tsvector NOT NULL
);
-- What waits to be sorted into the index is read by every search: in kB.
CREATE INDEX search_entries_words ON search_entries USING gin (words) WITH (gin_pending_list_limit = 256);
