-- Rows of a database at version 2.

INSERT INTO audit_entries (id, act, actor_id, subject_id, process_id, reason, details, created_at)
VALUES ('audit_00000000000000000000000001', 'acceptAmendment', 'user_00000000000000000000000001', 'amendment_00000000000000000000000001', 'process_00000000000000000000000001', 'Clearer.', '{"state": "ACCEPTED"}', '2026-03-10 09:00:00.123456+00:00');

INSERT INTO audit_entries (id, act, actor_id, subject_id, process_id, reason, details, created_at)
VALUES ('audit_00000000000000000000000002', 'admin grant', NULL, 'user_00000000000000000000000001', NULL, '', NULL, '2026-03-10 09:00:00.123456+00:00');

INSERT INTO mails (id, user_id, address, language, subject, body, headers, attempts, send_at, created_at)
VALUES ('mail_00000000000000000000000001', 'user_00000000000000000000000001', 'jeanne@example.org', 'fr', 'Bonjour', 'Bonjour.', '{"List-Unsubscribe": "<https://example.org/>"}', 2, '2026-03-10 09:00:00.123456+00:00', '2026-03-10 09:00:00.123456+00:00');

INSERT INTO mails (id, user_id, address, language, subject, body, headers, attempts, send_at, created_at)
VALUES ('mail_00000000000000000000000002', NULL, 'jules@example.org', 'en', 'Hello', 'Hello.', NULL, 0, '2026-03-10 09:00:00.123456+00:00', '2026-03-10 09:00:00.123456+00:00');
