import { expect, it } from "vitest";
import { configuredName, readOnlyToken, type Suite } from "../suite.ts";

export function accessCases(suite: () => Suite): void {
  it("with a wrong token is told so, and sees nothing", async () => {
    const { wrangler } = suite();
    const run = await wrangler.d1(["list"], { env: { CLOUDFLARE_API_TOKEN: "a-wrong-token" } });
    expect(run).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining("The API token is wrong. [code: 10000]"),
    });
    expect(run.stdout).not.toContain(configuredName);
    expect(run.output).not.toContain("a-wrong-token");
  });

  it("of another account is told so", async () => {
    const { wrangler } = suite();
    const run = await wrangler.d1(["list"], { env: { CLOUDFLARE_ACCOUNT_ID: "another" } });
    expect(run).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("[code: 7403]") });
    expect(run.stdout).not.toContain(configuredName);
  });

  it("who gives no account id has the one account", async () => {
    const { wrangler, makeDir } = suite();
    // In an empty folder: wrangler keeps the account that it has found.
    const cwd = makeDir("no-account");
    const run = await wrangler.d1(["list", "--json"], {
      cwd,
      env: { CLOUDFLARE_ACCOUNT_ID: undefined, HOME: cwd },
    });
    expect(run.exitCode, run.output).toBe(0);
    expect(run.json<{ name: string }[]>().map(({ name }) => name)).toContain(configuredName);
  });

  it("with the read-only token is refused what may write", async () => {
    const { wrangler, api } = suite();
    const { name, uuid } = await api.createDatabase();
    await api.query(uuid, "CREATE TABLE note (id INTEGER)");

    const run = await wrangler.d1(
      ["execute", name, "--remote", "--command=SELECT * FROM note; INSERT INTO note VALUES (1)"],
      { env: { CLOUDFLARE_API_TOKEN: readOnlyToken } },
    );

    expect(run.exitCode).toBe(1);
    // wrangler finds the database with this token, and shows what it is worth.
    expect(run.stdout).toContain(uuid);
    expect(run.stdout).toContain("Administrator Read Only");
    expect(run.stderr).toMatch(/may only read.*\[code: 10000\]/);
    expect(run.output).not.toContain(readOnlyToken);
    expect(await api.query(uuid, "SELECT * FROM note")).toEqual([]);
  });
}
