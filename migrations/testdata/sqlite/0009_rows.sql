-- Rows of a database at version 9.

UPDATE users SET terms_version = '2026-03', terms_accepted_at = '2026-03-10 09:00:00.123456+00:00' WHERE id = 'user_00000000000000000000000001';
