-- What a dump, or another SQLite than the one that it comes from, may get wrong.
CREATE TABLE strict_values (id INTEGER PRIMARY KEY, i INT, r REAL, t TEXT, b BLOB, a ANY) STRICT;
INSERT INTO strict_values VALUES
  (1, 9223372036854775807, 1.7976931348623157e308, char(0) || 'after a NUL', x'00', 1),
  (2, -9223372036854775808, 5e-324, char(13) || char(10) || 'a line' || char(13), zeroblob(1000), '1'),
  (3, 0, -0.0, char(65279) || '漢字 😀 ''"`;', x'', x'31'),
  (4, NULL, 9e999, CAST(x'ff61' AS TEXT), NULL, 0.1),
  (5, 9007199254740993, 0.1, '', randomblob(300000), NULL);
CREATE TABLE keyed (a TEXT COLLATE NOCASE, b DESC, v, PRIMARY KEY (a, b DESC)) WITHOUT ROWID;
INSERT INTO keyed VALUES ('x', 1, 1), ('X', 2, 2), ('', 'z', NULL);
CREATE TABLE made (a, b AS (a || '!') STORED, c AS (length(a)) VIRTUAL, UNIQUE (b));
INSERT INTO made VALUES ('one'), ('three');
CREATE TABLE numbered (id INTEGER PRIMARY KEY AUTOINCREMENT, v);
INSERT INTO numbered VALUES (41, 'kept'), (77, 'deleted');
DELETE FROM numbered WHERE id = 77;
-- Texts in double quotes: in a Durable Object they are texts.
CREATE TABLE quoted (size TEXT DEFAULT "small" CHECK (size IN ("small", "it's ""large""")), label AS (size || " one") STORED);
INSERT INTO quoted (size) VALUES ('small'), ('it''s "large"');
CREATE INDEX quoted_sizes ON quoted (size) WHERE size <> "small";
CREATE TABLE parent (id INTEGER PRIMARY KEY, child REFERENCES child (id) DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE child (id INTEGER PRIMARY KEY, parent REFERENCES parent (id));
PRAGMA defer_foreign_keys = TRUE;
INSERT INTO parent VALUES (1, 1);
INSERT INTO child VALUES (1, 1);
CREATE TABLE "many rows" (id INTEGER PRIMARY KEY, word TEXT, noise BLOB);
INSERT INTO "many rows" WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
  SELECT i, 'word ' || i, randomblob(40) FROM n;
CREATE VIRTUAL TABLE prefixes USING fts5 (body, note UNINDEXED, prefix = '2 3', tokenize = "unicode61 remove_diacritics 2");
INSERT INTO prefixes (rowid, body, note) VALUES (-5, 'Crème brûlée', 'n1'), (7, 'plain cream', NULL);
CREATE VIRTUAL TABLE trigrams USING fts5 (body, content = '', tokenize = 'trigram');
