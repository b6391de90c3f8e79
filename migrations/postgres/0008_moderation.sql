-- Reports, decisions of moderators and appeals; content that is hidden, or held before it is published.

ALTER TABLE processes ADD COLUMN reports_to_hide bigint NOT NULL DEFAULT 3;
ALTER TABLE processes ADD COLUMN link_limit bigint NOT NULL DEFAULT 5;
ALTER TABLE processes ADD COLUMN holds_repeats boolean NOT NULL DEFAULT true;
ALTER TABLE processes ADD COLUMN held_words jsonb;
ALTER TABLE processes ADD COLUMN pre_moderation text COLLATE "C" NOT NULL DEFAULT 'NONE';

ALTER TABLE comments ADD COLUMN held_at timestamptz;
ALTER TABLE amendments ADD COLUMN hidden_at timestamptz;
ALTER TABLE amendments ADD COLUMN held_at timestamptz;
CREATE INDEX amendment_hidden_at ON amendments (hidden_at) WHERE hidden_at IS NOT NULL;

CREATE TABLE reports (
    id text COLLATE "C" PRIMARY KEY,
    case_id text COLLATE "C" NOT NULL,
    item_id text COLLATE "C" NOT NULL,
    kind text COLLATE "C" NOT NULL,
    process_id text COLLATE "C" NOT NULL,
    reporter_id text COLLATE "C" NOT NULL,
    reason text COLLATE "C" NOT NULL,
    text text COLLATE "C" NOT NULL DEFAULT '',
    good_faith boolean NOT NULL DEFAULT false,
    outcome text COLLATE "C",
    moderation_id text COLLATE "C",
    decided_at timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX report_item_id_reporter_id ON reports (item_id, reporter_id);
CREATE INDEX report_reporter_id_created_at_id ON reports (reporter_id, created_at, id);
CREATE INDEX report_case_id_created_at_id ON reports (case_id, created_at, id);

CREATE TABLE moderations (
    id text COLLATE "C" PRIMARY KEY,
    item_id text COLLATE "C" NOT NULL,
    kind text COLLATE "C" NOT NULL,
    process_id text COLLATE "C" NOT NULL,
    action text COLLATE "C" NOT NULL,
    reason text COLLATE "C",
    facts text COLLATE "C" NOT NULL DEFAULT '',
    ground text COLLATE "C" NOT NULL DEFAULT '',
    automated boolean NOT NULL,
    decider_id text COLLATE "C",
    created_at timestamptz NOT NULL
);
CREATE INDEX moderation_process_id_created_at_id ON moderations (process_id, created_at, id);
CREATE INDEX moderation_item_id_created_at_id ON moderations (item_id, created_at, id);

CREATE FUNCTION moderations_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'decisions of moderators are kept';
END $$;
CREATE TRIGGER moderations_stay BEFORE DELETE OR TRUNCATE ON moderations
    FOR EACH STATEMENT EXECUTE FUNCTION moderations_stay();
CREATE TRIGGER moderations_stay_unchanged BEFORE UPDATE OF id, item_id, kind, process_id, action, reason, ground, automated, decider_id, created_at ON moderations
    FOR EACH STATEMENT EXECUTE FUNCTION moderations_stay();

CREATE TABLE appeals (
    id text COLLATE "C" PRIMARY KEY,
    moderation_id text COLLATE "C" NOT NULL,
    item_id text COLLATE "C" NOT NULL,
    process_id text COLLATE "C" NOT NULL,
    author_id text COLLATE "C" NOT NULL,
    text text COLLATE "C" NOT NULL,
    state text COLLATE "C" NOT NULL DEFAULT 'OPEN',
    statement text COLLATE "C" NOT NULL DEFAULT '',
    decider_id text COLLATE "C",
    decided_at timestamptz,
    created_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX appeals_moderation_id_key ON appeals (moderation_id);
CREATE INDEX appeal_item_id ON appeals (item_id);

CREATE TABLE moderation_cases (
    id text COLLATE "C" PRIMARY KEY,
    item_id text COLLATE "C" NOT NULL,
    kind text COLLATE "C" NOT NULL,
    process_id text COLLATE "C" NOT NULL,
    author_id text COLLATE "C" NOT NULL,
    state text COLLATE "C" NOT NULL,
    removed boolean NOT NULL DEFAULT false,
    held_for jsonb,
    report_count bigint NOT NULL DEFAULT 0,
    confirmed_count bigint NOT NULL DEFAULT 0,
    decision_count bigint NOT NULL DEFAULT 0,
    opened_at timestamptz NOT NULL,
    decided_at timestamptz,
    created_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX moderation_cases_item_id_key ON moderation_cases (item_id);
CREATE INDEX moderationcase_process_id_state_opened_at_id ON moderation_cases (process_id, state, opened_at, id);
CREATE INDEX moderationcase_process_id_report_count_id ON moderation_cases (process_id, report_count, id);
CREATE INDEX moderationcase_author_id_removed_created_at_id ON moderation_cases (author_id, removed, created_at, id);
