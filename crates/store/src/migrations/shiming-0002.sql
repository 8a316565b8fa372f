-- Replay memory becomes an index that is settled in the order of its keys. See src/ledger/memory.rs.

-- When each can be forgotten, so that the index need not ask the ledger.
ALTER TABLE spent ADD COLUMN until INTEGER NOT NULL DEFAULT 0;
UPDATE spent SET until = coalesce((SELECT spent_until FROM ledger WHERE ledger.seq = spent.seq), 0);

-- The last entry up to which all that was spent and can still be used stands in `spent`; behind it the ledger's own
-- rows are asked. Until now that was every entry.
ALTER TABLE ledger_head RENAME COLUMN purged TO settled;
UPDATE ledger_head SET settled = seq;
