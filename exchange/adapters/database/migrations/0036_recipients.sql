ALTER TABLE badge ADD COLUMN state TEXT NOT NULL DEFAULT '';
ALTER TABLE badge ADD COLUMN valid_until TIMESTAMPTZ;
ALTER TABLE badge ADD COLUMN renews TEXT NOT NULL DEFAULT '';
UPDATE badge SET state = 'suspended' WHERE id IN (
    SELECT badge FROM status_slot WHERE purpose = 'suspension' AND is_set);
UPDATE badge SET state = 'revoked' WHERE id IN (
    SELECT badge FROM status_slot WHERE purpose = 'revocation' AND is_set);
UPDATE badge SET state = 'erased' WHERE erased IS NOT NULL;

DROP INDEX badge_newest_of_issuer;
CREATE INDEX badge_newest_of_issuer ON badge (issuer, intended_at, id, achievement, state, valid_until);
CREATE INDEX badge_changed ON badge (issuer, state, intended_at, id) WHERE state <> '';
CREATE UNIQUE INDEX badge_renews ON badge (renews) WHERE renews <> '';
DROP INDEX badge_unfinished;
CREATE INDEX badge_unfinished ON badge (intended_at) WHERE signed IS NULL AND erased IS NULL;
DROP INDEX badge_recipient;
CREATE INDEX badge_recipient ON badge (lower(recipient) {by_bytes}, issuer);

DROP INDEX outbox_subject;
CREATE INDEX outbox_subject ON outbox (subject, id);

CREATE TABLE change_job (
    id TEXT PRIMARY KEY NOT NULL,
    issuer TEXT NOT NULL REFERENCES issuer (slug),
    act TEXT NOT NULL,
    reason TEXT NOT NULL,
    mail BOOLEAN NOT NULL,
    total INT NOT NULL,
    done INT NOT NULL,
    passed INT NOT NULL,
    begun_at TIMESTAMPTZ NOT NULL,
    ended_at TIMESTAMPTZ
);
CREATE INDEX change_job_left ON change_job (begun_at, id) WHERE ended_at IS NULL;
CREATE INDEX change_job_newest ON change_job (issuer, begun_at, id);

CREATE TABLE change_chunk (
    id {serial},
    job TEXT NOT NULL REFERENCES change_job (id),
    badges TEXT NOT NULL,
    done_at TIMESTAMPTZ
);
CREATE INDEX change_chunk_left ON change_chunk (job, id) WHERE done_at IS NULL;
