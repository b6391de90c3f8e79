-- Where sessions are and when they were used, accounts that wait for a confirmation, tokens of programs and of mailed links.

ALTER TABLE users ADD COLUMN confirm_by datetime;
CREATE INDEX user_confirm_by ON users (confirm_by);

ALTER TABLE sessions ADD COLUMN used_at datetime;
ALTER TABLE sessions ADD COLUMN device text NOT NULL DEFAULT '';

CREATE TABLE access_tokens (
    id text NOT NULL PRIMARY KEY,
    name text NOT NULL,
    token_hash blob NOT NULL,
    scopes text NOT NULL,
    created_at datetime NOT NULL,
    expires_at datetime NOT NULL,
    used_at datetime,
    user_id text NOT NULL,
    FOREIGN KEY (user_id) REFERENCES users (id)
);
CREATE UNIQUE INDEX access_tokens_token_hash_key ON access_tokens (token_hash);
CREATE INDEX accesstoken_user_id_created_at ON access_tokens (user_id, created_at);
CREATE INDEX accesstoken_expires_at ON access_tokens (expires_at);

CREATE TABLE mailed_tokens (
    id text NOT NULL PRIMARY KEY,
    purpose text NOT NULL,
    address text NOT NULL,
    token_hash blob NOT NULL,
    created_at datetime NOT NULL,
    expires_at datetime NOT NULL,
    user_id text,
    FOREIGN KEY (user_id) REFERENCES users (id)
);
CREATE UNIQUE INDEX mailed_tokens_token_hash_key ON mailed_tokens (token_hash);
CREATE INDEX mailedtoken_address_purpose ON mailed_tokens (address, purpose);
CREATE INDEX mailedtoken_user_id ON mailed_tokens (user_id);
CREATE INDEX mailedtoken_expires_at ON mailed_tokens (expires_at);
