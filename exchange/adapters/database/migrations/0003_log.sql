CREATE TABLE log_entry (
    position BIGINT PRIMARY KEY NOT NULL,
    entry {bytes} NOT NULL,
    content TEXT,
    salt {bytes}
);

CREATE TABLE log_about (
    about TEXT NOT NULL,
    position BIGINT NOT NULL REFERENCES log_entry (position),
    PRIMARY KEY (about, position)
);

CREATE TABLE log_node (
    level INT NOT NULL,
    idx BIGINT NOT NULL,
    hash {bytes} NOT NULL,
    PRIMARY KEY (level, idx)
);

CREATE TABLE log_state (
    id INT PRIMARY KEY NOT NULL,
    size BIGINT NOT NULL,
    frontier {bytes} NOT NULL
);
INSERT INTO log_state (id, size, frontier) VALUES (0, 0, CAST('' AS {bytes}));

CREATE TABLE log_checkpoint (
    size BIGINT PRIMARY KEY NOT NULL,
    root {bytes} NOT NULL,
    note {bytes} NOT NULL,
    signed_at TIMESTAMPTZ NOT NULL
);
