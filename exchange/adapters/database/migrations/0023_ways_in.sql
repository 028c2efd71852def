ALTER TABLE passkey ADD COLUMN handle TEXT NOT NULL DEFAULT '';
UPDATE passkey SET handle = person;
ALTER TABLE person ADD COLUMN picture_digest TEXT NOT NULL DEFAULT '';
INSERT INTO meta (name, value) VALUES ('ways_logged', CAST(CURRENT_TIMESTAMP AS TEXT))
