-- Ada can pay, Bob cannot.
INSERT INTO customer (id, name, balance) VALUES
  (1, 'Ada', 100),
  (2, 'Bob', 0);
