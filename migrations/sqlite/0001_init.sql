-- The first schema: the tables of ent/schema.

CREATE TABLE users (
    id text NOT NULL PRIMARY KEY,
    name text NOT NULL,
    nickname text,
    email text,
    password_hash text,
    language text NOT NULL,
    site_admin bool NOT NULL DEFAULT false,
    email_confirmed_at datetime,
    erased_at datetime,
    created_at datetime NOT NULL
);
CREATE UNIQUE INDEX users_nickname_key ON users (nickname);
CREATE UNIQUE INDEX users_email_key ON users (email);

CREATE TABLE sessions (
    id text NOT NULL PRIMARY KEY,
    token_hash blob NOT NULL,
    created_at datetime NOT NULL,
    expires_at datetime NOT NULL,
    user_id text NOT NULL,
    FOREIGN KEY (user_id) REFERENCES users (id)
);
CREATE UNIQUE INDEX sessions_token_hash_key ON sessions (token_hash);
CREATE INDEX session_user_id ON sessions (user_id);
CREATE INDEX session_expires_at ON sessions (expires_at);

CREATE TABLE territories (
    id text NOT NULL PRIMARY KEY,
    kind text NOT NULL,
    code text NOT NULL,
    name text NOT NULL,
    search_name text NOT NULL,
    path text NOT NULL,
    parent_id text,
    FOREIGN KEY (parent_id) REFERENCES territories (id)
);
CREATE UNIQUE INDEX territory_kind_code ON territories (kind, code);
CREATE INDEX territory_path ON territories (path);
CREATE INDEX territory_parent_id ON territories (parent_id);

CREATE TABLE organizations (
    id text NOT NULL PRIMARY KEY,
    name text NOT NULL,
    search_name text NOT NULL,
    kind text NOT NULL,
    verified_at datetime,
    created_at datetime NOT NULL,
    territory_id text,
    FOREIGN KEY (territory_id) REFERENCES territories (id)
);
CREATE UNIQUE INDEX organizations_search_name_key ON organizations (search_name);
CREATE INDEX organization_territory_id ON organizations (territory_id);

CREATE TABLE memberships (
    id text NOT NULL PRIMARY KEY,
    role text NOT NULL,
    created_at datetime NOT NULL,
    organization_id text NOT NULL,
    user_id text NOT NULL,
    FOREIGN KEY (organization_id) REFERENCES organizations (id),
    FOREIGN KEY (user_id) REFERENCES users (id)
);
CREATE UNIQUE INDEX membership_organization_id_user_id ON memberships (organization_id, user_id);
CREATE INDEX membership_user_id ON memberships (user_id);

CREATE TABLE processes (
    id text NOT NULL PRIMARY KEY,
    slug text NOT NULL,
    title json NOT NULL,
    description json NOT NULL,
    languages json NOT NULL,
    reference_prefix text NOT NULL,
    comment_max_length integer NOT NULL DEFAULT 1000,
    evaluating_limit integer NOT NULL DEFAULT 3,
    published_at datetime,
    last_number integer NOT NULL DEFAULT 0,
    commitment_count integer NOT NULL DEFAULT 0,
    created_at datetime NOT NULL,
    updated_at datetime NOT NULL
);
CREATE UNIQUE INDEX processes_slug_key ON processes (slug);

CREATE TABLE phases (
    id text NOT NULL PRIMARY KEY,
    position integer NOT NULL,
    name json NOT NULL,
    description json NOT NULL,
    opens_at datetime NOT NULL,
    closes_at datetime,
    comments bool NOT NULL DEFAULT false,
    supports bool NOT NULL DEFAULT false,
    amendment_submission bool NOT NULL DEFAULT false,
    amendment_decision bool NOT NULL DEFAULT false,
    amendment_promotion bool NOT NULL DEFAULT false,
    announced text NOT NULL DEFAULT 'NOTHING',
    process_id text NOT NULL,
    FOREIGN KEY (process_id) REFERENCES processes (id)
);
CREATE INDEX phase_process_id_position ON phases (process_id, position);

CREATE TABLE axes (
    id text NOT NULL PRIMARY KEY,
    position integer NOT NULL,
    title json NOT NULL,
    description json NOT NULL,
    process_id text NOT NULL,
    FOREIGN KEY (process_id) REFERENCES processes (id)
);
CREATE INDEX axis_process_id_position ON axes (process_id, position);

CREATE TABLE roles (
    id text NOT NULL PRIMARY KEY,
    name text NOT NULL,
    created_at datetime NOT NULL,
    process_id text NOT NULL,
    user_id text NOT NULL,
    FOREIGN KEY (process_id) REFERENCES processes (id),
    FOREIGN KEY (user_id) REFERENCES users (id)
);
CREATE UNIQUE INDEX role_user_id_process_id_name ON roles (user_id, process_id, name);
CREATE INDEX role_process_id ON roles (process_id);

CREATE TABLE commitments (
    id text NOT NULL PRIMARY KEY,
    number integer NOT NULL,
    reference text NOT NULL,
    status text NOT NULL DEFAULT 'DRAFT',
    version_id text NOT NULL,
    version_number integer NOT NULL,
    search_text text NOT NULL,
    published_at datetime,
    active_at datetime NOT NULL,
    created_at datetime NOT NULL,
    amendment_count integer NOT NULL DEFAULT 0,
    comment_count integer NOT NULL DEFAULT 0,
    for_count integer NOT NULL DEFAULT 0,
    against_count integer NOT NULL DEFAULT 0,
    neutral_count integer NOT NULL DEFAULT 0,
    support_count integer NOT NULL DEFAULT 0,
    earlier_support_count integer NOT NULL DEFAULT 0,
    axis_id text NOT NULL,
    promoted_from_id text,
    process_id text NOT NULL,
    FOREIGN KEY (axis_id) REFERENCES axes (id),
    FOREIGN KEY (promoted_from_id) REFERENCES amendments (id),
    FOREIGN KEY (process_id) REFERENCES processes (id)
);
CREATE UNIQUE INDEX commitments_reference_key ON commitments (reference);
CREATE UNIQUE INDEX commitment_process_id_number ON commitments (process_id, number);
CREATE INDEX commitment_axis_id ON commitments (axis_id);

