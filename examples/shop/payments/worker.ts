/** Stands for a payment provider. It moves no money, declines the card "declined", and charges once for each key. */

interface Charge {
  id: string;
  amount: number;
}

/** By key, for as long as this runs. */
const charges = new Map<string, Charge>();

export default {
  async fetch(request) {
    const key = request.headers.get("idempotency-key");
    const { card, amount } = await request.json<{ card: string; amount: number }>();
    if (key === null) return Response.json({ reason: "There is no idempotency-key." }, { status: 400 });
    if (card === "declined") return Response.json({ reason: "The card was declined." }, { status: 402 });

    const charge = charges.get(key) ?? { id: `charge-${charges.size + 1}`, amount };
    if (charge.amount !== amount) {
      return Response.json({ reason: "The key was used for another amount." }, { status: 409 });
    }
    charges.set(key, charge);
    return Response.json(charge);
  },
} satisfies ExportedHandler;
