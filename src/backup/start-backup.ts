import { messageOf } from "../errors.ts";
import type { BackupParams } from "./backup.ts";
import { toHex } from "./digest.ts";

/** The beginning of the ids of a database's instances. Workflows take 100 letters, digits, `-` and `_`. */
export async function instancePrefix(uuid: string): Promise<string> {
  if (/^[A-Za-z0-9_][\w-]{0,63}$/.test(uuid)) return `${uuid}-`;
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(uuid));
  return `${toHex(digest).slice(0, 32)}-`;
}

/** The id of the instance that backs a database up in an hour: the same, however often its cron fires. */
export async function scheduledInstanceId(uuid: string, timeMs: number): Promise<string> {
  const hour = new Date(timeMs).toISOString().slice(0, 13).replaceAll("-", "");
  return `${await instancePrefix(uuid)}${hour}`;
}

/** The id of an instance that somebody asks for. */
export async function requestedInstanceId(uuid: string): Promise<string> {
  return `${await instancePrefix(uuid)}${crypto.randomUUID().slice(0, 13)}`;
}

/** Starts an instance, unless there is one of that id. */
export async function startOnce(
  workflow: Workflow<BackupParams>,
  id: string,
  params: BackupParams,
): Promise<void> {
  try {
    await workflow.create({ id, params });
  } catch (error) {
    // There is no code to go by. A local Workflow does not fail: it does nothing.
    if (!/already[ _]exists/i.test(messageOf(error))) throw error;
  }
}
