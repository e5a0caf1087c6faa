/**
 * The development token: a line `API_TOKEN=...` in a file that only its owner can read.
 */

import { randomBytes } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";

/**
 * Writes a new random token.
 *
 * @param {string} path
 * @returns {Promise<string>} The token.
 */
export async function createTokenFile(path) {
  const token = randomBytes(24).toString("base64url");
  await writeFile(path, `API_TOKEN=${token}\n`, { mode: 0o600 });
  return token;
}

/**
 * Reads the token of a file.
 *
 * @param {string} path
 * @returns {Promise<string | undefined>} Undefined when there is no such file, or no token in it.
 */
export async function readTokenFile(path) {
  const text = await readFile(path, "utf8").catch((error) => {
    if (error.code === "ENOENT") return "";
    throw error;
  });
  return /^\s*API_TOKEN\s*=\s*(["']?)(\S+?)\1\s*$/m.exec(text)?.[2];
}
