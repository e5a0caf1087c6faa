import { maxStatementBytes } from "../../limits.ts";
import { endOfTrigger, startsTrigger } from "../sql-text.ts";

/** A statement in a window of bytes. */
export interface ScannedStatement {
  start: number;
  /** Where its semicolon stands, or the end of the file. */
  end: number;
  /**
   * Of a plain `INSERT INTO t (...) VALUES (...), (...)`: its text before the rows. Nothing stands after them, so what
   * SQLite's compiler tells of one such statement holds for all with the same head. Undefined for anything else.
   */
  insertHead: string | undefined;
}

/** Where the next statement starts, or that the window ends before it can be told. */
export type Scanned = ScannedStatement | "incomplete" | "nothing";

const tab = 0x09;
const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const space = 0x20;
const doubleQuote = 0x22;
const singleQuote = 0x27;
const openParenthesis = 0x28;
const closeParenthesis = 0x29;
const asterisk = 0x2a;
const comma = 0x2c;
const minus = 0x2d;
const slash = 0x2f;
const semicolon = 0x3b;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const backquote = 0x60;

/** INSERT or REPLACE, up to the parenthesis of the first row. Conflict clauses that undo more than a statement are not here. */
const insertHead =
  /^(?:INSERT(?:[ \t\r\n]+OR[ \t\r\n]+(?:ABORT|IGNORE|REPLACE))?|REPLACE)[ \t\r\n]+INTO[ \t\r\n]*(?:"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\]|[ \t\r\n][A-Za-z_][\w$]*)[ \t\r\n]*(?:\((?:[^()"'`[\];*/-]|"[^"]*")*\)[ \t\r\n]*)?VALUES[ \t\r\n]*(?=\()/i;

/** Bytes in which the head of a statement is looked for at first. 100 columns with long names take more. */
const maxHeadBytes = 8_000;

/**
 * Finds the statements of an SQL file byte by byte, some hundred megabytes a second: the tokens of a text, which
 * scripts are split by, are a tenth as fast. The bytes of UTF-8 beyond ASCII never look like one of ASCII.
 */
export class StatementScanner {
  readonly #latin1 = new TextDecoder("latin1");
  /** The head of the last INSERT: in a dump most are like the one before. */
  #head = new Uint8Array();
  #headText = "";

  /**
   * Finds the first statement at or after a place.
   *
   * @param whole The window ends where the file ends, so that its last statement needs no semicolon.
   */
  next(bytes: Uint8Array, from: number, whole: boolean): Scanned {
    const { at: start, isComment } = this.endOfBlanks(bytes, from, whole);
    if (isComment) return "incomplete";
    if (start === bytes.length) return "nothing";
    const headEnd = this.#insertHeadAt(bytes, start);
    if (headEnd !== undefined) {
      const end = scanRows(bytes, headEnd);
      if (end !== -1) return { start, end, insertHead: this.#headText };
    }
    return this.#anyStatement(bytes, start, whole);
  }

  /**
   * Where the blanks and comments that come next end: at a statement, or at the comment with which the window ends, which may go on
   * beyond it.
   */
  endOfBlanks(bytes: Uint8Array, from: number, whole: boolean): { at: number; isComment: boolean } {
    let at = from;
    while (at < bytes.length) {
      const byte = bytes[at]!;
      if (byte === space || (byte >= tab && byte <= carriageReturn) || byte === semicolon) at++;
      // A byte order mark: a blank to SQLite wherever it stands.
      else if (byte === 0xef && bytes[at + 1] === 0xbb && bytes[at + 2] === 0xbf) at += 3;
      else {
        const after = skipComment(bytes, at, whole);
        if (after === -1) return { at, isComment: true };
        if (after === at) break;
        at = after;
      }
    }
    return { at, isComment: false };
  }

  #anyStatement(bytes: Uint8Array, start: number, whole: boolean): Scanned {
    const isTrigger = mayStartTrigger(bytes[start]!) && startsTrigger(this.#textAt(bytes, start));
    const end = isTrigger ? this.#endOfTrigger(bytes, start) : scanTo(bytes, start, whole);
    if (end !== -1) return { start, end, insertHead: undefined };
    return whole ? { start, end: bytes.length, insertHead: undefined } : "incomplete";
  }

  /** One that is longer than a statement may be ends there, and will be refused for its length. */
  #endOfTrigger(bytes: Uint8Array, start: number): number {
    let limit = start + 2 * maxStatementBytes;
    // Not within a character.
    while (limit < bytes.length && (bytes[limit]! & 0xc0) === 0x80) limit--;
    const end = endOfTrigger(this.#latin1.decode(bytes.subarray(start, limit)));
    if (end !== -1) return start + end;
    return bytes.length > limit ? limit : -1;
  }

  /** Enough for the words at the head of a statement, comments between them included. */
  #textAt(bytes: Uint8Array, start: number, length = maxHeadBytes): string {
    return this.#latin1.decode(bytes.subarray(start, start + length));
  }

  #insertHeadAt(bytes: Uint8Array, start: number): number | undefined {
    const head = this.#head;
    if (head.length > 0) {
      let matching = 0;
      while (matching < head.length && bytes[start + matching] === head[matching]) matching++;
      if (matching === head.length) return start + matching;
    }
    const [found] =
      insertHead.exec(this.#textAt(bytes, start)) ??
      (mayStartInsert(bytes[start]!)
        ? insertHead.exec(this.#textAt(bytes, start, maxStatementBytes))
        : null) ??
      [];
    if (found === undefined) return undefined;
    this.#head = bytes.slice(start, start + found.length);
    this.#headText = found;
    return start + found.length;
  }
}

/** CREATE, or EXPLAIN. */
function mayStartTrigger(byte: number): boolean {
  const letter = byte | 0x20;
  return letter === 0x63 || letter === 0x65;
}

/** INSERT, or REPLACE. */
function mayStartInsert(byte: number): boolean {
  const letter = byte | 0x20;
  return letter === 0x69 || letter === 0x72;
}

/**
 * Where a comment that starts here ends; the same place if none does; -1 if the window ends first. One that is not
 * closed goes on to the end of the file, as for SQLite.
 */
function skipComment(bytes: Uint8Array, at: number, whole: boolean): number {
  const first = bytes[at];
  if (first !== minus && first !== slash) return at;
  const second = bytes[at + 1];
  if (second === undefined) return whole ? at : -1;
  const unclosed = whole ? bytes.length : -1;
  if (first === minus && second === minus) {
    const end = bytes.indexOf(lineFeed, at + 2);
    return end === -1 ? unclosed : end + 1;
  }
  if (first === slash && second === asterisk) {
    let end = bytes.indexOf(asterisk, at + 2);
    while (end !== -1 && bytes[end + 1] !== slash) end = bytes.indexOf(asterisk, end + 1);
    return end === -1 ? unclosed : end + 2;
  }
  return at;
}

/** Where quotes that open here close; -1 if the window ends first. A doubled quote opens the next string at once. */
function skipQuoted(bytes: Uint8Array, at: number): number {
  const quote = bytes[at]!;
  return bytes.indexOf(quote === openBracket ? closeBracket : quote, at + 1) + 1 || -1;
}

/** The semicolon that ends rows which hold nothing but values; -1 if there is anything else, or the window ends. */
function scanRows(bytes: Uint8Array, from: number): number {
  let at = from;
  let depth = 0;
  while (at < bytes.length) {
    const byte = bytes[at]!;
    if (byte === openParenthesis) depth++;
    else if (byte === closeParenthesis) depth--;
    else if (depth === 0) {
      if (byte === semicolon) return at;
      const separates =
        byte === comma || byte === space || byte === lineFeed || byte === carriageReturn || byte === tab;
      if (!separates) return -1;
    } else if (byte === singleQuote || byte === doubleQuote) {
      at = skipQuoted(bytes, at);
      if (at === -1) return -1;
      continue;
    } else if (byte === semicolon || byte === backquote || byte === openBracket) return -1;
    else if (isLetter(byte)) {
      const end = endOfWord(bytes, at);
      if (readsTables.has(String.fromCharCode(...bytes.subarray(at, Math.min(end, at + 8))).toUpperCase()))
        return -1;
      at = end;
      continue;
    } else if (byte === minus ? bytes[at + 1] === minus : byte === slash && bytes[at + 1] === asterisk)
      return -1;
    at++;
  }
  return -1;
}

/** Words with which a value reads tables, and perhaps those of a PRAGMA that writes. */
const readsTables: ReadonlySet<string> = new Set(["IN", "SELECT", "TABLE", "VALUES", "WITH"]);

function isLetter(byte: number): boolean {
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x7a;
}

function endOfWord(bytes: Uint8Array, from: number): number {
  let at = from + 1;
  while (at < bytes.length && isWordByte(bytes[at]!)) at++;
  return at;
}

function isWordByte(byte: number): boolean {
  return isLetter(byte) || (byte >= 0x30 && byte <= 0x39) || byte === 0x5f || byte >= 0x80;
}

/** The next semicolon outside of quotes and comments; -1 if the window ends first. */
function scanTo(bytes: Uint8Array, from: number, whole: boolean): number {
  let at = from;
  while (at < bytes.length) {
    switch (bytes[at]!) {
      case semicolon:
        return at;
      case singleQuote:
      case doubleQuote:
      case backquote:
      case openBracket:
        at = skipQuoted(bytes, at);
        if (at === -1) return -1;
        break;
      case minus:
      case slash: {
        const after = skipComment(bytes, at, whole);
        if (after === -1) return -1;
        at = after === at ? at + 1 : after;
        break;
      }
      default:
        at++;
    }
  }
  return -1;
}
