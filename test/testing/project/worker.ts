import { type DatabaseBinding, defineDatabase, withDatabase } from "d1-procedures";
import { Procedures } from "./procedures.ts";

export class Database extends defineDatabase(Procedures) {}

export default withDatabase<typeof Procedures, { DB: DatabaseBinding }>({
  async fetch(_request, env) {
    return Response.json(await env.DB.prepare("SELECT count(*) AS purchases FROM purchase").first());
  },
});
