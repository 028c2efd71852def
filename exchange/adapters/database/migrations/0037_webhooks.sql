CREATE TABLE webhook (
    id TEXT PRIMARY KEY NOT NULL,
    issuer TEXT NOT NULL REFERENCES issuer (slug),
    url TEXT NOT NULL,
    events TEXT NOT NULL,
    secret {bytes} NOT NULL,
    created_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX webhook_issuer ON webhook (issuer, created_at, id);
CREATE INDEX outbox_webhook ON outbox (recipient, id) WHERE channel = 'webhook';
