-- Reports, decisions of moderators and appeals; content that is hidden, or held before it is published.

ALTER TABLE processes ADD COLUMN reports_to_hide integer NOT NULL DEFAULT 3;
ALTER TABLE processes ADD COLUMN link_limit integer NOT NULL DEFAULT 5;
ALTER TABLE processes ADD COLUMN holds_repeats bool NOT NULL DEFAULT true;
ALTER TABLE processes ADD COLUMN held_words json;
ALTER TABLE processes ADD COLUMN pre_moderation text NOT NULL DEFAULT 'NONE';

ALTER TABLE comments ADD COLUMN held_at datetime;
ALTER TABLE amendments ADD COLUMN hidden_at datetime;
ALTER TABLE amendments ADD COLUMN held_at datetime;
CREATE INDEX amendment_hidden_at ON amendments (hidden_at) WHERE hidden_at IS NOT NULL;

CREATE TABLE reports (
    id text NOT NULL PRIMARY KEY,
    case_id text NOT NULL,
    item_id text NOT NULL,
    kind text NOT NULL,
    process_id text NOT NULL,
    reporter_id text NOT NULL,
    reason text NOT NULL,
    text text NOT NULL DEFAULT '',
    good_faith bool NOT NULL DEFAULT false,
    outcome text,
    moderation_id text,
    decided_at datetime,
    created_at datetime NOT NULL,
    updated_at datetime NOT NULL
);
CREATE UNIQUE INDEX report_item_id_reporter_id ON reports (item_id, reporter_id);
CREATE INDEX report_reporter_id_created_at_id ON reports (reporter_id, created_at, id);
CREATE INDEX report_case_id_created_at_id ON reports (case_id, created_at, id);

CREATE TABLE moderations (
    id text NOT NULL PRIMARY KEY,
    item_id text NOT NULL,
    kind text NOT NULL,
    process_id text NOT NULL,
    action text NOT NULL,
    reason text,
    facts text NOT NULL DEFAULT '',
    ground text NOT NULL DEFAULT '',
    automated bool NOT NULL,
    decider_id text,
    created_at datetime NOT NULL
);
CREATE INDEX moderation_process_id_created_at_id ON moderations (process_id, created_at, id);
CREATE INDEX moderation_item_id_created_at_id ON moderations (item_id, created_at, id);

CREATE TRIGGER moderations_stay_unchanged BEFORE UPDATE OF id, item_id, kind, process_id, action, reason, ground, automated, decider_id, created_at ON moderations
BEGIN
    SELECT RAISE(ABORT, 'decisions of moderators are kept');
END;
CREATE TRIGGER moderations_stay BEFORE DELETE ON moderations
BEGIN
    SELECT RAISE(ABORT, 'decisions of moderators are kept');
END;

CREATE TABLE appeals (
    id text NOT NULL PRIMARY KEY,
    moderation_id text NOT NULL,
    item_id text NOT NULL,
    process_id text NOT NULL,
    author_id text NOT NULL,
    text text NOT NULL,
    state text NOT NULL DEFAULT 'OPEN',
    statement text NOT NULL DEFAULT '',
    decider_id text,
    decided_at datetime,
    created_at datetime NOT NULL
);
CREATE UNIQUE INDEX appeals_moderation_id_key ON appeals (moderation_id);
CREATE INDEX appeal_item_id ON appeals (item_id);

CREATE TABLE moderation_cases (
    id text NOT NULL PRIMARY KEY,
    item_id text NOT NULL,
    kind text NOT NULL,
    process_id text NOT NULL,
    author_id text NOT NULL,
    state text NOT NULL,
    removed bool NOT NULL DEFAULT false,
    held_for json,
    report_count integer NOT NULL DEFAULT 0,
    confirmed_count integer NOT NULL DEFAULT 0,
    decision_count integer NOT NULL DEFAULT 0,
    opened_at datetime NOT NULL,
    decided_at datetime,
    created_at datetime NOT NULL
);
CREATE UNIQUE INDEX moderation_cases_item_id_key ON moderation_cases (item_id);
CREATE INDEX moderationcase_process_id_state_opened_at_id ON moderation_cases (process_id, state, opened_at, id);
CREATE INDEX moderationcase_process_id_report_count_id ON moderation_cases (process_id, report_count, id);
CREATE INDEX moderationcase_author_id_removed_created_at_id ON moderation_cases (author_id, removed, created_at, id);
