-- Reference portraits themselves, where the operator keeps them: the photo sealed under a key of its own, and that key
-- sealed under one that needs the number. A table with row ids, because its rows are large; the keys come first in them.
CREATE TABLE photo (
    key     BLOB NOT NULL PRIMARY KEY,
    wrapped BLOB NOT NULL,
    sealed  BLOB NOT NULL
) STRICT;
