-- Demo data: not a migration, because a real database must not get it. Amounts in cents.
-- The payment methods and what they do: procedures/payment-worker/README.md.

INSERT INTO user (user_id, name, payment_method_id, balance) VALUES
  (1, 'Ada',     'pm_card',      10000),
  (2, 'Grace',   'pm_declined',  10000),
  (3, 'Linus',   'pm_card',       1000),
  (4, 'Barbara', 'pm_card',      10000),
  (5, 'Edsger',  'pm_slow_1000', 10000);

INSERT INTO product (product_id, name, price) VALUES
  (1, 'Notebook',      450),
  (2, 'Fountain pen', 2000),
  (3, 'Ink',           800);
