CREATE TABLE issuer_picture (
    id {serial},
    issuer TEXT NOT NULL REFERENCES issuer (slug),
    digest TEXT NOT NULL,
    image {bytes} NOT NULL
);
CREATE UNIQUE INDEX issuer_picture_place ON issuer_picture (issuer, digest);

CREATE TABLE domain_proof (
    issuer TEXT PRIMARY KEY NOT NULL REFERENCES issuer (slug),
    domain TEXT NOT NULL,
    did TEXT NOT NULL,
    way TEXT NOT NULL,
    problem TEXT NOT NULL,
    checked_at TIMESTAMPTZ NOT NULL
);
