/** A value as SQLite has it. Integers as decimal text: a number would round them; texts as their bytes. */
export type ExactValue =
  | { type: "null" }
  | { type: "integer"; digits: string }
  | { type: "real"; value: number }
  | { type: "text" | "blob"; bytes: ArrayBuffer };

/** Reads a column exactly: select {@link exactColumn} after `typeof`, and give both. */
export function exactValue(type: unknown, value: unknown): ExactValue {
  switch (type) {
    case "integer":
      return { type, digits: value as string };
    case "real":
      return { type, value: value as number };
    case "text":
    case "blob":
      return { type, bytes: value as ArrayBuffer };
    default:
      return { type: "null" };
  }
}

/** What to select of a column so that nothing of it is lost on the way to JavaScript. */
export function exactColumn(column: string): string {
  return `CASE typeof(${column}) WHEN 'integer' THEN CAST(${column} AS TEXT) WHEN 'text' THEN CAST(${column} AS BLOB) ELSE ${column} END`;
}

/**
 * What SQLite makes of a column's value by itself, as a literal; with a NUL character in it where that is not exact: a text with a NUL, or
 * a REAL whose digits SQLite reads back as its neighbour. (A text that is no UTF-8 gets U+FFFD on its way to JavaScript.)
 *
 * @param lineEnds What becomes of CR LF in a text. The sqlite3 command line drops a CR before every LF that it reads, in texts too: as bytes
 *   in hexadecimal they pass. To look for them in every text would take a third longer.
 */
export function literalExpression(column: string, lineEnds: "as they are" | "as bytes"): string {
  const quoted = `''''||replace(${column},'''','''''')||''''`;
  const text =
    lineEnds === "as they are"
      ? quoted
      : `CASE WHEN instr(${column},char(13,10)) THEN 'CAST(X'''||hex(${column})||''' AS TEXT)' ELSE ${quoted} END`;
  return (
    `CASE typeof(${column}) WHEN 'text' THEN ${text} ` +
    `WHEN 'real' THEN CASE WHEN CAST(quote(${column}) AS REAL)=${column} THEN quote(${column}) ELSE char(0) END ` +
    `ELSE quote(${column}) END`
  );
}

/** Whether a text made of {@link literalExpression}s stands for exactly the values that it was made of. */
export function isExact(literals: string): boolean {
  return !literals.includes("\0") && !literals.includes("\ufffd");
}

/**
 * A literal for exactly this value.
 *
 * @param read What SQLite reads in a literal of a REAL: not always the nearest number, as IEEE 754 would have it.
 */
export function exactLiteral(value: ExactValue, read: (literal: string) => number): string {
  switch (value.type) {
    case "null":
      return "NULL";
    case "integer":
      return value.digits;
    case "real":
      return realLiteral(value.value, read);
    case "blob":
      return hexLiteral(value.bytes);
    case "text":
      return textLiteral(value.bytes);
  }
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function textLiteral(bytes: ArrayBuffer): string {
  try {
    const text = utf8.decode(bytes);
    if (!/\0|\r\n/.test(text)) return `'${text.replaceAll("'", "''")}'`;
  } catch {
    // No UTF-8, as a CAST makes it.
  }
  return `CAST(${hexLiteral(bytes)} AS TEXT)`;
}

function hexLiteral(bytes: ArrayBuffer): string {
  return `X'${Buffer.from(bytes).toString("hex").toUpperCase()}'`;
}

function realLiteral(value: number, read: (literal: string) => number): string {
  if (!Number.isFinite(value)) return value > 0 ? "9.0e+999" : "-9.0e+999";
  for (const literal of [value.toExponential(), value.toExponential(16), value.toExponential(18)]) {
    if (read(literal) === value) return literal;
  }
  return binaryLiteral(value);
}

/** 2^62, the greatest power of two that is an integer to SQLite. */
const bigPower = "CAST(4611686018427387904 AS REAL)";

/** An integer times powers of two: exact in every step, whoever reads it. */
function binaryLiteral(value: number): string {
  const bits = new DataView(new ArrayBuffer(8));
  bits.setFloat64(0, Math.abs(value));
  const high = bits.getUint32(0);
  const isSubnormal = high >>> 20 === 0;
  const mantissa = ((high & 0xfffff) + (isSubnormal ? 0 : 0x100000)) * 2 ** 32 + bits.getUint32(4);
  let exponent = (isSubnormal ? 1 : high >>> 20) - 1075;
  const operator = exponent < 0 ? "/" : "*";
  let literal = `CAST(${value < 0 ? "-" : ""}${mantissa} AS REAL)`;
  for (exponent = Math.abs(exponent); exponent >= 62; exponent -= 62) literal += operator + bigPower;
  return `(${literal}${operator}CAST(${2 ** exponent} AS REAL))`;
}
