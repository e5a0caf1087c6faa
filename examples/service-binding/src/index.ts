/** The first Worker: the database of a theatre, with what may be done to it. */

import { createHttpApp, defineBinding, defineDatabase, type ProcedureDatabase } from "d1-procedures";

class SeatNotFreeError extends Error {
  override readonly name = "SeatNotFreeError";
  readonly code = "SEAT_NOT_FREE"; // crosses to the other Worker; the class does not

  constructor(readonly seat: string) {
    super(`Seat ${seat} is not free.`);
  }
}

class Procedures {
  constructor(private db: ProcedureDatabase) {}

  /** Books all of the seats, or none. */
  async Book(guest: string, seats: string[]) {
    return this.db.transaction(async () => {
      if (typeof guest !== "string" || guest === "") throw new Error("A booking needs the name of a guest.");
      const book = this.db.prepare("UPDATE seat SET guest = ? WHERE id = ? AND guest IS NULL");
      for (const seat of seats) {
        const { meta } = await book.bind(guest, seat).run();
        if (meta.changes === 0) throw new SeatNotFreeError(seat); // the seats before it are free again
      }
      return { booked: seats };
    });
  }
}

/** The Durable Object: the database, with the procedures in it. */
export class Database extends defineDatabase(Procedures) {}

/** The entrypoint for other Workers. */
export class DB extends defineBinding(Database) {}

/** D1's REST API for wrangler: closed to whoever has no API_TOKEN. */
export default { fetch: createHttpApp().fetch };
