import { runCommandLine } from '../../../daemon/cli/program.ts';

/** Runs one command line in this process and keeps what it printed. */
export async function runCommand(
  argv: readonly string[],
  options: {
    readonly env?: Readonly<Record<string, string>>;
    readonly terminal?: boolean;
    /** Resolves when the person at the terminal asks to stop. */
    readonly interrupted?: Promise<void>;
  } = {},
): Promise<{
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly started: readonly object[];
}> {
  const printed = { stdout: '', stderr: '' };
  const started: object[] = [];
  const output = (name: 'stdout' | 'stderr') => ({
    write: (text: string) => void (printed[name] += text),
    isTTY: options.terminal ?? false,
    columns: 120,
  });
  const exitCode = await runCommandLine(argv, {
    stdout: output('stdout'),
    stderr: output('stderr'),
    env: options.env ?? {},
    onInterrupt: (listener) => {
      void options.interrupted?.then(listener);
      return () => undefined;
    },
    start: async (asked) => void started.push(asked),
  });
  return { exitCode, started, ...printed };
}
