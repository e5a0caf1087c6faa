import { expect, it } from "vitest";
import { expectOnPage } from "../page.ts";
import { configuredName, type Suite } from "../suite.ts";

interface Listed {
  uuid: string;
  name: string;
  num_tables: number;
}

export function databaseCases(suite: () => Suite): void {
  it("create makes a database that takes SQL, prints its configuration, and refuses the name from then on", async () => {
    const { wrangler, api } = suite();
    const name = `orders-${crypto.randomUUID()}`;

    const created = await wrangler.d1(["create", name, "--location=weur"]);

    expect(created.exitCode, created.output).toBe(0);
    expectOnPage("create my-db --location=weur", created.stdout, {
      [name]: "my-db",
      [name.replaceAll("-", "_")]: "my_db",
    });
    const uuid = /"database_id": "([0-9a-f-]{36})"/.exec(created.stdout)![1]!;
    await api.query(uuid, "CREATE TABLE line (id INTEGER)");

    expect(await wrangler.d1(["create", name])).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining("A database with that name already exists"),
    });
    expect(await api.query(name, "SELECT count(*) AS lines FROM line")).toEqual([{ lines: 0 }]);
  });

  it("delete erases the content and frees the name; list leaves it out, on all pages", async () => {
    const { wrangler, api } = suite();
    const gone = await api.createDatabase();
    await api.query(gone.uuid, "CREATE TABLE secret (id INTEGER)");
    // wrangler reads pages of ten.
    const others = await Promise.all(Array.from({ length: 12 }, () => api.createDatabase()));

    const deleted = await wrangler.d1(["delete", gone.name, "--skip-confirmation"]);
    const list = await wrangler.d1(["list", "--json"]);

    expect(deleted.exitCode, deleted.output).toBe(0);
    expectOnPage("delete my-db --skip-confirmation", deleted.stdout, { [gone.name]: "my-db" });
    expectOnPage("list --json", list.stdout);
    const listed = list.json<Listed[]>();
    expect(listed).toEqual(
      expect.arrayContaining(
        others.map(({ uuid, name }) => expect.objectContaining({ uuid, name, num_tables: 0 })),
      ),
    );
    expect(listed[0]).toMatchObject({ name: configuredName });
    expect(listed.map(({ name }) => name)).not.toContain(gone.name);
    for (const path of [gone.uuid, gone.name]) {
      await expect(api.query(path, "SELECT * FROM secret")).rejects.toThrow("could not be found");
    }
    await api.createDatabase(gone.name);
    await expect(api.query(gone.name, "SELECT * FROM secret")).rejects.toThrow("no such table: secret");
  });

  it("an unknown name is told to be one, and nothing is created by it", async () => {
    const { wrangler } = suite();
    const run = await wrangler.d1(["execute", "nowhere", "--remote", "--command=SELECT 1"]);
    expect(run).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining("Couldn't find DB with name 'nowhere'"),
    });
  });
}
