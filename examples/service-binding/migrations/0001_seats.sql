-- A seat without a guest is free.
CREATE TABLE seat (
  id TEXT PRIMARY KEY,
  guest TEXT
) STRICT;

INSERT INTO seat (id) VALUES ('A1'), ('A2'), ('A3'), ('B1'), ('B2'), ('B3');
