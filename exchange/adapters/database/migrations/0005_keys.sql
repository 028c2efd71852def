ALTER TABLE signing_key ADD COLUMN activated_at TIMESTAMPTZ;
ALTER TABLE signing_key ADD COLUMN revoked_at TIMESTAMPTZ;
ALTER TABLE signing_key ADD COLUMN revoked_position BIGINT;
ALTER TABLE signing_key ADD COLUMN revoked_reason TEXT;
UPDATE signing_key SET activated_at = created_at WHERE state <> 'pending';

ALTER TABLE status_list ADD COLUMN did TEXT NOT NULL DEFAULT '';
UPDATE status_list SET did = (SELECT did FROM issuer WHERE slug = status_list.issuer);

CREATE TABLE signing_stop (
    issuer TEXT PRIMARY KEY NOT NULL,
    reason TEXT NOT NULL,
    at TIMESTAMPTZ NOT NULL
);
