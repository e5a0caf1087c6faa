import { z } from "@hono/zod-openapi";
import type { DatabaseAdminRpc } from "../../admin-protocol.ts";
import { DatabaseDirectory } from "../databases/database-directory.ts";
import { type HttpApp, httpRoute } from "../http-route.ts";
import { restResponses, restSuccess } from "./rest-envelope.ts";
import { databaseParams, databasePath } from "./rest-paths.ts";

const tags = ["Time Travel"];

const timestampSchema = z.iso
  .datetime({ offset: true, error: "it must be a date and time as in 2026-11-21T08:46:42.228Z" })
  .openapi({ example: "2026-11-21T08:46:42.228Z" });

const getBookmark = httpRoute("read-only", {
  method: "get",
  path: `${databasePath}/time_travel/bookmark`,
  operationId: "getTimeTravelBookmark",
  summary: "The bookmark of a point in time, by default now",
  tags,
  request: { params: databaseParams, query: z.object({ timestamp: timestampSchema.optional() }) },
  responses: restResponses("It.", z.object({ bookmark: z.string() })),
});

const restore = httpRoute("full", {
  method: "post",
  path: `${databasePath}/time_travel/restore`,
  operationId: "restoreTimeTravelBookmark",
  summary: "Take the database back to a bookmark, or to a point in time",
  tags,
  request: {
    params: databaseParams,
    query: z
      .object({ bookmark: z.string().min(1).max(200).optional(), timestamp: timestampSchema.optional() })
      .refine(({ bookmark, timestamp }) => (bookmark === undefined) !== (timestamp === undefined), {
        path: ["bookmark"],
        error: "give either bookmark, or timestamp",
      }),
  },
  responses: restResponses(
    "It is done. `previous_bookmark` undoes it.",
    z.object({ bookmark: z.string(), previous_bookmark: z.string(), message: z.string() }),
  ),
});

/** Adds the routes of `wrangler d1 time-travel`. */
export function addTimeTravelRoutes(app: HttpApp): void {
  app.openapi(getBookmark, async (c) => {
    const { admin } = await new DatabaseDirectory(c.env).find(c.req.valid("param").database);
    const bookmark = await bookmarkAt(admin, c.req.valid("query").timestamp);
    return c.json(restSuccess({ bookmark }), 200);
  });

  app.openapi(restore, async (c) => {
    const directory = new DatabaseDirectory(c.env);
    const database = await directory.find(c.req.valid("param").database);
    const { admin, name } = database;
    const query = c.req.valid("query");
    const target = query.bookmark ?? (await bookmarkAt(admin, query.timestamp));
    const { bookmark, previousBookmark } = await directory.restoring(database, () =>
      admin.timeTravelRestore(target),
    );
    const message = `The database ${name} was restored. To undo it, restore to ${previousBookmark}.`;
    return c.json(restSuccess({ bookmark, previous_bookmark: previousBookmark, message }), 200);
  });
}

async function bookmarkAt(admin: DatabaseAdminRpc, timestamp: string | undefined): Promise<string> {
  return timestamp === undefined
    ? admin.timeTravelBookmark()
    : admin.timeTravelBookmark(Date.parse(timestamp));
}
