-- Rows of a database at version 8.

INSERT INTO moderations (id, item_id, kind, process_id, action, reason, facts, ground, automated, decider_id, created_at)
VALUES ('moderation_00000000000000000000000001', 'comment_00000000000000000000000001', 'COMMENT', 'process_00000000000000000000000001', 'HIDE', 'ILLEGAL', 'Une adresse privée.', 'RGPD, art. 6', false, 'user_00000000000000000000000001', '2026-03-10 09:00:00.123456+00:00');

INSERT INTO moderations (id, item_id, kind, process_id, action, reason, automated, created_at)
VALUES ('moderation_00000000000000000000000002', 'amendment_00000000000000000000000001', 'AMENDMENT', 'process_00000000000000000000000001', 'DISMISS', NULL, true, '2026-03-10 09:00:00.123456+00:00');

INSERT INTO reports (id, case_id, item_id, kind, process_id, reporter_id, reason, text, good_faith, outcome, moderation_id, decided_at, created_at, updated_at)
VALUES ('report_00000000000000000000000001', 'case_00000000000000000000000001', 'comment_00000000000000000000000001', 'COMMENT', 'process_00000000000000000000000001', 'user_00000000000000000000000001', 'ILLEGAL', 'Une adresse.', true, 'HIDDEN', 'moderation_00000000000000000000000001', '2026-03-10 09:00:00.123456+00:00', '2026-03-10 09:00:00.123456+00:00', '2026-03-10 09:00:00.123456+00:00');

INSERT INTO appeals (id, moderation_id, item_id, process_id, author_id, text, created_at)
VALUES ('appeal_00000000000000000000000001', 'moderation_00000000000000000000000001', 'comment_00000000000000000000000001', 'process_00000000000000000000000001', 'user_00000000000000000000000001', 'C’est la mienne.', '2026-03-10 09:00:00.123456+00:00');

INSERT INTO moderation_cases (id, item_id, kind, process_id, author_id, state, removed, held_for, report_count, opened_at, created_at)
VALUES ('case_00000000000000000000000001', 'comment_00000000000000000000000001', 'COMMENT', 'process_00000000000000000000000001', 'user_00000000000000000000000001', 'APPEALED', true, '["LINKS"]', 1, '2026-03-10 09:00:00.123456+00:00', '2026-03-10 09:00:00.123456+00:00');
