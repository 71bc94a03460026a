import type { Readable } from 'node:stream';
import type { ByteBudget } from './byte-budget.ts';
import { SerinError } from '../errors.ts';

/** A body in memory. Its bytes are counted until `release` is called; further calls do nothing. */
export interface HeldBody {
  /** As they came; none of them is written to again. */
  readonly parts: readonly Buffer[];
  /** The same in one piece, which takes a copy where there are several. */
  readonly bytes: Buffer;
  release(): void;
}

/** A body out of the parts that it came in. */
export function heldBody(parts: readonly Buffer[], release: () => void): HeldBody {
  let whole = parts.length === 1 ? parts[0] : undefined;
  return {
    parts,
    get bytes() {
      return (whole ??= Buffer.concat(parts));
    },
    release,
  };
}

export interface BodyLimits {
  /** Bytes of one body, after decompression. */
  readonly maxBytes: number;
  /** What all bodies being read may hold together. */
  readonly budget: ByteBudget;
}

/**
 * Gathers what a stream brings; nothing is kept past the limit, and what still comes then is passed over.
 * @param look sees the first chunks until it returns true, and may throw
 * @throws SerinError `too_large`, `full` when the budget is spent, `bad_http` when the stream ends before its time
 */
export function collectBody(
  stream: Readable,
  { maxBytes, budget }: BodyLimits,
  look?: (begin: readonly Buffer[]) => boolean,
): Promise<HeldBody> {
  const kept: Buffer[] = [];
  let length = 0;
  let looking = look !== undefined;
  const release = (): void => {
    budget.give(length);
    length = 0;
  };
  const take = (chunk: Buffer): void => {
    if (length + chunk.length > maxBytes) throw tooLarge(maxBytes);
    if (!budget.take(chunk.length))
      throw new SerinError('full', 'Too many bodies are being read at once.', { retryAfterSeconds: 1 });
    length += chunk.length;
    kept.push(chunk);
    if (looking) looking = look?.(kept) === false;
  };
  return new Promise((resolve, reject) => {
    const fail = (error: unknown): void => {
      settle();
      release();
      stream.resume();
      reject(error);
    };
    const onData = (chunk: Buffer): void => {
      try {
        take(chunk);
      } catch (error) {
        fail(error);
      }
    };
    const onEnd = (): void => {
      settle();
      resolve(heldBody(kept, release));
    };
    const onClose = (): void => fail(new SerinError('bad_http', 'The connection ended before the body was whole.'));
    const settle = (): void => {
      stream.off('data', onData).off('end', onEnd).off('close', onClose);
      // An error after the answer is nobody's.
      stream.off('error', fail).on('error', () => undefined);
    };
    stream.on('data', onData).once('end', onEnd).once('error', fail).once('close', onClose);
  });
}

export function tooLarge(maxBytes: number): SerinError {
  return new SerinError('too_large', `The body is larger than ${maxBytes} bytes after decompression.`, {
    field: 'body',
  });
}
