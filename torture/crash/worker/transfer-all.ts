import type { Transfer } from "../transfer.ts";

/** What became of one of several calls. */
export interface TransferAnswer {
  key: string;
  /** Without one it was done. */
  message?: string;
  code?: unknown;
}

interface Bank {
  Procedures: { Transfer(transfer: Transfer): Promise<unknown> };
}

/** Answers with a line for each call of the body, as soon as its caller has heard of its end. */
export async function transferAll(
  { Procedures }: Bank,
  request: Request,
  ctx: ExecutionContext,
): Promise<Response> {
  const transfers = (await request.json()) as Transfer[];
  const { readable, writable } = new IdentityTransformStream();
  const writer = writable.getWriter();
  const calls = transfers.map(async (transfer) => {
    const answer: TransferAnswer = { key: transfer.key };
    try {
      await Procedures.Transfer(transfer);
    } catch (error) {
      answer.message = (error as Error).message;
      answer.code = Reflect.get(error as Error, "code");
    }
    await writer.write(new TextEncoder().encode(`${JSON.stringify(answer)}\n`));
  });
  ctx.waitUntil(Promise.all(calls).then(() => writer.close()));
  return new Response(readable);
}
