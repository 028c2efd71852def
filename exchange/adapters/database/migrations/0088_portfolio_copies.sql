CREATE TABLE portfolio_copy (
    id TEXT PRIMARY KEY NOT NULL,
    link TEXT NOT NULL REFERENCES portfolio_link (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    shown TEXT NOT NULL,
    holds TEXT NOT NULL,
    made_at TIMESTAMPTZ NOT NULL,
    until TIMESTAMPTZ NOT NULL,
    unsigned {bytes} NOT NULL,
    signed {bytes}
);
CREATE UNIQUE INDEX portfolio_copy_of_link ON portfolio_copy (link, kind);
