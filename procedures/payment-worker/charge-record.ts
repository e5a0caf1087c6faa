import { DurableObject } from "cloudflare:workers";
import type { ChargeRequest } from "./charge-request.ts";

/** A charge that was made. */
export interface Charge {
  id: string;
  status: "succeeded";
  payment_method_id: string;
  /** Cents. */
  amount: number;
  created_at: string;
}

/** The charge of one idempotency key, on disk: at most one for ever, whatever restarts in between. */
export class ChargeRecord extends DurableObject {
  /** The charge of this key, or undefined. */
  find(): Charge | undefined {
    return this.ctx.storage.kv.get<Charge>("charge");
  }

  /** Makes the charge, unless this key has one: then that one comes back, whatever was asked for. */
  charge(request: ChargeRequest): { charge: Charge; isNew: boolean } {
    // No await between looking and writing, so two requests with one key cannot both find nothing.
    const existing = this.find();
    if (existing) return { charge: existing, isNew: false };
    const charge: Charge = {
      id: `ch_${crypto.randomUUID().replaceAll("-", "")}`,
      status: "succeeded",
      payment_method_id: request.payment_method_id,
      amount: request.amount,
      created_at: new Date().toISOString(),
    };
    this.ctx.storage.kv.put("charge", charge);
    return { charge, isNew: true };
  }
}
