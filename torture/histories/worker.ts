/** The lists of test/histories over HTTP: `POST /<database>` with a call as JSON, or `POST /<database>/set-up`. */

import { connect } from "../../src/client/connect.ts";
import { defineDatabase } from "../../src/database/define-database.ts";
import type { Call } from "../../test/histories/workload/calls.ts";
import { ListProcedures } from "../../test/histories/workload/list-procedures.ts";
import { perform } from "../../test/histories/workload/perform.ts";

export class Lists extends defineDatabase(ListProcedures) {
  constructor(ctx: DurableObjectState, env: object) {
    super(ctx, { ...env, abortObject: () => ctx.abort("ended by the plan") });
  }
}

export default {
  async fetch(request: Request, env: { LISTS: DurableObjectNamespace<Lists> }): Promise<Response> {
    const [, name, action] = new URL(request.url).pathname.split("/");
    if (name === "health") return new Response("ok");
    const db = connect(env.LISTS, { name: name! });
    try {
      if (action === "set-up") {
        await db.Procedures.SetUp();
        return Response.json(null);
      }
      return Response.json(await perform(db, (await request.json()) as Call));
    } catch (error) {
      const { name, message } = error as Error;
      return Response.json({ name, message }, { status: 500 });
    }
  },
};
