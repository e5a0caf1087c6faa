/** What the shop refuses. A caller gets the code, not the class. */
export class ShopError extends Error {
  override readonly name = "ShopError";

  constructor(
    readonly code: string,
    /** For HTTP. */
    readonly status: 402 | 404 | 409 | 503,
    message: string,
  ) {
    super(message);
  }
}
