CREATE TABLE endorsement_report (
    id TEXT PRIMARY KEY NOT NULL,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    issuer TEXT NOT NULL,
    reporter TEXT NOT NULL,
    reason TEXT NOT NULL,
    note TEXT NOT NULL,
    state TEXT NOT NULL,
    at TIMESTAMPTZ NOT NULL,
    settled_at TIMESTAMPTZ,
    settled_by TEXT NOT NULL,
    answer TEXT NOT NULL
);
CREATE UNIQUE INDEX endorsement_report_once ON endorsement_report (subject, reporter) WHERE reporter <> '';
CREATE INDEX endorsement_report_issuer ON endorsement_report (issuer, at, id);
CREATE INDEX endorsement_report_handed ON endorsement_report (at, id) WHERE state = 'handed';
CREATE INDEX endorsement_report_reporter ON endorsement_report (reporter) WHERE reporter <> '';

ALTER TABLE endorsement ADD COLUMN barred TEXT NOT NULL DEFAULT '';
