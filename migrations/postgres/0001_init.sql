-- The first schema: the tables of ent/schema. Text sorts by byte, as it does on SQLite, so that
-- cursors and orders mean the same on both.

CREATE TABLE users (
    id text COLLATE "C" PRIMARY KEY,
    name text COLLATE "C" NOT NULL,
    nickname text COLLATE "C",
    email text COLLATE "C",
    password_hash text COLLATE "C",
    language text COLLATE "C" NOT NULL,
    site_admin boolean NOT NULL DEFAULT false,
    email_confirmed_at timestamptz,
    erased_at timestamptz,
    created_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX users_nickname_key ON users (nickname);
CREATE UNIQUE INDEX users_email_key ON users (email);

CREATE TABLE sessions (
    id text COLLATE "C" PRIMARY KEY,
    token_hash bytea NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    user_id text COLLATE "C" NOT NULL,
    FOREIGN KEY (user_id) REFERENCES users (id)
);
CREATE UNIQUE INDEX sessions_token_hash_key ON sessions (token_hash);
CREATE INDEX session_user_id ON sessions (user_id);
CREATE INDEX session_expires_at ON sessions (expires_at);

CREATE TABLE territories (
    id text COLLATE "C" PRIMARY KEY,
    kind text COLLATE "C" NOT NULL,
    code text COLLATE "C" NOT NULL,
    name text COLLATE "C" NOT NULL,
    search_name text COLLATE "C" NOT NULL,
    path text COLLATE "C" NOT NULL,
    parent_id text COLLATE "C",
    FOREIGN KEY (parent_id) REFERENCES territories (id)
);
CREATE UNIQUE INDEX territory_kind_code ON territories (kind, code);
CREATE INDEX territory_path ON territories (path);
CREATE INDEX territory_parent_id ON territories (parent_id);

CREATE TABLE organizations (
    id text COLLATE "C" PRIMARY KEY,
    name text COLLATE "C" NOT NULL,
    search_name text COLLATE "C" NOT NULL,
    kind text COLLATE "C" NOT NULL,
    verified_at timestamptz,
    created_at timestamptz NOT NULL,
    territory_id text COLLATE "C",
    FOREIGN KEY (territory_id) REFERENCES territories (id)
);
CREATE UNIQUE INDEX organizations_search_name_key ON organizations (search_name);
CREATE INDEX organization_territory_id ON organizations (territory_id);

CREATE TABLE memberships (
    id text COLLATE "C" PRIMARY KEY,
    role text COLLATE "C" NOT NULL,
    created_at timestamptz NOT NULL,
    organization_id text COLLATE "C" NOT NULL,
    user_id text COLLATE "C" NOT NULL,
    FOREIGN KEY (organization_id) REFERENCES organizations (id),
    FOREIGN KEY (user_id) REFERENCES users (id)
);
CREATE UNIQUE INDEX membership_organization_id_user_id ON memberships (organization_id, user_id);
CREATE INDEX membership_user_id ON memberships (user_id);

CREATE TABLE processes (
    id text COLLATE "C" PRIMARY KEY,
    slug text COLLATE "C" NOT NULL,
    title jsonb NOT NULL,
    description jsonb NOT NULL,
    languages jsonb NOT NULL,
    reference_prefix text COLLATE "C" NOT NULL,
    comment_max_length bigint NOT NULL DEFAULT 1000,
    evaluating_limit bigint NOT NULL DEFAULT 3,
    published_at timestamptz,
    last_number bigint NOT NULL DEFAULT 0,
    commitment_count bigint NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX processes_slug_key ON processes (slug);

CREATE TABLE phases (
    id text COLLATE "C" PRIMARY KEY,
    position bigint NOT NULL,
    name jsonb NOT NULL,
    description jsonb NOT NULL,
    opens_at timestamptz NOT NULL,
    closes_at timestamptz,
    comments boolean NOT NULL DEFAULT false,
    supports boolean NOT NULL DEFAULT false,
    amendment_submission boolean NOT NULL DEFAULT false,
    amendment_decision boolean NOT NULL DEFAULT false,
    amendment_promotion boolean NOT NULL DEFAULT false,
    announced text COLLATE "C" NOT NULL DEFAULT 'NOTHING',
    process_id text COLLATE "C" NOT NULL,
    FOREIGN KEY (process_id) REFERENCES processes (id)
);
CREATE INDEX phase_process_id_position ON phases (process_id, position);

CREATE TABLE axes (
    id text COLLATE "C" PRIMARY KEY,
    position bigint NOT NULL,
    title jsonb NOT NULL,
    description jsonb NOT NULL,
    process_id text COLLATE "C" NOT NULL,
    FOREIGN KEY (process_id) REFERENCES processes (id)
);
CREATE INDEX axis_process_id_position ON axes (process_id, position);

CREATE TABLE roles (
    id text COLLATE "C" PRIMARY KEY,
    name text COLLATE "C" NOT NULL,
    created_at timestamptz NOT NULL,
    process_id text COLLATE "C" NOT NULL,
    user_id text COLLATE "C" NOT NULL,
    FOREIGN KEY (process_id) REFERENCES processes (id),
    FOREIGN KEY (user_id) REFERENCES users (id)
);
CREATE UNIQUE INDEX role_user_id_process_id_name ON roles (user_id, process_id, name);
CREATE INDEX role_process_id ON roles (process_id);

CREATE TABLE commitments (
    id text COLLATE "C" PRIMARY KEY,
    number bigint NOT NULL,
    reference text COLLATE "C" NOT NULL,
    status text COLLATE "C" NOT NULL DEFAULT 'DRAFT',
    version_id text COLLATE "C" NOT NULL,
    version_number bigint NOT NULL,
    search_text text COLLATE "C" NOT NULL,
    published_at timestamptz,
    active_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL,
    amendment_count bigint NOT NULL DEFAULT 0,
    comment_count bigint NOT NULL DEFAULT 0,
    for_count bigint NOT NULL DEFAULT 0,
    against_count bigint NOT NULL DEFAULT 0,
    neutral_count bigint NOT NULL DEFAULT 0,
    support_count bigint NOT NULL DEFAULT 0,
    earlier_support_count bigint NOT NULL DEFAULT 0,
    axis_id text COLLATE "C" NOT NULL,
    promoted_from_id text COLLATE "C",
    process_id text COLLATE "C" NOT NULL,
    FOREIGN KEY (axis_id) REFERENCES axes (id),
    FOREIGN KEY (process_id) REFERENCES processes (id)
) WITH (fillfactor = 50); -- room for counters to be updated in place
CREATE UNIQUE INDEX commitments_reference_key ON commitments (reference);
CREATE UNIQUE INDEX commitment_process_id_number ON commitments (process_id, number);
CREATE INDEX commitment_axis_id ON commitments (axis_id);

CREATE TABLE commitment_territories (
    commitment_id text COLLATE "C" NOT NULL,
    territory_id text COLLATE "C" NOT NULL,
    PRIMARY KEY (commitment_id, territory_id),
    FOREIGN KEY (commitment_id) REFERENCES commitments (id) ON DELETE CASCADE,
    FOREIGN KEY (territory_id) REFERENCES territories (id) ON DELETE CASCADE
);

CREATE TABLE versions (
    id text COLLATE "C" PRIMARY KEY,
    number bigint NOT NULL,
    title jsonb NOT NULL,
    body jsonb NOT NULL,
    behind jsonb,
    source text COLLATE "C" NOT NULL,
    created_at timestamptz NOT NULL,
    commitment_id text COLLATE "C" NOT NULL,
    author_id text COLLATE "C" NOT NULL,
    organization_id text COLLATE "C",
    amendment_id text COLLATE "C",
    FOREIGN KEY (commitment_id) REFERENCES commitments (id),
    FOREIGN KEY (author_id) REFERENCES users (id),
    FOREIGN KEY (organization_id) REFERENCES organizations (id)
);
CREATE UNIQUE INDEX version_commitment_id_number ON versions (commitment_id, number);

CREATE TABLE amendments (
    id text COLLATE "C" PRIMARY KEY,
    language text COLLATE "C" NOT NULL,
    title text COLLATE "C" NOT NULL,
    body text COLLATE "C" NOT NULL,
    rationale text COLLATE "C" NOT NULL DEFAULT '',
    state text COLLATE "C" NOT NULL DEFAULT 'DRAFT',
    merge_state text COLLATE "C" NOT NULL DEFAULT 'CLEAN',
    merge_checked bigint NOT NULL DEFAULT 0,
    merge_due bigint NOT NULL DEFAULT 0,
    decision_reason text COLLATE "C" NOT NULL DEFAULT '',
    decided_at timestamptz,
    submitted_at timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    comment_count bigint NOT NULL DEFAULT 0,
    for_count bigint NOT NULL DEFAULT 0,
    against_count bigint NOT NULL DEFAULT 0,
    neutral_count bigint NOT NULL DEFAULT 0,
    base_id text COLLATE "C" NOT NULL,
    author_id text COLLATE "C" NOT NULL,
    organization_id text COLLATE "C",
    decider_id text COLLATE "C",
    commitment_id text COLLATE "C" NOT NULL,
    FOREIGN KEY (base_id) REFERENCES versions (id),
    FOREIGN KEY (author_id) REFERENCES users (id),
    FOREIGN KEY (organization_id) REFERENCES organizations (id),
    FOREIGN KEY (decider_id) REFERENCES users (id),
    FOREIGN KEY (commitment_id) REFERENCES commitments (id)
);
CREATE UNIQUE INDEX amendment_commitment_id_author_id ON amendments (commitment_id, author_id) WHERE state = 'DRAFT';
CREATE INDEX amendment_commitment_id_state_submitted_at ON amendments (commitment_id, state, submitted_at);
CREATE INDEX amendment_author_id_state ON amendments (author_id, state);
CREATE INDEX amendment_id ON amendments (id) WHERE merge_checked < merge_due;

CREATE TABLE comments (
    id text COLLATE "C" PRIMARY KEY,
    subject_id text COLLATE "C" NOT NULL,
    topic text COLLATE "C" NOT NULL,
    depth bigint NOT NULL,
    path text COLLATE "C" NOT NULL,
    body text COLLATE "C" NOT NULL,
    language text COLLATE "C" NOT NULL,
    alignment text COLLATE "C",
    up_count bigint NOT NULL DEFAULT 0,
    down_count bigint NOT NULL DEFAULT 0,
    score bigint NOT NULL DEFAULT 0,
    reply_count bigint NOT NULL DEFAULT 0,
    descendant_count bigint NOT NULL DEFAULT 0,
    edited_at timestamptz,
    deleted_at timestamptz,
    hidden_at timestamptz,
    created_at timestamptz NOT NULL,
    parent_id text COLLATE "C",
    author_id text COLLATE "C" NOT NULL,
    organization_id text COLLATE "C",
    FOREIGN KEY (parent_id) REFERENCES comments (id),
    FOREIGN KEY (author_id) REFERENCES users (id),
    FOREIGN KEY (organization_id) REFERENCES organizations (id)
);
CREATE INDEX comment_subject_id_created_at_id ON comments (subject_id, created_at, id);
CREATE INDEX comment_subject_id_path ON comments (subject_id, path);
CREATE INDEX comment_subject_id_depth_score_id ON comments (subject_id, depth, score, id);
CREATE INDEX comment_subject_id_depth_descendant_count_id ON comments (subject_id, depth, descendant_count, id);
CREATE INDEX comment_parent_id ON comments (parent_id);
CREATE INDEX comment_author_id_created_at ON comments (author_id, created_at);
CREATE INDEX comment_topic_organization_id ON comments (topic, organization_id) WHERE organization_id IS NOT NULL;
CREATE INDEX comment_subject_id ON comments (subject_id) WHERE deleted_at IS NOT NULL OR hidden_at IS NOT NULL;

CREATE TABLE comment_edits (
    id text COLLATE "C" PRIMARY KEY,
    body text COLLATE "C" NOT NULL,
    created_at timestamptz NOT NULL,
    comment_id text COLLATE "C" NOT NULL,
    FOREIGN KEY (comment_id) REFERENCES comments (id)
);
CREATE INDEX commentedit_comment_id_created_at ON comment_edits (comment_id, created_at);

CREATE TABLE comment_votes (
    id text COLLATE "C" PRIMARY KEY,
    value bigint NOT NULL,
    created_at timestamptz NOT NULL,
    comment_id text COLLATE "C" NOT NULL,
    user_id text COLLATE "C" NOT NULL,
    FOREIGN KEY (comment_id) REFERENCES comments (id),
    FOREIGN KEY (user_id) REFERENCES users (id)
);
CREATE UNIQUE INDEX commentvote_comment_id_user_id ON comment_votes (comment_id, user_id);
CREATE INDEX commentvote_user_id ON comment_votes (user_id);

CREATE TABLE supports (
    id text COLLATE "C" PRIMARY KEY,
    version_number bigint NOT NULL,
    created_at timestamptz NOT NULL,
    confirmed_at timestamptz,
    commitment_id text COLLATE "C" NOT NULL,
    version_id text COLLATE "C" NOT NULL,
    user_id text COLLATE "C",
    organization_id text COLLATE "C",
    signatory_id text COLLATE "C",
    FOREIGN KEY (commitment_id) REFERENCES commitments (id),
    FOREIGN KEY (version_id) REFERENCES versions (id),
    FOREIGN KEY (user_id) REFERENCES users (id),
    FOREIGN KEY (organization_id) REFERENCES organizations (id),
    FOREIGN KEY (signatory_id) REFERENCES users (id),
    CHECK ((user_id IS NULL) <> (organization_id IS NULL))
);
CREATE UNIQUE INDEX support_commitment_id_user_id ON supports (commitment_id, user_id);
CREATE UNIQUE INDEX support_commitment_id_organization_id ON supports (commitment_id, organization_id);
CREATE INDEX support_commitment_id_created_at_id ON supports (commitment_id, created_at, id);
CREATE INDEX support_user_id ON supports (user_id);
CREATE INDEX support_organization_id ON supports (organization_id);

CREATE TABLE topics (
    id text COLLATE "C" PRIMARY KEY,
    seq bigint NOT NULL,
    nonce bigint NOT NULL,
    previous_nonce bigint NOT NULL
) WITH (fillfactor = 50); -- as above: every event updates its topic

CREATE TABLE events (
    id text COLLATE "C" PRIMARY KEY,
    topic text COLLATE "C" NOT NULL,
    seq bigint NOT NULL,
    nonce bigint NOT NULL,
    previous_nonce bigint NOT NULL,
    type text COLLATE "C" NOT NULL,
    subject_id text COLLATE "C" NOT NULL,
    actor_id text COLLATE "C",
    data jsonb,
    at timestamptz NOT NULL
);
CREATE UNIQUE INDEX event_topic_seq ON events (topic, seq);
CREATE INDEX event_at ON events (at);

CREATE TABLE idempotency_keys (
    id text COLLATE "C" PRIMARY KEY,
    user_id text COLLATE "C" NOT NULL,
    mutation text COLLATE "C" NOT NULL,
    key text COLLATE "C" NOT NULL,
    input_hash bytea NOT NULL,
    answer_id text COLLATE "C" NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX idempotencykey_user_id_mutation_key ON idempotency_keys (user_id, mutation, key);
CREATE INDEX idempotencykey_created_at ON idempotency_keys (created_at);

ALTER TABLE commitments ADD FOREIGN KEY (promoted_from_id) REFERENCES amendments (id);
ALTER TABLE versions ADD FOREIGN KEY (amendment_id) REFERENCES amendments (id);
