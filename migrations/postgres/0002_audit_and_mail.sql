-- What was done by people with power, for ever, and mail on its way out.

CREATE TABLE audit_entries (
    id text COLLATE "C" PRIMARY KEY,
    act text COLLATE "C" NOT NULL,
    actor_id text COLLATE "C",
    subject_id text COLLATE "C" NOT NULL,
    process_id text COLLATE "C",
    reason text COLLATE "C" NOT NULL DEFAULT '',
    details jsonb,
    created_at timestamptz NOT NULL
);
CREATE INDEX auditentry_created_at_id ON audit_entries (created_at, id);
CREATE INDEX auditentry_process_id_created_at_id ON audit_entries (process_id, created_at, id);
CREATE INDEX auditentry_actor_id_created_at ON audit_entries (actor_id, created_at);
CREATE INDEX auditentry_subject_id_created_at ON audit_entries (subject_id, created_at);

CREATE FUNCTION audit_entries_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'audit entries are never changed';
END $$;
CREATE TRIGGER audit_entries_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entries
    FOR EACH STATEMENT EXECUTE FUNCTION audit_entries_stay();

CREATE TABLE mails (
    id text COLLATE "C" PRIMARY KEY,
    user_id text COLLATE "C",
    address text COLLATE "C" NOT NULL,
    language text COLLATE "C" NOT NULL,
    subject text COLLATE "C" NOT NULL,
    body text COLLATE "C" NOT NULL,
    headers jsonb,
    attempts bigint NOT NULL DEFAULT 0,
    send_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL
);
CREATE INDEX mail_send_at ON mails (send_at);
CREATE INDEX mail_user_id ON mails (user_id);
