import { expect, it } from "vitest";
import { readOnlyToken, type Suite, token } from "../suite.ts";

export function accessCases(suite: () => Suite): void {
  it("is told that the token is wrong, and never sees it printed", async () => {
    const env = { CLOUDFLARE_API_TOKEN: `${token}-and-more` };
    const { exitCode, stdout, stderr, json } = await suite().run(
      ["backup", "list", "d1-procedures", "--json"],
      {
        env,
      },
    );
    expect(exitCode).toBe(1);
    expect(json()).toEqual({
      error: { message: expect.stringContaining("token"), status: 401, code: 10_000 },
    });
    expect(stderr).toContain("CLOUDFLARE_API_TOKEN must be the secret API_TOKEN of the Worker.");
    expect(stdout + stderr).not.toContain(token);
  });

  it("reads with the read-only token, and writes nothing with it", async () => {
    const { api, run } = suite();
    const { name } = await api.createDatabase();
    const { id } = (await run(["backup", "create", name, "--json"])).json<{ id: string }>();
    const env = { CLOUDFLARE_API_TOKEN: readOnlyToken };
    expect((await run(["backup", "list", name], { env })).exitCode).toBe(0);
    for (const args of [
      ["backup", "create", name],
      ["backup", "restore", name, id, "--yes"],
    ]) {
      const refused = await run([...args, "--json"], { env });
      expect(refused.exitCode).toBe(1);
      expect(refused.json()).toMatchObject({ error: { status: 403 } });
    }
  });

  it("is told that the account is another one", async () => {
    const env = { CLOUDFLARE_ACCOUNT_ID: "someone-else" };
    const { exitCode, stderr } = await suite().run(["backup", "list", "d1-procedures"], { env });
    expect(exitCode).toBe(1);
    expect(stderr).toContain("Is CLOUDFLARE_ACCOUNT_ID the ACCOUNT_ID of the Worker");
  });

  it("is told of a database and of a backup that do not exist", async () => {
    const { api, run } = suite();
    const missing = await run(["backup", "create", "nobody", "--json"]);
    expect(missing.exitCode).toBe(1);
    expect(missing.json()).toEqual({
      error: { message: "The database nobody could not be found", status: 404, code: 7404 },
    });
    const { name } = await api.createDatabase();
    const unknown = await run(["backup", "download", name, "20260101T000000000Z-00000000"]);
    expect(unknown.exitCode).toBe(1);
    expect(unknown.stderr).toContain("There is no backup 20260101T000000000Z-00000000 of this database.");
    const none = await run(["backup", "download", name, "latest"]);
    expect(none.exitCode).toBe(1);
    expect(none.stderr).toContain(`${name} has no backup. Make one: npx d1-procedures backup create ${name}`);
  });

  it("gives the address with --api", async () => {
    const { run, server } = suite();
    const env = { CLOUDFLARE_API_BASE_URL: "http://127.0.0.1:1/client/v4" };
    const api = `${server.url}/client/v4/`;
    expect((await run(["backup", "list", "d1-procedures", "--api", api], { env })).exitCode).toBe(0);
  });
}
