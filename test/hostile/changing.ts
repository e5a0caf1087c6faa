/** An array whose only element is another one each time it is read. */
export function changing(...reads: unknown[]): unknown[] {
  let read = 0;
  return Object.defineProperty([], 0, {
    get: () => reads[Math.min(read++, reads.length - 1)],
    enumerable: true,
  });
}
