-- What nicknames look like (clean.Skeleton), which is unique from now on. Where several people bear nicknames that look
-- alike, all keep theirs, and the look is noted for the oldest account alone.

ALTER TABLE users ADD COLUMN nickname_look text COLLATE "C";
CREATE UNIQUE INDEX users_nickname_look_key ON users (nickname_look);

UPDATE users SET nickname_look = looks.look
FROM (
    SELECT id, look, row_number() OVER (PARTITION BY look ORDER BY created_at, id) AS place
    FROM (SELECT id, created_at, replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(nickname,
    '-', ' '), '_', ' '), 'rn', 'm'), 'vv', 'w'), '0', 'o'), '1', 'i'), 'l', 'i'), '3', 'e'), '4', 'a'), '5', 's'), '7', 't'), ' ', '') AS look
        FROM users WHERE nickname IS NOT NULL) AS alike
) AS looks
WHERE looks.id = users.id AND looks.place = 1;
