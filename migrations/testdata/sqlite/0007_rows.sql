-- Rows of a database at version 7.

INSERT INTO follows (id, user_id, kind, subject_id, active, created_at)
VALUES ('follow_00000000000000000000000001', 'user_00000000000000000000000001', 'COMMITMENT', 'commitment_00000000000000000000000001', true, '2026-03-10 09:00:00.123456+00:00');

INSERT INTO notifications (id, user_id, kind, subject_id, items, count, created_at, updated_at, read_at)
VALUES ('notification_00000000000000000000000001', 'user_00000000000000000000000001', 'ANSWER', 'comment_00000000000000000000000001', '["comment_00000000000000000000000002"]', 1, '2026-03-10 09:00:00.123456+00:00', '2026-03-10 09:00:00.123456+00:00', NULL);

INSERT INTO notifications (id, user_id, kind, subject_id, items, count, created_at, updated_at, read_at)
VALUES ('notification_00000000000000000000000002', 'user_00000000000000000000000001', 'COMMITMENT_PUBLISHED', 'process_00000000000000000000000001', '[]', 200, '2026-03-10 09:00:00.123456+00:00', '2026-03-10 09:00:00.123456+00:00', '2026-03-10 09:00:00.123456+00:00');

INSERT INTO mentions (id, comment_id, user_id, created_at)
VALUES ('mention_00000000000000000000000001', 'comment_00000000000000000000000001', 'user_00000000000000000000000001', '2026-03-10 09:00:00.123456+00:00');

INSERT INTO notification_settings (id, muted, follows_automatically, digest, digest_at, digest_since, mails_mentions, mentions_at, mentions_since)
VALUES ('user_00000000000000000000000001', '["ANSWER"]', false, 'WEEKLY', '2026-03-10 09:00:00.123456+00:00', '2026-03-10 09:00:00.123456+00:00', true, '2026-03-10 09:00:00.123456+00:00', '2026-03-10 09:00:00.123456+00:00');

INSERT INTO notification_settings (id, muted, follows_automatically, digest, digest_at, digest_since, mails_mentions, mentions_at, mentions_since)
VALUES ('user_00000000000000000000000002', NULL, true, 'NEVER', NULL, NULL, false, NULL, NULL);

INSERT INTO unsubscriptions (id, token_hash, user_id, mails, created_at)
VALUES ('unsubscription_00000000000000000000000001', x'000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f', 'user_00000000000000000000000001', 'DIGEST', '2026-03-10 09:00:00.123456+00:00');

INSERT INTO fanouts (id, topic, type, caller_id, told, count, created_at)
VALUES ('event_00000000000000000000000001', 'commitment_00000000000000000000000001', 'SupportAdded', '', '', 1, '2026-03-10 09:00:00.123456+00:00');
