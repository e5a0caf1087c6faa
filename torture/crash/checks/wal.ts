/**
 * The end of a write-ahead log, as https://sqlite.org/fileformat2.html#walformat describes it. Frames after the last commit are what a
 * transaction has written that had not committed: SQLite ignores them.
 */

const headerBytes = 32;
const frameHeaderBytes = 24;

/** @returns How many frames of its newest pass are after the last one that commits. */
export function uncommittedFrames(wal: Uint8Array): number {
  if (wal.length < headerBytes) return 0;
  const view = new DataView(wal.buffer, wal.byteOffset, wal.byteLength);
  const pageBytes = view.getUint32(8);
  const frameBytes = frameHeaderBytes + pageBytes;
  let uncommitted = 0;
  for (let at = headerBytes; at + frameBytes <= wal.length; at += frameBytes) {
    // Both salts are those of the header, or the frame is left of an earlier pass over the file.
    const isOfThisPass =
      view.getUint32(at + 8) === view.getUint32(16) && view.getUint32(at + 12) === view.getUint32(20);
    if (!isOfThisPass) break;
    const commits = view.getUint32(at + 4) !== 0;
    uncommitted = commits ? 0 : uncommitted + 1;
  }
  return uncommitted;
}
