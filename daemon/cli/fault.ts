/** A command that cannot go on: what is wrong, and what to do about it. */
export class CommandFault extends Error {
  readonly hint: string | undefined;
  readonly exitCode: number;
  /** Asking again in a moment may help: the daemon or its store is away. */
  readonly passing: boolean;

  constructor(message: string, options: { hint?: string; exitCode?: number; cause?: unknown; passing?: boolean } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'CommandFault';
    this.hint = options.hint;
    this.exitCode = options.exitCode ?? 1;
    this.passing = options.passing ?? false;
  }
}

/** The words for a person on the terminal: the message, and below it the hint where there is one. */
export function describeFault(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const hint = error instanceof CommandFault ? error.hint : undefined;
  return hint === undefined ? `serin: ${message}` : `serin: ${message}\n  ${hint}`;
}
