-- Cases that callers hand in, what was decided on them, and their papers. See src/cases.rs and src/papers.rs.

-- The last number that was given to a case. They begin with nine digits: some SDKs of Volcengine's have 32 bits for one.
CREATE TABLE case_number (
    id   INTEGER PRIMARY KEY CHECK (id = 1),
    last INTEGER NOT NULL
) STRICT;
INSERT INTO case_number VALUES (1, 100000000);

-- A case as it stands. The door's fields are sealed, and none once they were erased.
CREATE TABLE case_file (
    number    INTEGER PRIMARY KEY,
    door      TEXT NOT NULL,
    caller    TEXT NOT NULL,
    kind      TEXT NOT NULL,
    state     INTEGER NOT NULL,
    round     INTEGER NOT NULL,
    version   INTEGER NOT NULL,
    created   INTEGER NOT NULL,
    updated   INTEGER NOT NULL,
    preferred TEXT,
    name_tag  BLOB,
    dossier   BLOB
) STRICT;
CREATE INDEX case_owner ON case_file (door, caller, kind, number);
CREATE INDEX case_waiting ON case_file (number) WHERE state = 2;
-- A name is free again when its case is closed.
CREATE UNIQUE INDEX case_name ON case_file (door, caller, kind, name_tag) WHERE name_tag IS NOT NULL AND state <> 5;
CREATE UNIQUE INDEX case_preferred ON case_file (door, caller, kind, preferred) WHERE preferred IS NOT NULL;
CREATE INDEX case_closed ON case_file (updated) WHERE state = 5;

-- The operators who have edited a case or brought papers for it.
CREATE TABLE case_hand (
    number   INTEGER NOT NULL,
    operator TEXT NOT NULL,
    PRIMARY KEY (number, operator)
) STRICT, WITHOUT ROWID;

-- Every decision of every round. The reason is sealed, and none once it was erased.
CREATE TABLE case_decision (
    id       INTEGER PRIMARY KEY,
    number   INTEGER NOT NULL,
    round    INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    outcome  INTEGER NOT NULL,
    operator TEXT NOT NULL,
    reason   BLOB
) STRICT;
CREATE INDEX case_decision_number ON case_decision (number, id);

-- Which case a caller's request has made: a keyed hash of its number.
CREATE TABLE case_request (
    door   TEXT NOT NULL,
    caller TEXT NOT NULL,
    tag    BLOB NOT NULL,
    number INTEGER NOT NULL,
    until  INTEGER NOT NULL,
    PRIMARY KEY (door, caller, tag)
) STRICT, WITHOUT ROWID;
CREATE INDEX case_request_until ON case_request (until);

-- A paper: the file under papers/, its own key wrapped under the cases' key, a keyed hash of its content. Without the
-- row the file is noise.
CREATE TABLE paper (
    id         INTEGER PRIMARY KEY,
    object     TEXT NOT NULL UNIQUE,
    number     INTEGER NOT NULL,
    round      INTEGER NOT NULL,
    role       TEXT NOT NULL,
    media      INTEGER NOT NULL,
    size       INTEGER NOT NULL,
    content    BLOB NOT NULL,
    wrapped    BLOB NOT NULL,
    superseded INTEGER
) STRICT;
CREATE INDEX paper_number ON paper (number, id);
CREATE INDEX paper_content ON paper (content);
CREATE INDEX paper_superseded ON paper (superseded) WHERE superseded IS NOT NULL;
