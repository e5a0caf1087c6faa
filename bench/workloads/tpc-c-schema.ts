import { type Check, counting, inSteps } from "./workload.ts";

/**
 * The tables of TPC-C that New-Order and Payment touch. Simplified: no address columns; one `s_dist` of 24 characters in place of ten;
 * texts are of their length but not random; money in cents and taxes in ten-thousandths, as integers; no orders at the start.
 */
export function tpcCSchema(warehouses: number, items: number, customers: number): string[] {
  const tables = ["order_line", "new_order", "orders", "history", "stock", "item", "customer", "district"];
  return [
    ...[...tables, "warehouse"].map((table) => `DROP TABLE IF EXISTS ${table}`),
    "CREATE TABLE warehouse (w_id INTEGER PRIMARY KEY, w_name TEXT, w_tax INTEGER, w_ytd BIGINT)",
    `CREATE TABLE district (d_w_id INTEGER, d_id INTEGER, d_name TEXT, d_tax INTEGER, d_ytd BIGINT, d_next_o_id INTEGER,
      PRIMARY KEY (d_w_id, d_id))`,
    `CREATE TABLE customer (c_w_id INTEGER, c_d_id INTEGER, c_id INTEGER, c_last TEXT, c_credit TEXT, c_discount INTEGER,
      c_balance BIGINT, c_ytd_payment BIGINT, c_payment_cnt INTEGER, c_data TEXT, PRIMARY KEY (c_w_id, c_d_id, c_id))`,
    `CREATE TABLE history (h_c_w_id INTEGER, h_c_d_id INTEGER, h_c_id INTEGER, h_w_id INTEGER, h_d_id INTEGER, h_date TIMESTAMP,
      h_amount INTEGER, h_data TEXT)`,
    "CREATE TABLE item (i_id INTEGER PRIMARY KEY, i_name TEXT, i_price INTEGER, i_data TEXT)",
    `CREATE TABLE stock (s_w_id INTEGER, s_i_id INTEGER, s_quantity INTEGER, s_ytd INTEGER, s_order_cnt INTEGER,
      s_remote_cnt INTEGER, s_dist TEXT, s_data TEXT, PRIMARY KEY (s_w_id, s_i_id))`,
    `CREATE TABLE orders (o_w_id INTEGER, o_d_id INTEGER, o_id INTEGER, o_c_id INTEGER, o_entry_d TIMESTAMP, o_carrier_id INTEGER,
      o_ol_cnt INTEGER, o_all_local INTEGER, PRIMARY KEY (o_w_id, o_d_id, o_id))`,
    "CREATE TABLE new_order (no_w_id INTEGER, no_d_id INTEGER, no_o_id INTEGER, PRIMARY KEY (no_w_id, no_d_id, no_o_id))",
    `CREATE TABLE order_line (ol_w_id INTEGER, ol_d_id INTEGER, ol_o_id INTEGER, ol_number INTEGER, ol_i_id INTEGER,
      ol_supply_w_id INTEGER, ol_quantity INTEGER, ol_amount INTEGER, ol_dist_info TEXT,
      PRIMARY KEY (ol_w_id, ol_d_id, ol_o_id, ol_number))`,
    `${counting("n", 1, items)} INSERT INTO item SELECT i, 'item number ' || i, 100 + (i * 7919) % 9901, '${"d".repeat(38)}' FROM n`,
    `${counting("n", 1, warehouses)} INSERT INTO warehouse SELECT i, 'house ' || i, 700, 0 FROM n`,
    `${counting("n", 0, warehouses * 10 - 1)} INSERT INTO district SELECT 1 + i / 10, 1 + i % 10, 'district ' || i, 500, 0, 1 FROM n`,
    ...inSteps(
      warehouses * 10 * customers,
      120_000,
      (
        from,
        to,
      ) => `${counting("n", from - 1, to - 1)} INSERT INTO customer SELECT 1 + i / ${10 * customers}, 1 + i / ${customers} % 10, 1 + i % ${customers},
        'LASTNAME' || i % 1000, CASE WHEN i % 10 = 0 THEN 'BC' ELSE 'GC' END, (i * 7) % 5001, -1000, 1000, 1, '${"c".repeat(400)}' FROM n`,
    ),
    ...inSteps(
      warehouses * items,
      200_000,
      (
        from,
        to,
      ) => `${counting("n", from - 1, to - 1)} INSERT INTO stock SELECT 1 + i / ${items}, 1 + i % ${items},
        10 + (i * 31) % 91, 0, 0, 0, '${"s".repeat(24)}', '${"d".repeat(38)}' FROM n`,
    ),
  ];
}

/** Consistency conditions 1 to 4 of TPC-C (3.3.2), and that every order has its lines. */
export const tpcCChecks: Check[] = [
  {
    what: "condition 1: a warehouse has what its districts have taken in (W_YTD = sum(D_YTD))",
    sql: `SELECT w_id, w_ytd, districts FROM (SELECT w_id, w_ytd, (SELECT sum(d_ytd) FROM district WHERE d_w_id = w_id) AS districts
      FROM warehouse) AS sums WHERE w_ytd <> districts`,
  },
  {
    what: "condition 2: the next order of a district follows its last one (D_NEXT_O_ID - 1 = max(O_ID) = max(NO_O_ID))",
    sql: `SELECT * FROM (SELECT d_w_id, d_id, d_next_o_id - 1 AS newest,
        (SELECT coalesce(max(o_id), 0) FROM orders WHERE o_w_id = d_w_id AND o_d_id = d_id) AS orders_newest,
        (SELECT coalesce(max(no_o_id), 0) FROM new_order WHERE no_w_id = d_w_id AND no_d_id = d_id) AS new_newest
      FROM district) AS newest WHERE newest <> orders_newest OR newest <> new_newest`,
  },
  {
    what: "condition 3: new orders are numbered without a gap (max(NO_O_ID) - min(NO_O_ID) + 1 = count)",
    sql: `SELECT no_w_id, no_d_id FROM new_order GROUP BY no_w_id, no_d_id HAVING max(no_o_id) - min(no_o_id) + 1 <> count(*)`,
  },
  {
    what: "condition 4: orders have as many lines as they say (sum(O_OL_CNT) = count of lines), in every district",
    sql: `SELECT * FROM (SELECT o_w_id, o_d_id, sum(o_ol_cnt) AS said FROM orders GROUP BY o_w_id, o_d_id) AS orders_said
      LEFT JOIN (SELECT ol_w_id, ol_d_id, count(*) AS there FROM order_line GROUP BY ol_w_id, ol_d_id) AS lines
      ON ol_w_id = o_w_id AND ol_d_id = o_d_id WHERE said <> coalesce(there, 0)`,
  },
  {
    what: "what was paid is in the history (sum(H_AMOUNT) = sum(W_YTD))",
    sql: `SELECT * FROM (SELECT (SELECT coalesce(sum(h_amount), 0) FROM history) AS paid, (SELECT sum(w_ytd) FROM warehouse) AS taken)
      AS sums WHERE paid <> taken`,
  },
];
