CREATE TABLE endorsement_fact (
    id TEXT PRIMARY KEY NOT NULL,
    document TEXT NOT NULL,
    subject TEXT NOT NULL,
    holder TEXT NOT NULL,
    endorser TEXT NOT NULL,
    did TEXT NOT NULL,
    custody TEXT NOT NULL,
    relationship TEXT NOT NULL,
    endorser_team TEXT NOT NULL,
    holder_team TEXT NOT NULL,
    skills TEXT NOT NULL,
    supersedes TEXT NOT NULL,
    at TIMESTAMPTZ NOT NULL
);
CREATE INDEX endorsement_fact_subject ON endorsement_fact (subject);
CREATE INDEX endorsement_fact_between ON endorsement_fact (holder, endorser, at, document);

CREATE TABLE endorsed_skill (
    id {serial},
    holder TEXT NOT NULL,
    skill TEXT NOT NULL,
    at TIMESTAMPTZ NOT NULL,
    document TEXT NOT NULL,
    endorser TEXT NOT NULL,
    endorsement TEXT NOT NULL
);
CREATE UNIQUE INDEX endorsed_skill_of_holder ON endorsed_skill (holder, skill, at, document, endorser, endorsement);
CREATE INDEX endorsed_skill_endorsement ON endorsed_skill (endorsement);
