-- What was done by people with power, for ever, and mail on its way out.

CREATE TABLE audit_entries (
    id text NOT NULL PRIMARY KEY,
    act text NOT NULL,
    actor_id text,
    subject_id text NOT NULL,
    process_id text,
    reason text NOT NULL DEFAULT '',
    details json,
    created_at datetime NOT NULL
);
CREATE INDEX auditentry_created_at_id ON audit_entries (created_at, id);
CREATE INDEX auditentry_process_id_created_at_id ON audit_entries (process_id, created_at, id);
CREATE INDEX auditentry_actor_id_created_at ON audit_entries (actor_id, created_at);
CREATE INDEX auditentry_subject_id_created_at ON audit_entries (subject_id, created_at);

CREATE TRIGGER audit_entries_stay_unchanged BEFORE UPDATE ON audit_entries
BEGIN
    SELECT RAISE(ABORT, 'audit entries are never changed');
END;
CREATE TRIGGER audit_entries_stay BEFORE DELETE ON audit_entries
BEGIN
    SELECT RAISE(ABORT, 'audit entries are never changed');
END;

CREATE TABLE mails (
    id text NOT NULL PRIMARY KEY,
    user_id text,
    address text NOT NULL,
    language text NOT NULL,
    subject text NOT NULL,
    body text NOT NULL,
    headers json,
    attempts integer NOT NULL DEFAULT 0,
    send_at datetime NOT NULL,
    created_at datetime NOT NULL
);
CREATE INDEX mail_send_at ON mails (send_at);
CREATE INDEX mail_user_id ON mails (user_id);
