-- What people follow, and what they are told.

CREATE TABLE follows (
    id text COLLATE "C" PRIMARY KEY,
    user_id text COLLATE "C" NOT NULL,
    kind text COLLATE "C" NOT NULL,
    subject_id text COLLATE "C" NOT NULL,
    active boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX follow_user_id_subject_id ON follows (user_id, subject_id);
CREATE INDEX follow_subject_id_user_id ON follows (subject_id, user_id);
CREATE INDEX follow_user_id_created_at_id ON follows (user_id, created_at, id);

CREATE TABLE notifications (
    id text COLLATE "C" PRIMARY KEY,
    user_id text COLLATE "C" NOT NULL,
    kind text COLLATE "C" NOT NULL,
    subject_id text COLLATE "C" NOT NULL,
    items jsonb NOT NULL,
    count bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    read_at timestamptz
);
CREATE UNIQUE INDEX notification_user_id_kind_subject_id ON notifications (user_id, kind, subject_id) WHERE read_at IS NULL;
CREATE INDEX notification_user_id_updated_at_id ON notifications (user_id, updated_at, id);
CREATE INDEX notification_subject_id ON notifications (subject_id);
CREATE INDEX notification_updated_at ON notifications (updated_at);

CREATE TABLE mentions (
    id text COLLATE "C" PRIMARY KEY,
    comment_id text COLLATE "C" NOT NULL,
    user_id text COLLATE "C" NOT NULL,
    created_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX mention_comment_id_user_id ON mentions (comment_id, user_id);
CREATE INDEX mention_user_id ON mentions (user_id);

CREATE TABLE notification_settings (
    id text COLLATE "C" PRIMARY KEY, -- of the person
    muted jsonb,
    follows_automatically boolean NOT NULL DEFAULT true,
    digest text COLLATE "C" NOT NULL DEFAULT 'NEVER',
    digest_at timestamptz,
    digest_since timestamptz,
    mails_mentions boolean NOT NULL DEFAULT false,
    mentions_at timestamptz,
    mentions_since timestamptz
);
CREATE INDEX notificationsettings_digest_at ON notification_settings (digest_at);
CREATE INDEX notificationsettings_mentions_at ON notification_settings (mentions_at);

CREATE TABLE unsubscriptions (
    id text COLLATE "C" PRIMARY KEY,
    token_hash bytea NOT NULL,
    user_id text COLLATE "C" NOT NULL,
    mails text COLLATE "C" NOT NULL,
    created_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX unsubscriptions_token_hash_key ON unsubscriptions (token_hash);
CREATE INDEX unsubscription_user_id ON unsubscriptions (user_id);
CREATE INDEX unsubscription_created_at ON unsubscriptions (created_at);

CREATE TABLE fanouts (
    id text COLLATE "C" PRIMARY KEY, -- of the event
    topic text COLLATE "C" NOT NULL,
    type text COLLATE "C" NOT NULL,
    caller_id text COLLATE "C" NOT NULL DEFAULT '',
    told text COLLATE "C" NOT NULL DEFAULT '',
    count bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL
);
CREATE INDEX fanout_topic_type ON fanouts (topic, type);
