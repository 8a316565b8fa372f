-- What callers' systems are told of decisions, what was found about cases beside the reviewer, and revisions.

-- A notice: written with its decision, delivered later. `number` is the case as the caller knows it, `why` a word of
-- ours about the latest attempt. See src/outbox.rs.
CREATE TABLE notice (
    seq      INTEGER PRIMARY KEY,
    id       TEXT NOT NULL UNIQUE,
    event    INTEGER NOT NULL,
    number   INTEGER NOT NULL,
    revision INTEGER,
    state    INTEGER NOT NULL,
    round    INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    standing INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    next     INTEGER NOT NULL,
    why      TEXT
) STRICT;
CREATE INDEX notice_due ON notice (next) WHERE standing = 1;
CREATE INDEX notice_standing ON notice (standing, seq);
CREATE INDEX notice_delivered ON notice (at) WHERE standing = 2;

-- Which rounds have remarks, be there none to make; and the remarks, which hold nothing of what was handed in.
CREATE TABLE case_look (
    number INTEGER NOT NULL,
    round  INTEGER NOT NULL,
    at     INTEGER NOT NULL,
    PRIMARY KEY (number, round)
) STRICT, WITHOUT ROWID;
CREATE TABLE case_remark (
    number    INTEGER NOT NULL,
    round     INTEGER NOT NULL,
    place     INTEGER NOT NULL,
    topic     TEXT NOT NULL,
    field     TEXT NOT NULL,
    judgement INTEGER NOT NULL,
    why       TEXT NOT NULL,
    PRIMARY KEY (number, round, place)
) STRICT, WITHOUT ROWID;

-- The case that a revision revises. One revision of a case at most is open.
ALTER TABLE case_file ADD COLUMN revises INTEGER;
CREATE INDEX case_revises ON case_file (revises) WHERE revises IS NOT NULL;
CREATE UNIQUE INDEX case_revision ON case_file (revises) WHERE revises IS NOT NULL AND state IN (2, 4);

-- Lists of a caller's cases of every kind, by number.
CREATE INDEX case_caller ON case_file (door, caller, number);
