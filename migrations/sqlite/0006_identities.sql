-- People who sign in with OpenID Connect, and those on their way to it.

CREATE TABLE identities (
    id text NOT NULL PRIMARY KEY,
    issuer text NOT NULL,
    subject text NOT NULL,
    created_at datetime NOT NULL,
    user_id text NOT NULL,
    FOREIGN KEY (user_id) REFERENCES users (id)
);
CREATE UNIQUE INDEX identity_issuer_subject ON identities (issuer, subject);
CREATE INDEX identity_user_id ON identities (user_id);

CREATE TABLE sign_in_attempts (
    id text NOT NULL PRIMARY KEY,
    state text NOT NULL,
    provider text NOT NULL,
    nonce text NOT NULL,
    verifier text NOT NULL,
    return_to text NOT NULL,
    user_id text,
    created_at datetime NOT NULL
);
CREATE UNIQUE INDEX sign_in_attempts_state_key ON sign_in_attempts (state);
CREATE INDEX signinattempt_created_at ON sign_in_attempts (created_at);

CREATE TABLE provider_sessions (
    id text NOT NULL PRIMARY KEY,
    provider text NOT NULL,
    id_token blob NOT NULL,
    session_id text NOT NULL,
    FOREIGN KEY (session_id) REFERENCES sessions (id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX providersession_session_id ON provider_sessions (session_id);
