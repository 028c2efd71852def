CREATE TABLE ticket (
    hash TEXT PRIMARY KEY NOT NULL,
    kind TEXT NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX ticket_expiry ON ticket (expires_at);
