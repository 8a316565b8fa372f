-- What was decided on a subject before, and under which agreements. With the caller in it, so that it is never passed over
-- for the index of handles, which would be a walk through all of a caller's sessions.
CREATE INDEX session_subject ON session (subject, door, caller, kind) WHERE subject IS NOT NULL;
