/**
 * SQL functions that give the same value for the same arguments and rows. A function that is not listed
 * here counts as non-deterministic: that costs speed, never correctness.
 *
 * Not listed on purpose: random, randomblob; the date and time functions (`now` is the default of most);
 * changes, last_insert_rowid and total_changes, which tell about the connection rather than the rows.
 */
export const deterministicFunctions: ReadonlySet<string> = new Set([
  // Core scalar functions: https://sqlite.org/lang_corefunc.html
  ..."abs char coalesce concat concat_ws format glob hex if ifnull iif instr length like likelihood likely".split(
    " ",
  ),
  ..."lower ltrim max min nullif octet_length printf quote replace round rtrim sign soundex".split(" "),
  ..."subtype substr substring trim typeof unhex unicode unistr unistr_quote unlikely upper zeroblob".split(
    " ",
  ),
  // Aggregates and window functions: https://sqlite.org/lang_aggfunc.html, windowfunctions.html
  ..."avg count group_concat median percentile percentile_cont percentile_disc string_agg sum total".split(
    " ",
  ),
  ..."row_number rank dense_rank percent_rank cume_dist ntile lag lead first_value last_value nth_value".split(
    " ",
  ),
  // Mathematics: https://sqlite.org/lang_mathfunc.html
  ..."acos acosh asin asinh atan atan2 atanh ceil ceiling cos cosh degrees exp floor ln log log10 log2".split(
    " ",
  ),
  ..."mod pi pow power radians sin sinh sqrt tan tanh trunc".split(" "),
  // JSON: https://sqlite.org/json1.html
  ..."json jsonb json_array jsonb_array json_array_length json_error_position json_extract".split(" "),
  ..."jsonb_extract -> ->> json_insert jsonb_insert json_object jsonb_object json_patch jsonb_patch".split(
    " ",
  ),
  ..."json_pretty json_remove jsonb_remove json_replace jsonb_replace json_set jsonb_set json_type".split(
    " ",
  ),
  ..."json_valid json_quote json_group_array jsonb_group_array json_group_object jsonb_group_object".split(
    " ",
  ),
  // FTS5's auxiliary functions: https://sqlite.org/fts5.html
  ..."bm25 highlight match snippet fts5_get_locale fts5_insttoken fts5_locale".split(" "),
  // What ALTER TABLE calls inside.
  ..."sqlite_add_constraint sqlite_drop_column sqlite_drop_constraint sqlite_fail sqlite_find_constraint".split(
    " ",
  ),
  ..."sqlite_rename_column sqlite_rename_quotefix sqlite_rename_table sqlite_rename_test".split(" "),
]);
