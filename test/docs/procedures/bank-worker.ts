/**
 * The Worker of docs/procedures.md, whose mail goes nowhere. It is one of its own, bundled, because the page imports the package
 * by its name: in the Worker under test that would load all of the package for every test file.
 */

import { Bank as BankOfTheDocs } from "./bank.ts";

export class Bank extends BankOfTheDocs {
  constructor(ctx: DurableObjectState, env: object) {
    super(ctx, { ...env, MAIL: { send: async () => {} } });
  }
}

export default {};
