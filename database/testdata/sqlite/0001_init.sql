CREATE TABLE authors (id integer PRIMARY KEY, name text NOT NULL);
CREATE TABLE notes (
	id integer PRIMARY KEY,
	author integer NOT NULL REFERENCES authors (id) ON DELETE CASCADE,
	body text NOT NULL
);
INSERT INTO authors (id, name) VALUES (1, 'Ada; "the" first');
INSERT INTO notes (id, author, body) VALUES (1, 1, 'It''s here; still');
