-- The shop of the Checkout example. Amounts are integer cents; STRICT tables refuse anything else.

CREATE TABLE user (
  user_id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  payment_method_id TEXT NOT NULL,
  balance INTEGER NOT NULL CHECK (balance >= 0),
  created_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP
) STRICT;

CREATE TABLE product (
  product_id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  price INTEGER NOT NULL CHECK (price BETWEEN 1 AND 100000000)
) STRICT;

-- payment_key names the one charge that this cart may ever cause. It is random, because a payment service
-- that several databases use would take cart 1 of one for cart 1 of another.
CREATE TABLE cart (
  cart_id INTEGER PRIMARY KEY AUTOINCREMENT,
  user_id INTEGER NOT NULL REFERENCES user (user_id),
  status TEXT NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'purchased')),
  payment_key TEXT NOT NULL UNIQUE DEFAULT (lower(hex(randomblob(16)))),
  created_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP
) STRICT;

CREATE UNIQUE INDEX cart_open_by_user ON cart (user_id) WHERE status = 'open';
CREATE INDEX cart_by_user ON cart (user_id);

CREATE TABLE cart_item (
  cart_id INTEGER NOT NULL REFERENCES cart (cart_id),
  product_id INTEGER NOT NULL REFERENCES product (product_id),
  quantity INTEGER NOT NULL CHECK (quantity BETWEEN 1 AND 1000),
  PRIMARY KEY (cart_id, product_id)
) STRICT;

CREATE INDEX cart_item_by_product ON cart_item (product_id);

-- The order: one for each purchased cart, with the prices of that day. charge_id is the payment service's
-- receipt; only the transaction that buys the cart ever sees it NULL.
CREATE TABLE purchase (
  purchase_id INTEGER PRIMARY KEY AUTOINCREMENT,
  cart_id INTEGER NOT NULL UNIQUE REFERENCES cart (cart_id),
  user_id INTEGER NOT NULL REFERENCES user (user_id),
  amount INTEGER NOT NULL CHECK (amount > 0),
  charge_id TEXT UNIQUE,
  created_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP
) STRICT;

CREATE INDEX purchase_by_user ON purchase (user_id);

CREATE TABLE purchase_item (
  purchase_id INTEGER NOT NULL REFERENCES purchase (purchase_id),
  product_id INTEGER NOT NULL REFERENCES product (product_id),
  quantity INTEGER NOT NULL CHECK (quantity > 0),
  unit_price INTEGER NOT NULL CHECK (unit_price > 0),
  PRIMARY KEY (purchase_id, product_id)
) STRICT;

CREATE INDEX purchase_item_by_product ON purchase_item (product_id);
