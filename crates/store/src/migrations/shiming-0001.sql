-- Keys at rest, callers, the ledger and what it spent. See src/db.rs for why the registry is another file.

-- Random keys, each wrapped by the master key whose name stands beside it.
CREATE TABLE key (
    name   TEXT NOT NULL PRIMARY KEY,
    master TEXT NOT NULL,
    sealed BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- Who may call.
CREATE TABLE caller (
    door   TEXT NOT NULL,
    key_id TEXT NOT NULL,
    label  TEXT NOT NULL,
    state  INTEGER NOT NULL CHECK (state IN (0, 1)),
    PRIMARY KEY (door, key_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE caller_setting (
    door   TEXT NOT NULL,
    key_id TEXT NOT NULL,
    name   TEXT NOT NULL,
    value  TEXT NOT NULL,
    PRIMARY KEY (door, key_id, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE caller_secret (
    door   TEXT NOT NULL,
    key_id TEXT NOT NULL,
    name   TEXT NOT NULL,
    master TEXT NOT NULL,
    sealed BLOB NOT NULL,
    PRIMARY KEY (door, key_id, name)
) STRICT, WITHOUT ROWID;

-- Grows with every change to a caller.
CREATE TABLE caller_revision (
    id       INTEGER PRIMARY KEY CHECK (id = 1),
    revision INTEGER NOT NULL
) STRICT;
INSERT INTO caller_revision VALUES (1, 0);

-- One row for every decision. `hash` is SHA-256 over the hash before it and the canonical form of the row.
CREATE TABLE ledger (
    seq         INTEGER PRIMARY KEY,
    at          INTEGER NOT NULL,
    request_id  TEXT NOT NULL,
    door        TEXT NOT NULL,
    caller      TEXT NOT NULL,
    operation   TEXT NOT NULL,
    checked     TEXT NOT NULL,
    subject     BLOB NOT NULL,
    verdict     TEXT NOT NULL,
    differing   INTEGER NOT NULL,
    silent      TEXT,
    source      TEXT,
    took_micros INTEGER NOT NULL,
    spent       BLOB,
    spent_until INTEGER,
    hash        BLOB NOT NULL
) STRICT;

-- The newest entry, sealed under the ledger key, so that a tail cut off is noticed too. `purged` is the last entry
-- whose spend has been forgotten; it proves nothing and is not under the seal.
CREATE TABLE ledger_head (
    id     INTEGER PRIMARY KEY CHECK (id = 1),
    seq    INTEGER NOT NULL,
    hash   BLOB NOT NULL,
    seal   BLOB NOT NULL,
    purged INTEGER NOT NULL
) STRICT;

-- Replay memory: what was spent, and by which entry.
CREATE TABLE spent (
    key BLOB NOT NULL PRIMARY KEY,
    seq INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
