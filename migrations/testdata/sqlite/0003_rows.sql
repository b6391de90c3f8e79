-- Rows of a database at version 3.

INSERT INTO search_entries (id, kind, languages, commitment_id, amendment_id, published_at, number)
VALUES ('commitment_00000000000000000000000001', 'COMMITMENT', ',en,fr,', 'commitment_00000000000000000000000001', NULL, '2026-03-10 09:00:00.123456+00:00', 1);

INSERT INTO search_words (rowid, title, body) VALUES (1, 'fr=un', 'fr.comit');
