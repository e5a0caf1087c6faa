import type { TransferStatus } from "../../admin-protocol.ts";

/**
 * Tells how far an import or export is.
 *
 * @param toResult What of the result is told, and how.
 */
export async function transferAnswer<Type extends "import" | "export", From, To>(
  type: Type,
  transfer: TransferStatus<From>,
  toResult: (result: From) => To | Promise<To>,
) {
  const { id, status, messages } = transfer;
  const answer = { success: true as const, type, at_bookmark: id, messages };
  switch (transfer.status) {
    case "active":
      return { ...answer, status };
    case "complete":
      return { ...answer, status, result: await toResult(transfer.result) };
    case "error":
      return { ...answer, status, error: transfer.error, errors: [transfer.error] };
  }
}
