-- People who sign in with OpenID Connect, and those on their way to it.

CREATE TABLE identities (
    id text COLLATE "C" PRIMARY KEY,
    issuer text COLLATE "C" NOT NULL,
    subject text COLLATE "C" NOT NULL,
    created_at timestamptz NOT NULL,
    user_id text COLLATE "C" NOT NULL,
    FOREIGN KEY (user_id) REFERENCES users (id)
);
CREATE UNIQUE INDEX identity_issuer_subject ON identities (issuer, subject);
CREATE INDEX identity_user_id ON identities (user_id);

CREATE TABLE sign_in_attempts (
    id text COLLATE "C" PRIMARY KEY,
    state text COLLATE "C" NOT NULL,
    provider text COLLATE "C" NOT NULL,
    nonce text COLLATE "C" NOT NULL,
    verifier text COLLATE "C" NOT NULL,
    return_to text COLLATE "C" NOT NULL,
    user_id text COLLATE "C",
    created_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX sign_in_attempts_state_key ON sign_in_attempts (state);
CREATE INDEX signinattempt_created_at ON sign_in_attempts (created_at);

CREATE TABLE provider_sessions (
    id text COLLATE "C" PRIMARY KEY,
    provider text COLLATE "C" NOT NULL,
    id_token bytea NOT NULL,
    session_id text COLLATE "C" NOT NULL,
    FOREIGN KEY (session_id) REFERENCES sessions (id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX providersession_session_id ON provider_sessions (session_id);
