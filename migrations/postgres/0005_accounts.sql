-- Where sessions are and when they were used, accounts that wait for a confirmation, tokens of programs and of mailed links.

ALTER TABLE users ADD COLUMN confirm_by timestamptz;
CREATE INDEX user_confirm_by ON users (confirm_by);

ALTER TABLE sessions ADD COLUMN used_at timestamptz;
ALTER TABLE sessions ADD COLUMN device text COLLATE "C" NOT NULL DEFAULT '';

CREATE TABLE access_tokens (
    id text COLLATE "C" PRIMARY KEY,
    name text COLLATE "C" NOT NULL,
    token_hash bytea NOT NULL,
    scopes text COLLATE "C" NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz,
    user_id text COLLATE "C" NOT NULL,
    FOREIGN KEY (user_id) REFERENCES users (id)
);
CREATE UNIQUE INDEX access_tokens_token_hash_key ON access_tokens (token_hash);
CREATE INDEX accesstoken_user_id_created_at ON access_tokens (user_id, created_at);
CREATE INDEX accesstoken_expires_at ON access_tokens (expires_at);

CREATE TABLE mailed_tokens (
    id text COLLATE "C" PRIMARY KEY,
    purpose text COLLATE "C" NOT NULL,
    address text COLLATE "C" NOT NULL,
    token_hash bytea NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    user_id text COLLATE "C",
    FOREIGN KEY (user_id) REFERENCES users (id)
);
CREATE UNIQUE INDEX mailed_tokens_token_hash_key ON mailed_tokens (token_hash);
CREATE INDEX mailedtoken_address_purpose ON mailed_tokens (address, purpose);
CREATE INDEX mailedtoken_user_id ON mailed_tokens (user_id);
CREATE INDEX mailedtoken_expires_at ON mailed_tokens (expires_at);
