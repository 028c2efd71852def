CREATE TABLE publication (
    portfolio TEXT PRIMARY KEY NOT NULL REFERENCES portfolio (id) ON DELETE CASCADE,
    person TEXT NOT NULL,
    slug TEXT NOT NULL,
    search BOOLEAN NOT NULL,
    origins TEXT,
    published_at TIMESTAMPTZ NOT NULL
);
CREATE UNIQUE INDEX publication_slug ON publication (person, slug);

CREATE TABLE handle_mark (
    mark TEXT PRIMARY KEY NOT NULL,
    person TEXT NOT NULL
);
CREATE INDEX handle_mark_person ON handle_mark (person);
