import { styleText } from 'node:util';

/** Tells the story on a stream: a line for what happened, and on a terminal a moving line for what is waited for. */
export interface Teller {
  chapter(text: string): void;
  fact(text: string): void;
  waiting(text: string): void;
}

/** Seconds since the start stand before each line. */
export function tellOn(stream: NodeJS.WriteStream): Teller {
  const startedAt = Date.now();
  const onTerminal = stream.isTTY;
  const clear = onTerminal ? '\r\u001B[2K' : '';
  const seconds = (): string => `${((Date.now() - startedAt) / 1000).toFixed(0).padStart(4)} s`;
  const paint = (style: 'green' | 'dim', text: string): string =>
    onTerminal ? styleText(style, text, { stream, validateStream: true }) : text;
  return {
    chapter: (text) => void stream.write(`${clear}${seconds()}  ${paint('green', '✔')} ${text}\n`),
    fact: (text) => void stream.write(`${clear}          ${text}\n`),
    waiting: (text) => {
      if (onTerminal)
        stream.write(`${clear}${paint('dim', `${seconds()}  … ${text}`)}`.slice(0, (stream.columns ?? 80) + 12));
    },
  };
}
