-- Sessions at the desk, agreements, what stands against subjects; and numbers under which a request can be sent again.

-- A session: what a caller asks about a person, and how far that has come. It holds nothing of the person in the clear.
-- `link` and `seat` are keyed hashes of what the person's browser has. `ended` is when nothing more could happen.
CREATE TABLE session (
    id         INTEGER PRIMARY KEY,
    door       TEXT NOT NULL,
    caller     TEXT NOT NULL,
    kind       TEXT NOT NULL,
    handle     TEXT NOT NULL,
    request    TEXT,
    content    BLOB NOT NULL,
    agreement  TEXT,
    identity   TEXT NOT NULL,
    precision  TEXT NOT NULL,
    service    TEXT NOT NULL,
    checked    TEXT NOT NULL,
    enough     INTEGER NOT NULL,
    spending   INTEGER NOT NULL,
    claimed    INTEGER NOT NULL,
    subject    BLOB,
    returns    BLOB,
    consent    TEXT,
    consent_at INTEGER,
    state      INTEGER NOT NULL,
    verdict    TEXT,
    differing  INTEGER,
    silent     TEXT,
    source     TEXT,
    judged_as  TEXT,
    judged_at  INTEGER,
    created    INTEGER NOT NULL,
    expires    INTEGER NOT NULL,
    version    INTEGER NOT NULL,
    ended      INTEGER,
    link       BLOB,
    seat       BLOB,
    UNIQUE (door, caller, kind, handle)
) STRICT;
CREATE UNIQUE INDEX session_request ON session (door, caller, kind, request) WHERE request IS NOT NULL;
CREATE UNIQUE INDEX session_link ON session (link) WHERE link IS NOT NULL;
CREATE UNIQUE INDEX session_seat ON session (seat) WHERE seat IS NOT NULL;
CREATE INDEX session_expires ON session (expires) WHERE ended IS NULL;
CREATE INDEX session_returns ON session (expires) WHERE returns IS NOT NULL;
CREATE INDEX session_ended ON session (ended) WHERE ended IS NOT NULL;
CREATE INDEX session_verifying ON session (created) WHERE state = 3;

-- Who the person is, sealed: as the caller claims (part 1), as given at the desk (part 2).
CREATE TABLE session_person (
    session INTEGER NOT NULL,
    part    INTEGER NOT NULL,
    sealed  BLOB NOT NULL,
    PRIMARY KEY (session, part)
) STRICT;

-- Agreements between a caller and a person. `number` is the caller's, `id` is ours.
CREATE TABLE agreement (
    door    TEXT NOT NULL,
    caller  TEXT NOT NULL,
    number  TEXT NOT NULL,
    id      TEXT NOT NULL,
    valid   INTEGER NOT NULL CHECK (valid IN (0, 1)),
    subject BLOB,
    since   INTEGER,
    PRIMARY KEY (door, caller, number),
    UNIQUE (door, caller, id)
) STRICT, WITHOUT ROWID;

-- What stands against a subject.
CREATE TABLE bar (
    subject BLOB NOT NULL PRIMARY KEY,
    bar     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Which entry a caller's number for a request stands for, and a keyed hash of what was asked.
CREATE TABLE repeatable (
    key     BLOB NOT NULL PRIMARY KEY,
    content BLOB NOT NULL,
    seq     INTEGER NOT NULL,
    until   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX repeatable_until ON repeatable (until);
