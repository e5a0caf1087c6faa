import { messageOf } from "../errors.ts";

/** What went wrong in a Workflow. What a step has thrown comes with the names of its classes in front. */
export function problemOf(error: unknown): string {
  return messageOf(error).replace(/^(\w*Error: )+/, "");
}
