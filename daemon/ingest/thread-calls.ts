import type { MessagePort, Transferable, Worker } from 'node:worker_threads';
import { SerinError, type ErrorCode } from '../errors.ts';

/** What one side of a thread answers, by name; arguments and answers are structured-cloneable. */
export type Answers<Side> = { readonly [Name in keyof Side]: (...given: never[]) => Promise<unknown> };

/** Asks the other side by name; rejects with what went wrong there, or with what ended it. */
export interface Calls<Theirs extends Answers<Theirs>> {
  call<Name extends keyof Theirs & string>(
    name: Name,
    given: Parameters<Theirs[Name]>,
    transfer?: readonly Transferable[],
  ): Promise<Awaited<ReturnType<Theirs[Name]>>>;
  /** Rejects what waits and whatever is asked from now on. */
  end(error: Error): void;
}

/** An error on its way between threads, which would lose its class. */
interface Failure {
  readonly message: string;
  readonly code: string | undefined;
  readonly serin:
    { readonly code: ErrorCode; readonly field?: string; readonly retryAfterSeconds?: number } | undefined;
}

type Message =
  | { readonly kind: 'call'; readonly id: number; readonly name: string; readonly given: readonly unknown[] }
  | { readonly kind: 'answer'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'failure'; readonly id: number; readonly failure: Failure };

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/** Joins two threads by calls in both directions; `ours` answers what the other side asks. */
export function joinThreads<Ours extends Answers<Ours>, Theirs extends Answers<Theirs>>(
  port: MessagePort | Worker,
  ours: Ours,
): Calls<Theirs> {
  const waiting = new Map<number, Waiting>();
  let lastId = 0;
  let ended: Error | undefined;

  const answer = async (id: number, name: string, given: readonly unknown[]): Promise<void> => {
    try {
      const value = await ours[name as keyof Ours](...(given as never[]));
      port.postMessage({ kind: 'answer', id, value } satisfies Message);
    } catch (error) {
      port.postMessage({ kind: 'failure', id, failure: failureOf(error) } satisfies Message);
    }
  };
  port.on('message', (message: Message) => {
    if (message.kind === 'call') {
      void answer(message.id, message.name, message.given);
      return;
    }
    const asked = waiting.get(message.id);
    waiting.delete(message.id);
    if (message.kind === 'answer') asked?.resolve(message.value);
    else asked?.reject(errorOf(message.failure));
  });

  return {
    call: (name, given, transfer = []) =>
      new Promise((resolve, reject) => {
        if (ended !== undefined) return reject(ended);
        const id = ++lastId;
        waiting.set(id, { resolve, reject });
        port.postMessage({ kind: 'call', id, name, given } satisfies Message, transfer);
      }),
    end(error) {
      ended = error;
      for (const { reject } of waiting.values()) reject(error);
      waiting.clear();
    },
  };
}

function failureOf(error: unknown): Failure {
  if (!(error instanceof Error)) return { message: String(error), code: undefined, serin: undefined };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  if (!(error instanceof SerinError)) return { message: error.message, code, serin: undefined };
  const { field, retryAfterSeconds } = error;
  const serin = {
    code: error.code,
    ...(field === undefined ? {} : { field }),
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  };
  return { message: error.message, code, serin };
}

function errorOf({ message, code, serin }: Failure): Error {
  if (serin !== undefined) return new SerinError(serin.code, message, serin);
  return code === undefined ? new Error(message) : Object.assign(new Error(message), { code });
}
