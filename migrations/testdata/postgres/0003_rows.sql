-- Rows of a database at version 3.

INSERT INTO search_entries (id, kind, languages, commitment_id, amendment_id, published_at, title, words)
VALUES ('commitment_00000000000000000000000001', 'COMMITMENT', ',en,fr,', 'commitment_00000000000000000000000001', NULL, '2026-03-10 09:00:00.123456+00:00', '''fr=un'':1', '''fr=un'':1 ''fr.comit''');
