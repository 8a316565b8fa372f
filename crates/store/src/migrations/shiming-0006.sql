-- Operators: who looks at cases and decides them. See src/operators.rs.

-- The key itself is nowhere: `key` is a keyed hash of it. A row is never deleted, so that a name stays one person's.
CREATE TABLE operator (
    name    TEXT PRIMARY KEY,
    role    INTEGER NOT NULL,
    enabled INTEGER NOT NULL,
    key     BLOB NOT NULL UNIQUE,
    added   INTEGER NOT NULL,
    keyed   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
