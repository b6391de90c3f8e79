-- Whom comments mention, nicknames at rest, and what the names of organizations look like. Two jobs fill in what SQL
-- cannot: whom older comments mention (roadmap/old_mentions.go), and the looks of older organizations.

CREATE TABLE comment_mentions (
    id text NOT NULL PRIMARY KEY, -- of the comment, "@", and the nickname
    comment_id text NOT NULL REFERENCES comments (id) ON DELETE CASCADE,
    nickname text NOT NULL,
    -- No reference to users: writing one would lock the person after the thread, against the order of locks.
    user_id text NOT NULL
);
CREATE INDEX commentmention_comment_id ON comment_mentions (comment_id);
CREATE INDEX commentmention_user_id ON comment_mentions (user_id);

ALTER TABLE comments ADD COLUMN mentions_bound bool NOT NULL DEFAULT false;
CREATE INDEX comment_unbound ON comments (id) WHERE mentions_bound = false AND body LIKE '%@%';

CREATE TABLE resting_nicknames (
    id text NOT NULL PRIMARY KEY, -- a hash of what the nickname looks like
    user_id text,
    nickname text,
    until datetime NOT NULL
);
CREATE INDEX restingnickname_user_id ON resting_nicknames (user_id);
CREATE INDEX restingnickname_until ON resting_nicknames (until);

ALTER TABLE organizations ADD COLUMN looks text NOT NULL DEFAULT '';
CREATE INDEX organization_looks ON organizations (looks);
