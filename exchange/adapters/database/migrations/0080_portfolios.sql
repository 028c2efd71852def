CREATE TABLE portfolio (
    id TEXT PRIMARY KEY NOT NULL,
    person TEXT NOT NULL,
    said TEXT NOT NULL,
    revision INT NOT NULL,
    made_at TIMESTAMPTZ NOT NULL,
    changed_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX portfolio_person ON portfolio (person, made_at);

CREATE TABLE portfolio_link (
    id TEXT PRIMARY KEY NOT NULL,
    portfolio TEXT NOT NULL REFERENCES portfolio (id) ON DELETE CASCADE,
    label TEXT NOT NULL,
    hash TEXT NOT NULL,
    items TEXT,
    receipt BOOLEAN NOT NULL,
    made_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ,
    off_at TIMESTAMPTZ,
    opened INT NOT NULL,
    opened_at TIMESTAMPTZ
);
CREATE UNIQUE INDEX portfolio_link_hash ON portfolio_link (hash);
CREATE INDEX portfolio_link_newest ON portfolio_link (portfolio, made_at, id);
