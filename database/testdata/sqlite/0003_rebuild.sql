-- As SQLite's manual says: build another, drop the first. With foreign keys on, the drop would delete every note.
CREATE TABLE new_authors (id integer PRIMARY KEY, name text NOT NULL, born integer NOT NULL DEFAULT 0);
INSERT INTO new_authors (id, name) SELECT id, name FROM authors;
DROP TABLE authors;
ALTER TABLE new_authors RENAME TO authors;
