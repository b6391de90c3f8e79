-- The audit calls acts as the mutations are called: these have other names now. Nothing else of an entry changes.

ALTER TABLE audit_entries DISABLE TRIGGER audit_entries_stay;
UPDATE audit_entries SET act = act || 'Content' WHERE act IN ('hide', 'restore', 'publishHeld', 'refuseHeld');
ALTER TABLE audit_entries ENABLE TRIGGER audit_entries_stay;
