-- How alike two faces were, in hundredths, 0 to 10000; none where no two were compared. An entry that has it is hashed in
-- the second form of src/ledger/chain.rs, every other in the first.
ALTER TABLE ledger ADD COLUMN score INTEGER;
