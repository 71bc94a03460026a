import type { Command } from 'commander';

/** Where text goes; `process.stdout` and `process.stderr` fit. */
export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** What the command line needs of the process it runs in. */
export interface CommandIo {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  /**
   * Calls once when the person at the terminal asks to stop (Ctrl-C), in place of ending the process; asked a second time it ends.
   * @returns takes that back
   */
  onInterrupt(listener: () => void): () => void;
  /** Runs the daemon until it is told to stop. */
  start(options: { readonly config?: string; readonly data?: string }): Promise<void>;
}

/** Makes one command; `finish` takes an exit code other than 0. */
export type MakeCommand = (io: CommandIo, finish: (exitCode: number) => void) => Command;
