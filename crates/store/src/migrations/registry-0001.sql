-- The sealed registry: no number, name, phone or card; see src/registry/mod.rs for what the columns hold.

-- Which registry key this file was written under, as a keyed hash: two installations' files must not be mixed.
CREATE TABLE pairing (
    id  INTEGER PRIMARY KEY CHECK (id = 1),
    tag BLOB NOT NULL
) STRICT;

CREATE TABLE record (
    key    BLOB NOT NULL PRIMARY KEY,
    kind   INTEGER NOT NULL,
    recipe INTEGER NOT NULL,
    tags   BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- What must be read back, under a key that needs the number. A table of its own, so that a look-up that does not want
-- it never walks over it.
CREATE TABLE portrait (
    key    BLOB NOT NULL PRIMARY KEY,
    sealed BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- How many records there are of each kind and recipe: counting ten million rows would take seconds.
CREATE TABLE tally (
    kind   INTEGER NOT NULL,
    recipe INTEGER NOT NULL,
    rows   INTEGER NOT NULL,
    PRIMARY KEY (kind, recipe)
) STRICT, WITHOUT ROWID;

-- How far each import has come.
CREATE TABLE import (
    source      BLOB NOT NULL PRIMARY KEY,
    byte_offset INTEGER NOT NULL,
    line        INTEGER NOT NULL,
    accepted    INTEGER NOT NULL,
    rejected    INTEGER NOT NULL,
    deleted     INTEGER NOT NULL,
    rejects_len INTEGER NOT NULL,
    started     INTEGER NOT NULL,
    finished    INTEGER
) STRICT, WITHOUT ROWID;
