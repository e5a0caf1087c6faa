import { defineDatabase } from "../../src/database/define-database.ts";

export class Shop extends defineDatabase(class {}) {}

export default { fetch: () => new Response("nothing to see here") };
