import { PrismaD1 } from "@prisma/adapter-d1";
import type { ProcedureDatabase } from "d1-procedures";
import { PrismaClient } from "./prisma/generated/client.ts";

export class LibraryProcedures {
  readonly #db: ProcedureDatabase;
  readonly #prisma: PrismaClient;

  constructor(db: ProcedureDatabase) {
    this.#db = db;
    this.#prisma = new PrismaClient({ adapter: new PrismaD1(db) });
  }

  async Sell(bookId: string, copies: bigint) {
    return this.#db.transaction(async (txn) => {
      const book = await this.#prisma.book.update({
        where: { id: bookId },
        data: { sold: { increment: copies } },
        include: { author: true },
      });
      if (!book.inPrint) {
        await txn.rollback(); // the update above is undone
        return { error: new Error(`${book.title} is out of print`) };
      }
      return { author: book.author.name, sold: book.sold };
    });
  }
}
