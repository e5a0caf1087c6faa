/**
 * Reads a cursor to its end, rows as arrays. Always to the end and at once: an unread cursor of an
 * `INSERT ... RETURNING` makes the commit fail and resets the object.
 */
export function rawRows<Row extends SqlStorageValue[]>(
  cursor: SqlStorageCursor<Record<string, SqlStorageValue>>,
): Row[] {
  // The runtime's iterator has the iterator helpers; the published types do not know it yet.
  return (cursor.raw<Row>() as IterableIterator<Row> & { toArray(): Row[] }).toArray();
}
