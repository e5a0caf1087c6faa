/** What Cloudflare's test integration makes of the Worker under test. When a new one is better, docs/testing.md can say less. */
import { env } from "cloudflare:workers";
import { connect } from "d1-procedures";
import { expect, it } from "vitest";

it("the getters of an object lead nowhere in tests, so that a procedure needs connect()", async () => {
  const stub = env.DB.getByName(crypto.randomUUID());
  const bare = async () => await stub.Procedures.Echo("bare");
  await expect(bare()).rejects.toThrow('does not implement the method "Echo"');
  expect(await connect(stub).Procedures.Echo("connected")).toBe("connected");
});
