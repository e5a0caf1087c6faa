import { env } from "cloudflare:workers";
import { connect } from "../../src/client/connect.ts";

/** An empty database with the table `item (name, filler)`, and a new stub for every call: one that has met the end of its object fails. */
export async function faultyDatabase() {
  const name = crypto.randomUUID();
  const db = () => connect(env.FAULTY, { name });
  await db().Procedures.SetUp();
  return {
    get stub() {
      return env.FAULTY.getByName(name);
    },
    /** A client. */
    get db() {
      return db();
    },
    get procedures() {
      return db().Procedures;
    },
    /** What is stored, in the order in which it came. */
    names: () => db().Procedures.Names(),
  };
}

export type FaultyDatabase = Awaited<ReturnType<typeof faultyDatabase>>;
