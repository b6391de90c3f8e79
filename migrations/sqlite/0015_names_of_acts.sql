-- The audit calls acts as the mutations are called: these have other names now. Nothing else of an entry changes.

DROP TRIGGER audit_entries_stay_unchanged;
UPDATE audit_entries SET act = act || 'Content' WHERE act IN ('hide', 'restore', 'publishHeld', 'refuseHeld');
CREATE TRIGGER audit_entries_stay_unchanged BEFORE UPDATE ON audit_entries
BEGIN
    SELECT RAISE(ABORT, 'audit entries are never changed');
END;
