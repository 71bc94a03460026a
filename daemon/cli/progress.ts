import type { Output } from './command-io.ts';

export interface Progress {
  /** Replaces the line. */
  show(text: string): void;
  /** Clears the line, so that what follows starts clean. */
  end(): void;
}

/** One line that is written over again, on a terminal only: a file or a pipe gets nothing of it. */
export function progressLine(output: Output): Progress {
  if (output.isTTY !== true) return { show: () => undefined, end: () => undefined };
  const width = (output.columns ?? 80) - 1;
  return {
    show: (text) => void output.write(`\r\u001B[2K${text.slice(0, width)}`),
    end: () => void output.write('\r\u001B[2K'),
  };
}
