CREATE TABLE held (
    id TEXT PRIMARY KEY NOT NULL,
    issuer TEXT NOT NULL REFERENCES issuer (slug),
    achievement TEXT NOT NULL,
    recipient TEXT NOT NULL,
    given TEXT NOT NULL,
    asked_by TEXT NOT NULL,
    asked_at TIMESTAMPTZ NOT NULL,
    state TEXT NOT NULL,
    decided_by TEXT,
    decided_at TIMESTAMPTZ,
    reason TEXT NOT NULL,
    badge TEXT
);
CREATE INDEX held_waiting ON held (asked_at, id);
CREATE INDEX held_recipient ON held (lower(recipient)) WHERE recipient <> '';
CREATE INDEX held_badge ON held (badge) WHERE badge IS NOT NULL;
