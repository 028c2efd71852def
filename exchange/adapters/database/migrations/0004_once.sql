CREATE TABLE once (
    key TEXT PRIMARY KEY NOT NULL,
    digest TEXT NOT NULL,
    answer TEXT NOT NULL,
    at TIMESTAMPTZ NOT NULL
);
CREATE INDEX once_at ON once (at);
