CREATE TABLE person (
    id TEXT PRIMARY KEY NOT NULL,
    handle TEXT,
    name TEXT NOT NULL,
    picture {bytes},
    language TEXT NOT NULL,
    operator BOOLEAN NOT NULL,
    state TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL
);
CREATE UNIQUE INDEX person_handle ON person (handle);
CREATE INDEX person_newest ON person (created_at, id);

CREATE TABLE address (
    address TEXT PRIMARY KEY NOT NULL,
    person TEXT NOT NULL REFERENCES person (id),
    verified_at TIMESTAMPTZ,
    is_primary BOOLEAN NOT NULL,
    former BOOLEAN NOT NULL
);
CREATE INDEX address_person ON address (person);
CREATE UNIQUE INDEX address_primary ON address (person) WHERE is_primary;

CREATE TABLE identity (
    id {serial},
    provider TEXT NOT NULL,
    subject TEXT NOT NULL,
    person TEXT NOT NULL REFERENCES person (id),
    created_at TIMESTAMPTZ NOT NULL
);
CREATE UNIQUE INDEX identity_subject ON identity (provider, subject);
CREATE INDEX identity_person ON identity (person);

CREATE TABLE passkey (
    id TEXT PRIMARY KEY NOT NULL,
    person TEXT NOT NULL REFERENCES person (id),
    public_key {bytes} NOT NULL,
    counter BIGINT NOT NULL,
    name TEXT NOT NULL,
    transports TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    last_used_at TIMESTAMPTZ
);
CREATE INDEX passkey_person ON passkey (person);

CREATE TABLE session (
    hash TEXT PRIMARY KEY NOT NULL,
    person TEXT NOT NULL REFERENCES person (id),
    method TEXT NOT NULL,
    agent TEXT NOT NULL,
    network TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    seen_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    confirmed_at TIMESTAMPTZ
);
CREATE INDEX session_person ON session (person);
CREATE INDEX session_expiry ON session (expires_at);

CREATE TABLE token (
    id TEXT PRIMARY KEY NOT NULL,
    hash TEXT NOT NULL,
    person TEXT NOT NULL REFERENCES person (id),
    name TEXT NOT NULL,
    scopes TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ,
    last_used_at TIMESTAMPTZ
);
CREATE UNIQUE INDEX token_hash ON token (hash);
CREATE INDEX token_person ON token (person);

CREATE TABLE team (
    slug TEXT PRIMARY KEY NOT NULL,
    name TEXT NOT NULL
);

CREATE TABLE member (
    id {serial},
    team TEXT NOT NULL REFERENCES team (slug),
    person TEXT NOT NULL REFERENCES person (id),
    lead BOOLEAN NOT NULL
);
CREATE UNIQUE INDEX member_person ON member (team, person);
CREATE INDEX member_of ON member (person);

CREATE TABLE role (
    id {serial},
    issuer TEXT NOT NULL REFERENCES issuer (slug),
    person TEXT REFERENCES person (id),
    team TEXT REFERENCES team (slug),
    role TEXT NOT NULL
);
CREATE UNIQUE INDEX role_person ON role (issuer, person);
CREATE UNIQUE INDEX role_team ON role (issuer, team);
CREATE INDEX role_of_person ON role (person);
CREATE INDEX role_of_team ON role (team);

CREATE TABLE rate (
    id TEXT PRIMARY KEY NOT NULL,
    hits INT NOT NULL,
    until TIMESTAMPTZ NOT NULL
);
CREATE INDEX rate_end ON rate (until);

DELETE FROM ticket;
ALTER TABLE ticket ADD COLUMN address TEXT;
ALTER TABLE ticket ADD COLUMN person TEXT REFERENCES person (id);
ALTER TABLE ticket ADD COLUMN nonce TEXT;
ALTER TABLE ticket ADD COLUMN code TEXT;
ALTER TABLE ticket ADD COLUMN tries INT NOT NULL DEFAULT 0;
CREATE UNIQUE INDEX ticket_nonce ON ticket (nonce);
CREATE INDEX ticket_person ON ticket (person);

CREATE INDEX badge_recipient ON badge (lower(recipient))
