/**
 * `npm run dev`: runs the server with the command that package.json gives, and applies the migrations once it answers.
 * PORT chooses another port than 8787.
 */

import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

const port = process.env.PORT ?? "8787";
const url = `http://127.0.0.1:${port}`;

// HTTP stays closed without a token.
if (!existsSync(".dev.vars")) {
  writeFileSync(".dev.vars", `API_TOKEN=${randomBytes(32).toString("hex")}\n`, { mode: 0o600 });
}
const [, token] = /^API_TOKEN=(.+)$/m.exec(readFileSync(".dev.vars", "utf8")) ?? [];

const command = [...process.argv.slice(2), "--ip=127.0.0.1", `--port=${port}`];
const server = spawn(command.join(" "), { shell: true, stdio: "inherit" });
server.once("exit", (code) => process.exit(code ?? 1));

const answers = () => fetch(url).then(Boolean, () => false);
while (!(await answers())) await sleep(100);

// Where wrangler finds D1's REST API. It has no terminal here, so that it does not ask whether it may.
const migration = spawn("npm run --silent migrate", {
  shell: true,
  stdio: ["ignore", "inherit", "inherit"],
  env: {
    ...process.env,
    CLOUDFLARE_API_BASE_URL: `${url}/client/v4`,
    CLOUDFLARE_API_TOKEN: token,
    CLOUDFLARE_ACCOUNT_ID: "local",
  },
});
migration.once("exit", (code) => {
  if (code === 0) console.log(`\n${url} is ready. In another terminal: export $(cat .dev.vars)\n`);
});
