CREATE TABLE code (
    id TEXT PRIMARY KEY NOT NULL,
    issuer TEXT NOT NULL REFERENCES issuer (slug),
    achievement TEXT NOT NULL,
    title TEXT NOT NULL,
    word TEXT,
    quota INT NOT NULL,
    taken INT NOT NULL,
    approval BOOLEAN NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    closed_at TIMESTAMPTZ
);
CREATE UNIQUE INDEX code_word ON code (word);
CREATE INDEX code_newest ON code (issuer, created_at, id);

CREATE TABLE single_code (
    hash TEXT PRIMARY KEY NOT NULL,
    code TEXT NOT NULL REFERENCES code (id),
    used_at TIMESTAMPTZ
);

CREATE TABLE code_use (
    id TEXT PRIMARY KEY NOT NULL,
    code TEXT NOT NULL REFERENCES code (id),
    person TEXT NOT NULL,
    state TEXT NOT NULL,
    at TIMESTAMPTZ NOT NULL,
    badge TEXT
);
CREATE UNIQUE INDEX code_use_person ON code_use (code, person);
CREATE INDEX code_use_newest ON code_use (code, at, id);
CREATE INDEX code_use_of_person ON code_use (person);
CREATE INDEX code_use_open ON code_use (at, id) WHERE state = 'granted';
