-- Replay memory in runs: spends in the order of their keys, written once and dropped as a whole. See src/ledger/memory.rs.

-- A run: until when one of its spends is to be remembered, in how many parts it lies, and its filter; none while it is
-- being written. No number is given twice: two processes may write here, and one may forget what the other is at.
CREATE TABLE spent_run (
    run    INTEGER PRIMARY KEY AUTOINCREMENT,
    until  INTEGER NOT NULL,
    parts  INTEGER NOT NULL,
    filter BLOB
) STRICT;

-- Its parts: 16 bytes of key for each spend, then 8 for the number of each one's entry. `id` is the run's number in the
-- upper 32 bits and the part's in the lower.
CREATE TABLE spent_part (
    id     INTEGER PRIMARY KEY,
    spends BLOB NOT NULL
) STRICT;

-- In `spent` stands what was spent where nothing was decided, and what was spent before there were runs.
CREATE INDEX spent_until ON spent (until);
