/** What was typed wrong does nothing: exit code 2, a message that says what to type, and no request. */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FakeApi } from "./fake-api.ts";
import { runHere } from "./run-here.ts";

const api = new FakeApi();
let environment: Record<string, string>;

beforeAll(async () => {
  environment = { CLOUDFLARE_API_BASE_URL: await api.start(), CLOUDFLARE_API_TOKEN: "a-secret-token" };
});
afterAll(async () => {
  expect(api.requests).toEqual([]);
  await api.stop();
});

const id = "20261121T140003120Z-5f3a9c01";

describe("wrong arguments", () => {
  it.each([
    ["no command", [], "Error: Which command?"],
    ["no command of backup", ["backup"], "Error: Which command?"],
    ["an unknown command", ["backup", "remove", "shop"], "unknown command 'remove'"],
    ["a command with a typing error", ["backup", "restor", "shop"], "(Did you mean restore?)"],
    ["no database", ["backup", "list"], "missing required argument 'db'. --help shows what there is."],
    ["no backup", ["backup", "restore", "shop"], "missing required argument 'backup-id'."],
    ["too much", ["backup", "create", "shop", "bar"], "too many arguments"],
    ["an unknown option", ["backup", "create", "shop", "--now"], "unknown option '--now'"],
    [
      "a format that does not exist",
      ["backup", "download", "shop", id, "-f", "zip"],
      "Allowed choices are sql, gzip, sqlite.",
    ],
    ["a page that is no number", ["backup", "list", "shop", "--page", "0"], "It is a whole number from 1."],
    [
      "too long a page",
      ["backup", "list", "shop", "--per-page", "101"],
      "It is a whole number from 1 to 100.",
    ],
    [
      "two targets",
      ["backup", "restore", "shop", id, "--into", "a", "--create", "b"],
      "cannot be used with option '--into <db>'",
    ],
    [
      "--local's options without it",
      ["backup", "restore", "shop", id, "--config", "x"],
      "--config and --persist-to are for --local",
    ],
    [
      "what is no id",
      ["backup", "download", "shop", "../../etc"],
      '"../../etc" is no id of a backup, such as',
    ],
    [
      "a configuration that is missing",
      ["backup", "restore", "shop", id, "--local", "-c", "missing.toml"],
      "There is no /",
    ],
  ])("with %s are refused", async (_, args, message) => {
    const { exitCode, stdout, stderr } = await runHere(args, environment);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
    expect(stderr).toContain(message);
  });

  it("are told as JSON with --json", async () => {
    const { exitCode, json } = await runHere(["backup", "list", "--json"], environment);
    expect(exitCode).toBe(2);
    expect(json()).toEqual({ error: { message: expect.stringContaining("missing required argument 'db'") } });
  });
});

describe("the environment", () => {
  const withPassword = "http://me:a-password@127.0.0.1/client/v4";

  it.each([
    [
      "no address",
      { CLOUDFLARE_API_BASE_URL: "" },
      "Where is the API of your Worker? Say so with `export CLOUDFLARE_API_BASE_URL=",
    ],
    [
      "what is no address",
      { CLOUDFLARE_API_BASE_URL: "localhost:8787" },
      "CLOUDFLARE_API_BASE_URL is no address of an API",
    ],
    [
      "an address without its path",
      { CLOUDFLARE_API_BASE_URL: "http://localhost:8787" },
      "It ends in /client/v4",
    ],
    [
      "Cloudflare's own API",
      { CLOUDFLARE_API_BASE_URL: "https://api.cloudflare.com/client/v4" },
      "which has no backups",
    ],
    [
      "a password in the address",
      { CLOUDFLARE_API_BASE_URL: withPassword },
      "The token goes into CLOUDFLARE_API_TOKEN.",
    ],
    [
      "no token",
      { CLOUDFLARE_API_TOKEN: "" },
      "CLOUDFLARE_API_TOKEN is not set. It is the secret API_TOKEN of the Worker",
    ],
    [
      "a token with a line end",
      { CLOUDFLARE_API_TOKEN: "a-secret-token\n" },
      "Is there a space or a line end in it?",
    ],
  ])("with %s is refused, and not repeated", async (_, env, message) => {
    const { exitCode, stderr } = await runHere(["backup", "list", "shop"], { ...environment, ...env });
    expect(exitCode).toBe(2);
    expect(stderr).toContain(message);
    expect(stderr).not.toContain("a-password");
    expect(stderr).not.toContain("a-secret-token");
  });
});

describe("help", () => {
  it("is printed to stdout, as the version is", async () => {
    const help = await runHere(["backup", "restore", "--help"]);
    expect(help.exitCode).toBe(0);
    expect(help.stdout).toContain("Usage: d1-procedures backup restore [options] <db> <backup-id>");
    expect(help.stdout).toContain("CLOUDFLARE_API_TOKEN     its secret API_TOKEN");
    const version = await runHere(["--version"]);
    expect(version).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
  });
});
