-- What commits have touched, for other processes that hold compiled values in memory. One writer
-- commits at a time, so positions are in the order of commits.
CREATE TABLE changes (
  position INTEGER PRIMARY KEY AUTOINCREMENT,
  origin TEXT NOT NULL,
  facets TEXT NOT NULL,
  at BIGINT NOT NULL
);
