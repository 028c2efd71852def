CREATE TABLE vouch (
    id TEXT PRIMARY KEY NOT NULL,
    giver TEXT NOT NULL,
    holder TEXT NOT NULL,
    kind TEXT NOT NULL,
    issuer TEXT NOT NULL,
    achievement TEXT NOT NULL,
    version INT NOT NULL,
    family TEXT NOT NULL,
    relationship TEXT NOT NULL,
    did TEXT NOT NULL,
    custody TEXT NOT NULL,
    state TEXT NOT NULL,
    supersedes TEXT NOT NULL,
    unsigned {bytes} NOT NULL,
    list_id TEXT NOT NULL,
    list_index INT NOT NULL,
    drafted_at TIMESTAMPTZ NOT NULL,
    until TIMESTAMPTZ NOT NULL,
    signed_at TIMESTAMPTZ,
    ended_at TIMESTAMPTZ
);
CREATE INDEX vouch_giver ON vouch (giver, signed_at);
CREATE INDEX vouch_holder ON vouch (holder, signed_at);
CREATE INDEX vouch_in_use ON vouch (giver, until) WHERE state = 'signed';
CREATE INDEX vouch_drafted ON vouch (drafted_at) WHERE state = 'drafted';

CREATE TABLE vouch_turn (
    person TEXT PRIMARY KEY NOT NULL,
    turns INT NOT NULL
);
