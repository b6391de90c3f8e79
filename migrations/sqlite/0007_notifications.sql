-- What people follow, and what they are told.

CREATE TABLE follows (
    id text NOT NULL PRIMARY KEY,
    user_id text NOT NULL,
    kind text NOT NULL,
    subject_id text NOT NULL,
    active bool NOT NULL DEFAULT true,
    created_at datetime NOT NULL
);
CREATE UNIQUE INDEX follow_user_id_subject_id ON follows (user_id, subject_id);
CREATE INDEX follow_subject_id_user_id ON follows (subject_id, user_id);
CREATE INDEX follow_user_id_created_at_id ON follows (user_id, created_at, id);

CREATE TABLE notifications (
    id text NOT NULL PRIMARY KEY,
    user_id text NOT NULL,
    kind text NOT NULL,
    subject_id text NOT NULL,
    items json NOT NULL,
    count integer NOT NULL,
    created_at datetime NOT NULL,
    updated_at datetime NOT NULL,
    read_at datetime
);
CREATE UNIQUE INDEX notification_user_id_kind_subject_id ON notifications (user_id, kind, subject_id) WHERE read_at IS NULL;
CREATE INDEX notification_user_id_updated_at_id ON notifications (user_id, updated_at, id);
CREATE INDEX notification_subject_id ON notifications (subject_id);
CREATE INDEX notification_updated_at ON notifications (updated_at);

CREATE TABLE mentions (
    id text NOT NULL PRIMARY KEY,
    comment_id text NOT NULL,
    user_id text NOT NULL,
    created_at datetime NOT NULL
);
CREATE UNIQUE INDEX mention_comment_id_user_id ON mentions (comment_id, user_id);
CREATE INDEX mention_user_id ON mentions (user_id);

CREATE TABLE notification_settings (
    id text NOT NULL PRIMARY KEY, -- of the person
    muted json,
    follows_automatically bool NOT NULL DEFAULT true,
    digest text NOT NULL DEFAULT 'NEVER',
    digest_at datetime,
    digest_since datetime,
    mails_mentions bool NOT NULL DEFAULT false,
    mentions_at datetime,
    mentions_since datetime
);
CREATE INDEX notificationsettings_digest_at ON notification_settings (digest_at);
CREATE INDEX notificationsettings_mentions_at ON notification_settings (mentions_at);

CREATE TABLE unsubscriptions (
    id text NOT NULL PRIMARY KEY,
    token_hash blob NOT NULL,
    user_id text NOT NULL,
    mails text NOT NULL,
    created_at datetime NOT NULL
);
CREATE UNIQUE INDEX unsubscriptions_token_hash_key ON unsubscriptions (token_hash);
CREATE INDEX unsubscription_user_id ON unsubscriptions (user_id);
CREATE INDEX unsubscription_created_at ON unsubscriptions (created_at);

CREATE TABLE fanouts (
    id text NOT NULL PRIMARY KEY, -- of the event
    topic text NOT NULL,
    type text NOT NULL,
    caller_id text NOT NULL DEFAULT '',
    told text NOT NULL DEFAULT '',
    count integer NOT NULL DEFAULT 1,
    created_at datetime NOT NULL
);
CREATE INDEX fanout_topic_type ON fanouts (topic, type);
