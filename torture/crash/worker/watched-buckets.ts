/** The buckets as the Worker is given them here: what it reads and writes tells how far it is. */

import { exportPrefix, importPrefix, restorePrefix } from "../../../src/dump-files.ts";
import { reach } from "./phases.ts";

/** The bucket of SQL files. */
export function watchedDumps(bucket: R2Bucket): R2Bucket {
  return overridden(bucket, {
    async get(key: string) {
      const file = await bucket.get(key);
      if (file === null) return null;
      if (key.startsWith(importPrefix)) return readInWindows(file, "import: in its transaction");
      if (key.startsWith(restorePrefix)) return readInWindows(file, "restore: filling");
      return file;
    },
    async put(key: string, ...more: unknown[]) {
      if (key.startsWith(exportPrefix)) await reach("export: writing the file", key);
      if (key.startsWith(restorePrefix)) await reach("restore: laying out", key);
      return Reflect.apply(bucket.put, bucket, [key, ...more]);
    },
    async delete(key: string) {
      if (key.startsWith(restorePrefix)) await reach("restore: tidying up", key);
      return bucket.delete(key);
    },
  });
}

/** The bucket of backups. */
export function watchedBackups(bucket: R2Bucket): R2Bucket {
  return overridden(bucket, {
    async put(key: string, value: string, options?: R2PutOptions) {
      const isSafety = options?.customMetadata?.reason === "before-restore";
      const phase = isSafety ? "restore: safety backup" : "backup: storing the manifest";
      await reach(key.endsWith(".json") ? phase : "backup: storing the file", key);
      const stored = await bucket.put(key, value, options);
      if (key.endsWith(".json") && !isSafety) await reach("backup: stored", key);
      return stored;
    },
  });
}

/** An import reads its first window before its physical transaction, and all others inside. */
function readInWindows(file: R2ObjectBody, phase: string): R2ObjectBody {
  return overridden(file, {
    body: {
      getReader: () => {
        const reader = file.body.getReader({ mode: "byob" });
        let windows = 0;
        const last = Math.max(2, Math.floor(file.size / 1_048_576));
        return {
          async readAtLeast(bytes: number, into: Uint8Array) {
            if (++windows === last) await reach(phase, file.key);
            return reader.readAtLeast(bytes, into);
          },
          cancel: () => reader.cancel(),
        };
      },
    },
  });
}

/** An object of the runtime's own works with itself as `this` only. */
function overridden<T extends object>(object: T, own: Record<string, unknown>): T {
  return new Proxy(object, {
    get(target, name) {
      if (typeof name === "string" && name in own) return own[name];
      const value: unknown = Reflect.get(target, name);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}
