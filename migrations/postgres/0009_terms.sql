-- Which version of the terms of use people accepted, and when.

ALTER TABLE users ADD COLUMN terms_version text COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN terms_accepted_at timestamptz;
