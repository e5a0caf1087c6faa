import { spawn } from "node:child_process";

/** The physical limit: one transaction, no network. */
export function sqlite3Import(database: string, file: string): Promise<void> {
  return sqlite3(database, `PRAGMA journal_mode=WAL;\nBEGIN;\n.read ${file}\nCOMMIT;\n`);
}

export function sqlite3Dump(database: string, file: string): Promise<void> {
  return sqlite3(database, `.output ${file}\n.dump\n`);
}

function sqlite3(database: string, input: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn("sqlite3", [database], { stdio: ["pipe", "ignore", "inherit"], timeout: 300_000 });
    child.once("error", reject);
    child.once("exit", (code) => (code === 0 ? resolve() : reject(new Error(`sqlite3 ended with ${code}`))));
    child.stdin.on("error", () => {}); // it is not there
    child.stdin.end(input);
  });
}
