-- What commits have touched, for other processes that hold compiled values in memory. A sequence would not do:
-- transactions commit in another order than they take numbers. The position is the transaction's own id; a reader
-- goes on from the oldest transaction that had not ended when it last looked.
CREATE TABLE changes (
  position BIGINT NOT NULL PRIMARY KEY DEFAULT (pg_current_xact_id()::text::bigint),
  origin TEXT NOT NULL,
  facets TEXT NOT NULL,
  at BIGINT NOT NULL
);
