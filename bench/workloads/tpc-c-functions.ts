/** New-Order and Payment as PL/pgSQL functions: one call, everything else beside the data. */
export const tpcCFunctions: readonly string[] = [
  `CREATE OR REPLACE FUNCTION new_order_transaction(w integer, d integer, c integer, items integer[], suppliers integer[], quantities integer[])
   RETURNS bigint LANGUAGE plpgsql AS $$
   DECLARE warehouse_tax integer; district_tax integer; o integer; discount integer; price integer; total bigint := 0;
     in_stock integer; info text; amount integer;
   BEGIN
     SELECT w_tax INTO warehouse_tax FROM warehouse WHERE w_id = w;
     SELECT d_tax, d_next_o_id INTO district_tax, o FROM district WHERE d_w_id = w AND d_id = d FOR UPDATE;
     UPDATE district SET d_next_o_id = o + 1 WHERE d_w_id = w AND d_id = d;
     SELECT c_discount INTO discount FROM customer WHERE c_w_id = w AND c_d_id = d AND c_id = c;
     INSERT INTO orders (o_w_id, o_d_id, o_id, o_c_id, o_entry_d, o_ol_cnt, o_all_local)
       VALUES (w, d, o, c, CURRENT_TIMESTAMP, cardinality(items), CASE WHEN w = ALL (suppliers) THEN 1 ELSE 0 END);
     INSERT INTO new_order (no_w_id, no_d_id, no_o_id) VALUES (w, d, o);
     FOR line IN 1 .. cardinality(items) LOOP
       SELECT i_price INTO price FROM item WHERE i_id = items[line];
       IF NOT FOUND THEN RAISE EXCEPTION 'unused item' USING ERRCODE = 'P0002'; END IF;
       SELECT s_quantity, s_dist INTO in_stock, info FROM stock WHERE s_w_id = suppliers[line] AND s_i_id = items[line] FOR UPDATE;
       UPDATE stock SET s_quantity = in_stock - quantities[line] + CASE WHEN in_stock >= quantities[line] + 10 THEN 0 ELSE 91 END,
         s_ytd = s_ytd + quantities[line], s_order_cnt = s_order_cnt + 1,
         s_remote_cnt = s_remote_cnt + CASE WHEN suppliers[line] = w THEN 0 ELSE 1 END
         WHERE s_w_id = suppliers[line] AND s_i_id = items[line];
       amount := quantities[line] * price;
       total := total + amount;
       INSERT INTO order_line (ol_w_id, ol_d_id, ol_o_id, ol_number, ol_i_id, ol_supply_w_id, ol_quantity, ol_amount, ol_dist_info)
         VALUES (w, d, o, line, items[line], suppliers[line], quantities[line], amount, info);
     END LOOP;
     RETURN round(total * (1 - discount / 10000.0) * (1 + (warehouse_tax + district_tax) / 10000.0));
   EXCEPTION WHEN no_data_found THEN RETURN NULL; -- what was written since BEGIN is undone
   END $$`,
  `CREATE OR REPLACE FUNCTION payment_transaction(w integer, d integer, cw integer, cd integer, c integer, amount integer)
   RETURNS bigint LANGUAGE plpgsql AS $$
   DECLARE warehouse_name text; district_name text; balance bigint; credit text; data text;
   BEGIN
     UPDATE warehouse SET w_ytd = w_ytd + amount WHERE w_id = w RETURNING w_name INTO warehouse_name;
     UPDATE district SET d_ytd = d_ytd + amount WHERE d_w_id = w AND d_id = d RETURNING d_name INTO district_name;
     SELECT c_balance, c_credit, c_data INTO balance, credit, data FROM customer
       WHERE c_w_id = cw AND c_d_id = cd AND c_id = c FOR UPDATE;
     IF credit = 'BC' THEN
       data := left(concat(c, ',', cd, ',', cw, ' ', d, ' ', w, ' ', amount, ' | ', data), 500);
     END IF;
     UPDATE customer SET c_balance = balance - amount, c_ytd_payment = c_ytd_payment + amount, c_payment_cnt = c_payment_cnt + 1,
       c_data = data WHERE c_w_id = cw AND c_d_id = cd AND c_id = c;
     INSERT INTO history (h_c_w_id, h_c_d_id, h_c_id, h_w_id, h_d_id, h_date, h_amount, h_data)
       VALUES (cw, cd, c, w, d, CURRENT_TIMESTAMP, amount, warehouse_name || '    ' || district_name);
     RETURN balance - amount;
   END $$`,
];
