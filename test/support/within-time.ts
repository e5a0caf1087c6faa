/** What a promise gives, unless it takes so long that nobody would wait for it. */
export async function withinTime<T>(promise: Promise<T>, ms = 30_000): Promise<T> {
  const hang = scheduler.wait(ms).then(() => {
    throw new Error(`nothing came for ${ms} ms`);
  });
  hang.catch(() => {});
  return Promise.race([promise, hang]);
}
