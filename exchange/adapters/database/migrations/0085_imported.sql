CREATE TABLE imported_badge (
    id TEXT PRIMARY KEY NOT NULL,
    person TEXT NOT NULL,
    digest TEXT NOT NULL,
    media_type TEXT NOT NULL,
    size INT NOT NULL,
    source TEXT NOT NULL,
    added_at TIMESTAMPTZ NOT NULL,
    outline TEXT NOT NULL,
    recipient TEXT NOT NULL,
    issuer_known BOOLEAN NOT NULL,
    state TEXT NOT NULL,
    since TIMESTAMPTZ,
    findings TEXT NOT NULL,
    stands BOOLEAN NOT NULL,
    checked_at TIMESTAMPTZ,
    tried_at TIMESTAMPTZ NOT NULL,
    trouble TEXT NOT NULL,
    next_at TIMESTAMPTZ NOT NULL,
    has_picture BOOLEAN NOT NULL,
    picture {bytes},
    content {bytes} NOT NULL
);
CREATE UNIQUE INDEX imported_badge_once ON imported_badge (person, digest);
CREATE INDEX imported_badge_due ON imported_badge (next_at);
