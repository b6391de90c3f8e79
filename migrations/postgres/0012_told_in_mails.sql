-- Of which notifications a mail tells: what they say is put before its body when it leaves. Another program that runs
-- meanwhile sends the mail without.

ALTER TABLE mails ADD COLUMN tells jsonb;
