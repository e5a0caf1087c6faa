/** The code of docs/prisma.md, for prisma-docs.test.ts to run. */

import { PrismaD1 } from "@prisma/adapter-d1";
import { connect } from "d1-procedures";
import { PrismaClient } from "./prisma/generated/client.ts";

export async function createAnn(env: Pick<Cloudflare.Env, "DB">) {
  const prisma = new PrismaClient({ adapter: new PrismaD1(connect(env.DB)) });

  const ann = await prisma.author.create({
    data: { name: "Ann", books: { create: [{ title: "One" }, { title: "Two" }] } },
    include: { books: true },
  });
  ann.books.length; // 2

  return ann;
}
