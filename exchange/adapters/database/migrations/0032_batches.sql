CREATE TABLE batch (
    id TEXT PRIMARY KEY NOT NULL,
    issuer TEXT NOT NULL REFERENCES issuer (slug),
    achievement TEXT NOT NULL,
    version INT NOT NULL,
    proof TEXT NOT NULL,
    mail BOOLEAN NOT NULL,
    made_by TEXT NOT NULL,
    state TEXT NOT NULL,
    digest TEXT NOT NULL,
    reason TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    changed_at TIMESTAMPTZ NOT NULL,
    lease TEXT NOT NULL,
    due_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX batch_newest ON batch (created_at, id);
CREATE INDEX batch_due ON batch (due_at) WHERE state = 'running';
CREATE TABLE batch_row (
    id {serial},
    batch TEXT NOT NULL REFERENCES batch (id),
    number INT NOT NULL,
    given TEXT NOT NULL,
    recipient TEXT NOT NULL,
    state TEXT NOT NULL,
    faults TEXT NOT NULL,
    badge TEXT
);
CREATE UNIQUE INDEX batch_row_number ON batch_row (batch, number);
CREATE INDEX batch_row_state ON batch_row (batch, state, number);
CREATE INDEX batch_row_recipient ON batch_row (lower(recipient)) WHERE recipient <> '';
CREATE INDEX batch_row_badge ON batch_row (badge) WHERE badge IS NOT NULL;
