-- Rows of a database at version 5.

INSERT INTO access_tokens (id, user_id, name, token_hash, scopes, created_at, expires_at, used_at)
VALUES ('accesstoken_00000000000000000000000001', 'user_00000000000000000000000001', 'Tableau de bord', x'0102', 'read,participate', '2026-03-10 09:00:00.123456+00:00', '2026-06-10 09:00:00+00:00', NULL);

INSERT INTO mailed_tokens (id, user_id, purpose, address, token_hash, created_at, expires_at)
VALUES ('link_00000000000000000000000001', 'user_00000000000000000000000001', 'RESET_PASSWORD', 'jeanne@example.org', x'0304', '2026-03-10 09:00:00.123456+00:00', '2026-03-10 10:00:00.123456+00:00');