CREATE TABLE commitment_territories (
    commitment_id text NOT NULL,
    territory_id text NOT NULL,
    PRIMARY KEY (commitment_id, territory_id),
    FOREIGN KEY (commitment_id) REFERENCES commitments (id) ON DELETE CASCADE,
    FOREIGN KEY (territory_id) REFERENCES territories (id) ON DELETE CASCADE
);

CREATE TABLE versions (
    id text NOT NULL PRIMARY KEY,
    number integer NOT NULL,
    title json NOT NULL,
    body json NOT NULL,
    behind json,
    source text NOT NULL,
    created_at datetime NOT NULL,
    commitment_id text NOT NULL,
    author_id text NOT NULL,
    organization_id text,
    amendment_id text,
    FOREIGN KEY (commitment_id) REFERENCES commitments (id),
    FOREIGN KEY (author_id) REFERENCES users (id),
    FOREIGN KEY (organization_id) REFERENCES organizations (id),
    FOREIGN KEY (amendment_id) REFERENCES amendments (id)
);
CREATE UNIQUE INDEX version_commitment_id_number ON versions (commitment_id, number);

CREATE TABLE amendments (
    id text NOT NULL PRIMARY KEY,
    language text NOT NULL,
    title text NOT NULL,
    body text NOT NULL,
    rationale text NOT NULL DEFAULT '',
    state text NOT NULL DEFAULT 'DRAFT',
    merge_state text NOT NULL DEFAULT 'CLEAN',
    merge_checked integer NOT NULL DEFAULT 0,
    merge_due integer NOT NULL DEFAULT 0,
    decision_reason text NOT NULL DEFAULT '',
    decided_at datetime,
    submitted_at datetime,
    created_at datetime NOT NULL,
    updated_at datetime NOT NULL,
    comment_count integer NOT NULL DEFAULT 0,
    for_count integer NOT NULL DEFAULT 0,
    against_count integer NOT NULL DEFAULT 0,
    neutral_count integer NOT NULL DEFAULT 0,
    base_id text NOT NULL,
    author_id text NOT NULL,
    organization_id text,
    decider_id text,
    commitment_id text NOT NULL,
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
    id text NOT NULL PRIMARY KEY,
    subject_id text NOT NULL,
    topic text NOT NULL,
    depth integer NOT NULL,
    path text NOT NULL,
    body text NOT NULL,
    language text NOT NULL,
    alignment text,
    up_count integer NOT NULL DEFAULT 0,
    down_count integer NOT NULL DEFAULT 0,
    score integer NOT NULL DEFAULT 0,
    reply_count integer NOT NULL DEFAULT 0,
    descendant_count integer NOT NULL DEFAULT 0,
    edited_at datetime,
    deleted_at datetime,
    hidden_at datetime,
    created_at datetime NOT NULL,
    parent_id text,
    author_id text NOT NULL,
    organization_id text,
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
    id text NOT NULL PRIMARY KEY,
    body text NOT NULL,
    created_at datetime NOT NULL,
    comment_id text NOT NULL,
    FOREIGN KEY (comment_id) REFERENCES comments (id)
);
CREATE INDEX commentedit_comment_id_created_at ON comment_edits (comment_id, created_at);

CREATE TABLE comment_votes (
    id text NOT NULL PRIMARY KEY,
    value integer NOT NULL,
    created_at datetime NOT NULL,
    comment_id text NOT NULL,
    user_id text NOT NULL,
    FOREIGN KEY (comment_id) REFERENCES comments (id),
    FOREIGN KEY (user_id) REFERENCES users (id)
);
CREATE UNIQUE INDEX commentvote_comment_id_user_id ON comment_votes (comment_id, user_id);
CREATE INDEX commentvote_user_id ON comment_votes (user_id);

CREATE TABLE supports (
    id text NOT NULL PRIMARY KEY,
    version_number integer NOT NULL,
    created_at datetime NOT NULL,
    confirmed_at datetime,
    commitment_id text NOT NULL,
    version_id text NOT NULL,
    user_id text,
    organization_id text,
    signatory_id text,
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
    id text NOT NULL PRIMARY KEY,
    seq integer NOT NULL,
    nonce integer NOT NULL,
    previous_nonce integer NOT NULL
);

CREATE TABLE events (
    id text NOT NULL PRIMARY KEY,
    topic text NOT NULL,
    seq integer NOT NULL,
    nonce integer NOT NULL,
    previous_nonce integer NOT NULL,
    type text NOT NULL,
    subject_id text NOT NULL,
    actor_id text,
    data json,
    at datetime NOT NULL
);
CREATE UNIQUE INDEX event_topic_seq ON events (topic, seq);
CREATE INDEX event_at ON events (at);

CREATE TABLE idempotency_keys (
    id text NOT NULL PRIMARY KEY,
    user_id text NOT NULL,
    mutation text NOT NULL,
    key text NOT NULL,
    input_hash blob NOT NULL,
    answer_id text NOT NULL DEFAULT '',
    created_at datetime NOT NULL
);
CREATE UNIQUE INDEX idempotencykey_user_id_mutation_key ON idempotency_keys (user_id, mutation, key);
CREATE INDEX idempotencykey_created_at ON idempotency_keys (created_at);
