-- A database in which everything stands that is hard to import or to export.
/* The semicolons in this comment; and the quotes ' " end nothing;
   neither does its second line. */
CREATE TABLE author (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL UNIQUE, -- an apostrophe's comment
  mentor_id INTEGER REFERENCES author (id)
);
CREATE TABLE book (
  id INTEGER PRIMARY KEY,
  title TEXT NOT NULL,
  author_id INTEGER NOT NULL REFERENCES author (id) ON DELETE CASCADE,
  price REAL CHECK (price >= 0),
  copies_sold INTEGER,
  cover BLOB,
  shelf_mark TEXT GENERATED ALWAYS AS (upper(substr(title, 1, 3))) STORED
);
CREATE TABLE tag (name TEXT PRIMARY KEY, uses INT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE "odd ""name"";" ("a;b" TEXT, "select" ANY);
CREATE TABLE history (entry TEXT);
CREATE INDEX book_by_title ON book (title COLLATE NOCASE) WHERE price IS NOT NULL;
CREATE VIEW expensive AS SELECT title FROM book WHERE price > 20;
CREATE TRIGGER book_added AFTER INSERT ON book BEGIN
  INSERT INTO history VALUES ('added; ' || NEW.title);
  UPDATE tag SET uses = CASE WHEN name = 'new' THEN uses + 1 ELSE uses END;
END;
CREATE VIRTUAL TABLE book_text USING fts5(title, content='book', content_rowid='id');
CREATE VIRTUAL TABLE review USING fts5(body);

-- The mentor comes after the pupil.
PRAGMA defer_foreign_keys = TRUE;
INSERT INTO author VALUES (1, 'Ursula', 7), (7, 'Alfred', 7);
DELETE FROM author WHERE id = 99;
INSERT INTO tag VALUES ('new', 0), ('it''s', 3);
INSERT INTO book (id, title, author_id, price, copies_sold, cover) VALUES
  (1, 'The Telling', 1, 19.99, 9007199254740993, x'00ff00'),
  (2, 'Line
break; and "quotes"', 7, 1e300, -9223372036854775808, NULL),
  (3, 'NUL' || char(0) || 'inside', 7, 0.1, 3, zeroblob(3));
INSERT INTO "odd ""name"";" VALUES ('''', 1), ('漢字 😀', x'');
INSERT INTO book_text (book_text) VALUES ('rebuild');
INSERT INTO review (rowid, body) VALUES (5, 'a quiet book'), (9, 'a loud one');
