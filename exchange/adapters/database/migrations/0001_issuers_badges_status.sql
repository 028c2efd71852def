CREATE TABLE issuer (
    slug TEXT PRIMARY KEY NOT NULL,
    did TEXT NOT NULL,
    profile TEXT NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL
);

CREATE TABLE signing_key (
    id TEXT PRIMARY KEY NOT NULL,
    issuer TEXT NOT NULL REFERENCES issuer (slug),
    multikey TEXT NOT NULL,
    uri TEXT NOT NULL,
    state TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX signing_key_issuer ON signing_key (issuer);
CREATE UNIQUE INDEX signing_key_active ON signing_key (issuer) WHERE state = 'active';

CREATE TABLE achievement (
    id {serial},
    issuer TEXT NOT NULL REFERENCES issuer (slug),
    slug TEXT NOT NULL,
    version INT NOT NULL,
    document TEXT NOT NULL,
    digest TEXT NOT NULL,
    image {bytes} NOT NULL,
    svg {bytes} NOT NULL,
    alt TEXT NOT NULL,
    valid_days INT,
    evidence_required BOOLEAN NOT NULL,
    created_at TIMESTAMPTZ NOT NULL
);
CREATE UNIQUE INDEX achievement_version ON achievement (issuer, slug, version);

CREATE TABLE badge (
    id TEXT PRIMARY KEY NOT NULL,
    kind TEXT NOT NULL,
    issuer TEXT NOT NULL REFERENCES issuer (slug),
    achievement TEXT NOT NULL,
    version INT NOT NULL,
    recipient TEXT NOT NULL,
    proof TEXT NOT NULL,
    key_id TEXT NOT NULL,
    unsigned {bytes} NOT NULL,
    message {bytes} NOT NULL,
    signed {bytes},
    intended_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX badge_newest ON badge (intended_at, id);
CREATE INDEX badge_newest_of_issuer ON badge (issuer, intended_at, id);
CREATE INDEX badge_unfinished ON badge (intended_at) WHERE signed IS NULL;

CREATE TABLE status_list (
    id TEXT PRIMARY KEY NOT NULL,
    issuer TEXT NOT NULL REFERENCES issuer (slug),
    purpose TEXT NOT NULL,
    size INT NOT NULL,
    reserved INT NOT NULL,
    open BOOLEAN NOT NULL,
    version INT NOT NULL,
    signed_version INT NOT NULL,
    signed {bytes},
    signed_at TIMESTAMPTZ
);
CREATE UNIQUE INDEX status_list_open ON status_list (issuer, purpose) WHERE open;

CREATE TABLE status_slot (
    id {serial},
    list_id TEXT NOT NULL REFERENCES status_list (id),
    purpose TEXT NOT NULL,
    list_index INT NOT NULL,
    badge TEXT REFERENCES badge (id),
    is_set BOOLEAN NOT NULL
);
CREATE UNIQUE INDEX status_slot_index ON status_slot (list_id, list_index);
CREATE UNIQUE INDEX status_slot_badge ON status_slot (badge, purpose);
CREATE INDEX status_slot_set ON status_slot (list_id, list_index) WHERE is_set;

CREATE TABLE status_change (
    id {serial},
    badge TEXT NOT NULL REFERENCES badge (id),
    purpose TEXT NOT NULL,
    is_set BOOLEAN NOT NULL,
    reason TEXT NOT NULL,
    at TIMESTAMPTZ NOT NULL
);
CREATE INDEX status_change_badge ON status_change (badge);

CREATE TABLE meta (
    name TEXT PRIMARY KEY NOT NULL,
    value TEXT NOT NULL
);
