-- What was decided on a subject before.
CREATE INDEX session_subject ON session (subject) WHERE subject IS NOT NULL;
