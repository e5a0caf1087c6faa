/** How the command ends. `usage` is for what was typed wrong, and did nothing. */
export const exitCodes = { success: 0, failure: 1, usage: 2, interrupted: 130 } as const;

/** What is known of a failure beside its message, for `--json`. */
export interface FailureDetails {
  /** Of the API's error. */
  code?: number;
  /** Of the API's answer. */
  status?: number;
}

/** A failure that its message tells in full. */
export class CliError extends Error {
  override readonly name: string = "CliError";
  readonly details: FailureDetails;

  constructor(message: string, { code, status, ...options }: ErrorOptions & FailureDetails = {}) {
    super(message, options);
    this.details = { ...(status !== undefined && { status }), ...(code !== undefined && { code }) };
  }

  get exitCode(): number {
    return exitCodes.failure;
  }
}

/** The command cannot be carried out as it was typed. Nothing was done. */
export class UsageError extends CliError {
  override readonly name = "UsageError";

  override get exitCode(): number {
    return exitCodes.usage;
  }
}

/** The API has not answered. Whether it has done what it was asked for is not known. */
export class NoAnswerError extends CliError {
  override readonly name = "NoAnswerError";
}

/** Somebody has pressed Ctrl-C, or ended the process in another way. */
export class InterruptedError extends CliError {
  override readonly name = "InterruptedError";

  override get exitCode(): number {
    return exitCodes.interrupted;
  }
}
