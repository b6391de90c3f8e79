-- Rows of a database at version 11.

INSERT INTO comment_mentions (id, comment_id, nickname, user_id)
VALUES ('comment_00000000000000000000000001@jeanne', 'comment_00000000000000000000000001', 'jeanne', 'user_00000000000000000000000001');

INSERT INTO resting_nicknames (id, user_id, nickname, until)
VALUES ('49e5b9', 'user_00000000000000000000000001', 'jane', '2026-03-10 09:00:00.123456+00:00');

INSERT INTO resting_nicknames (id, user_id, nickname, until)
VALUES ('81b637', NULL, NULL, '2026-03-10 09:00:00.123456+00:00');
