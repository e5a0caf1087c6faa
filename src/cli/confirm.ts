import { confirm as ask } from "@clack/prompts";
import type { Context } from "./context.ts";
import { CliError, InterruptedError, UsageError } from "./failure.ts";

/**
 * Lets somebody say yes.
 *
 * @param whatHappens What is shown before the question.
 * @throws UsageError where nobody can be asked; CliError for a no.
 */
export async function confirm(
  { output, signal, stdin, stderr }: Pick<Context, "output" | "signal" | "stdin" | "stderr">,
  whatHappens: string,
  question: string,
): Promise<void> {
  output.note(whatHappens);
  if (!stdin.isTTY || !stderr.isTTY) {
    throw new UsageError(
      "There is no terminal to ask for a confirmation, so that nothing was done. Add --yes to go ahead.",
    );
  }
  const answer = await ask({ message: question, initialValue: false, input: stdin, output: stderr, signal });
  if (answer === true) return;
  if (answer === false) throw new CliError("Nothing was done.");
  throw new InterruptedError("Interrupted. Nothing was done.");
}
