/**
 * The errors of the shop. A class does not cross RPC, its own properties do, so a caller tells them apart by
 * `code`. `status` is what the HTTP route answers with.
 */

/** The base of the shop's errors: something about the request or the shop's state, never a bug. */
export abstract class ShopError extends Error {
  /** For programs, in SCREAMING_SNAKE. */
  abstract readonly code: string;
  /** The HTTP status. */
  abstract readonly status: number;
}

/** An argument that no shop could make sense of. */
export class InvalidArgumentError extends ShopError {
  override readonly name = "InvalidArgumentError";
  readonly code = "INVALID_ARGUMENT";
  readonly status = 422;
}

export class UserNotFoundError extends ShopError {
  override readonly name = "UserNotFoundError";
  readonly code = "USER_NOT_FOUND";
  readonly status = 404;

  constructor(userId: number) {
    super(`There is no user ${userId}.`);
  }
}

export class ProductNotFoundError extends ShopError {
  override readonly name = "ProductNotFoundError";
  readonly code = "PRODUCT_NOT_FOUND";
  readonly status = 404;

  constructor(productId: number) {
    super(`There is no product ${productId}.`);
  }
}

export class CartNotFoundError extends ShopError {
  override readonly name = "CartNotFoundError";
  readonly code = "CART_NOT_FOUND";
  readonly status = 404;

  constructor(cartId: number) {
    super(`There is no cart ${cartId}.`);
  }
}

export class CartNotOpenError extends ShopError {
  override readonly name = "CartNotOpenError";
  readonly code = "CART_NOT_OPEN";
  readonly status = 409;

  constructor(cartId: number, cartStatus: string) {
    super(`Cart ${cartId} is not open: it is ${cartStatus}.`);
  }
}

export class CartEmptyError extends ShopError {
  override readonly name = "CartEmptyError";
  readonly code = "CART_EMPTY";
  readonly status = 409;

  constructor(cartId: number) {
    super(`Cart ${cartId} is empty.`);
  }
}

export class CartLineFullError extends ShopError {
  override readonly name = "CartLineFullError";
  readonly code = "CART_LINE_FULL";
  readonly status = 409;

  constructor(productId: number, inCart: number, max: number) {
    super(`The cart holds ${inCart} of product ${productId} already; at most ${max} fit.`);
  }
}

/** Why the payment service refused. */
export interface PaymentDetails {
  /** The service's own code, such as `insufficient_funds`. */
  decline_code: string;
  message: string;
}

/** The payment service refused the charge: no money has moved. */
export class PaymentFailedError extends ShopError {
  override readonly name = "PaymentFailedError";
  readonly code = "PAYMENT_FAILED";
  readonly status = 402;

  constructor(readonly details: PaymentDetails) {
    super(`The payment failed: ${details.message}`);
  }
}

/**
 * The payment service gave no answer that can be understood, so money may have moved or not. The same call
 * again is safe and settles it: the cart's payment key makes a second charge impossible.
 */
export class PaymentUncertainError extends ShopError {
  override readonly name = "PaymentUncertainError";
  readonly code = "PAYMENT_UNCERTAIN";
  readonly status = 424; // Failed Dependency
  readonly retryable = true;

  constructor(reason: string, options?: ErrorOptions) {
    super(
      `${reason} Whether it charged is unknown. Call again: the same cart is never charged twice.`,
      options,
    );
  }
}

/**
 * The cart was charged in an earlier attempt whose answer got lost, and it has changed since. No further
 * money has moved; a person has to decide between a refund and the old cart.
 */
export class PaymentConflictError extends ShopError {
  override readonly name = "PaymentConflictError";
  readonly code = "PAYMENT_CONFLICT";
  readonly status = 409;

  constructor(readonly charge: { id: string; amount: number }) {
    super(`This cart was charged ${charge.amount} cents before and has changed since (charge ${charge.id}).`);
  }
}
