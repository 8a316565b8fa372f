-- Which network made a template, sixteen bytes; none for those from before this was kept. About no person: it is
-- equal for all templates of one network, so that those of another can be counted.
ALTER TABLE portrait ADD COLUMN maker BLOB;
CREATE INDEX portrait_maker ON portrait (maker);
