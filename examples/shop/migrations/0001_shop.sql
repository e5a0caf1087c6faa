-- Amounts are in cents. STRICT tables refuse values of another type.

CREATE TABLE product (
  sku TEXT PRIMARY KEY,
  price INTEGER NOT NULL CHECK (price > 0),
  stock INTEGER NOT NULL CHECK (stock >= 0)
) STRICT;

-- payment_key goes with the charge to the provider, who charges once for each key.
CREATE TABLE cart (
  id INTEGER PRIMARY KEY,
  card TEXT NOT NULL,
  payment_key TEXT NOT NULL UNIQUE
) STRICT;

-- The price is that of the day on which the cart was opened: a second attempt to pay is for the same amount.
CREATE TABLE cart_item (
  cart_id INTEGER NOT NULL REFERENCES cart,
  sku TEXT NOT NULL REFERENCES product,
  quantity INTEGER NOT NULL CHECK (quantity > 0),
  price INTEGER NOT NULL,
  PRIMARY KEY (cart_id, sku)
) STRICT;

CREATE TABLE purchase (
  cart_id INTEGER PRIMARY KEY REFERENCES cart,
  amount INTEGER NOT NULL,
  charge_id TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE declined_payment (
  cart_id INTEGER NOT NULL REFERENCES cart,
  reason TEXT NOT NULL,
  at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP
) STRICT;
