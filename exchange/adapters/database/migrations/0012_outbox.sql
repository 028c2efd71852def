CREATE TABLE outbox (
    id {serial},
    parcel TEXT NOT NULL,
    channel TEXT NOT NULL,
    subject TEXT NOT NULL,
    destination TEXT NOT NULL,
    recipient TEXT NOT NULL,
    payload TEXT NOT NULL,
    posted_at TIMESTAMPTZ NOT NULL,
    after_badge TEXT REFERENCES badge (id),
    expires_at TIMESTAMPTZ,
    due_at TIMESTAMPTZ NOT NULL,
    attempts INT NOT NULL,
    lease TEXT NOT NULL,
    reason TEXT NOT NULL,
    sent_at TIMESTAMPTZ,
    failed_at TIMESTAMPTZ
);
CREATE UNIQUE INDEX outbox_parcel ON outbox (parcel);
CREATE INDEX outbox_due ON outbox (channel, due_at, id, destination)
    WHERE sent_at IS NULL AND failed_at IS NULL;
CREATE INDEX outbox_subject ON outbox (subject, id) WHERE sent_at IS NULL AND failed_at IS NULL;
CREATE INDEX outbox_sent ON outbox (sent_at) WHERE sent_at IS NOT NULL;
CREATE INDEX outbox_failed ON outbox (failed_at, id) WHERE failed_at IS NOT NULL;
