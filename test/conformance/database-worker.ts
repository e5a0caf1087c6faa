/**
 * A Worker of its own with a database, as a deployed one is. The pool wraps the classes of the Worker under test,
 * one Proxy around the next with every object and every call over a service binding; the suite makes thousands.
 */

import { defineBinding } from "../../src/client/define-binding.ts";
import { defineDatabase } from "../../src/database/define-database.ts";

class NoProcedures {}

export class Database extends defineDatabase(NoProcedures) {}
export class DB extends defineBinding(Database) {}

export default {};
