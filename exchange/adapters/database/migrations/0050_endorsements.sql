CREATE TABLE profile (
    id TEXT PRIMARY KEY NOT NULL,
    person TEXT NOT NULL,
    made_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX profile_person ON profile (person, made_at, id);

CREATE TABLE endorser_key (
    did TEXT PRIMARY KEY NOT NULL,
    person TEXT NOT NULL,
    custody TEXT NOT NULL,
    uri TEXT NOT NULL,
    label TEXT NOT NULL,
    credential TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    retired_at TIMESTAMPTZ,
    retired_from TIMESTAMPTZ
);
CREATE INDEX endorser_key_person ON endorser_key (person, created_at);

CREATE TABLE endorsement (
    id TEXT PRIMARY KEY NOT NULL,
    endorser TEXT NOT NULL,
    issuer TEXT NOT NULL,
    holder TEXT NOT NULL,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    request TEXT NOT NULL,
    did TEXT NOT NULL,
    custody TEXT NOT NULL,
    state TEXT NOT NULL,
    shown TEXT NOT NULL,
    supersedes TEXT NOT NULL,
    unsigned {bytes} NOT NULL,
    list_id TEXT NOT NULL,
    list_index INT NOT NULL,
    drafted_at TIMESTAMPTZ NOT NULL,
    signed_at TIMESTAMPTZ,
    ended_at TIMESTAMPTZ,
    settled_at TIMESTAMPTZ
);
CREATE UNIQUE INDEX endorsement_stands ON endorsement (endorser, issuer, kind, subject) WHERE state = 'signed';
CREATE INDEX endorsement_subject ON endorsement (kind, subject, signed_at);
CREATE INDEX endorsement_endorser ON endorsement (endorser, signed_at);
CREATE INDEX endorsement_holder ON endorsement (holder, signed_at);
CREATE INDEX endorsement_did ON endorsement (did, signed_at);
CREATE INDEX endorsement_drafted ON endorsement (drafted_at) WHERE state = 'drafted';

CREATE TABLE endorsement_request (
    id TEXT PRIMARY KEY NOT NULL,
    holder TEXT NOT NULL,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    skills TEXT NOT NULL,
    note TEXT NOT NULL,
    address TEXT NOT NULL,
    person TEXT NOT NULL,
    state TEXT NOT NULL,
    asked_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    remind_at TIMESTAMPTZ,
    reminded INT NOT NULL,
    ended_at TIMESTAMPTZ
);
CREATE INDEX endorsement_request_holder ON endorsement_request (holder, asked_at, id);
CREATE INDEX endorsement_request_address ON endorsement_request (address);
CREATE INDEX endorsement_request_person ON endorsement_request (person) WHERE person <> '';
CREATE INDEX endorsement_request_remind ON endorsement_request (remind_at) WHERE remind_at IS NOT NULL;

CREATE TABLE blocked_sender (
    id {serial},
    address TEXT NOT NULL,
    holder TEXT NOT NULL,
    at TIMESTAMPTZ NOT NULL
);
CREATE UNIQUE INDEX blocked_sender_once ON blocked_sender (address, holder);
CREATE INDEX blocked_sender_holder ON blocked_sender (holder);
