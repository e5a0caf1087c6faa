/** What the bank refuses. A caller gets the code, not the class. */
export class BankError extends Error {
  override readonly name = "BankError";

  constructor(
    readonly code: string,
    /** For HTTP. */
    readonly status: 404 | 409 | 422,
    message: string,
  ) {
    super(message);
  }
}
