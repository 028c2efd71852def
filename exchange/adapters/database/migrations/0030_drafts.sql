CREATE TABLE draft (
    id {serial},
    issuer TEXT NOT NULL REFERENCES issuer (slug),
    slug TEXT NOT NULL,
    source TEXT NOT NULL,
    image {bytes} NOT NULL,
    svg {bytes} NOT NULL,
    revision INT NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL
);
CREATE UNIQUE INDEX draft_place ON draft (issuer, slug);
ALTER TABLE achievement ADD COLUMN origin TEXT NOT NULL DEFAULT 'files';
ALTER TABLE issuer ADD COLUMN origin TEXT NOT NULL DEFAULT 'files';
