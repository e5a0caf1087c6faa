/** Runs SQL past the isolation, so that nothing of it is recorded; gives the rows as arrays. */
export type RunSql = <Row extends SqlStorageValue[] = SqlStorageValue[]>(
  sql: string,
  ...params: unknown[]
) => Row[];

/** Where a level reads and writes: the object's storage, past the isolation. */
export interface RawStorage {
  readonly run: RunSql;
  readonly sql: SqlStorage;
  transactionSync<T>(work: () => T): T;
}

const undo = Symbol("undo");

/** Runs work in a savepoint that is always rolled back; gives its result. */
export function andRollBack<T>(storage: RawStorage, work: () => T): T {
  let result!: T;
  try {
    storage.transactionSync(() => {
      result = work();
      throw undo;
    });
  } catch (thrown) {
    if (thrown !== undo) throw thrown;
  }
  return result;
}
