/** The bank that every contender serves: accounts with a balance, and a transfer of money between two. */

export const accountCount = 100_000;
export const startBalance = 1_000_000;

export const schema =
  "CREATE TABLE account (id INTEGER PRIMARY KEY, balance INTEGER NOT NULL CHECK (balance >= 0))";
export const fill = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${accountCount})
  INSERT INTO account SELECT i, ${startBalance} FROM n`;
export const readBalance = "SELECT balance FROM account WHERE id = ?";
export const writeBalance = "UPDATE account SET balance = ? WHERE id = ?";
export const addToBalance = "UPDATE account SET balance = balance + 1 WHERE id = ?";
export const total = "SELECT sum(balance) AS total FROM account";

export interface Transfer {
  from: number;
  to: number;
  amount: number;
}

/** Two different accounts and a real amount: SQLite skips a page that an UPDATE leaves unchanged. */
export function randomTransfer(): Transfer {
  const from = 1 + Math.floor(Math.random() * accountCount);
  const to = 1 + ((from + Math.floor(Math.random() * (accountCount - 1))) % accountCount);
  return { from, to, amount: 1 + Math.floor(Math.random() * 5) };
}

/** Any account. */
export function randomId(): number {
  return 1 + Math.floor(Math.random() * accountCount);
}
