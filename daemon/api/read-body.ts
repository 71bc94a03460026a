import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { SerinError } from '../errors.ts';
import type { ByteBudget } from './byte-budget.ts';

/** A body in memory. Its bytes are counted until `release` is called, once. */
export interface HeldBody {
  readonly bytes: Uint8Array;
  release(): void;
}

/**
 * Reads a body, unpacking gzip; `limit` counts bytes after decompression, and nothing is kept past it.
 * @throws SerinError `too_large`, `full` when `budget` is spent, `unsupported_media_type` for another encoding,
 * `invalid_request` when it is not gzip or is cut off
 */
export async function readBody(request: IncomingMessage, limit: number, budget: ByteBudget): Promise<HeldBody> {
  const encoding = (request.headers['content-encoding'] ?? 'identity').trim().toLowerCase();
  if (encoding === 'identity') {
    if (Number(request.headers['content-length'] ?? 0) > limit) throw tooLarge(limit);
    return collect(request.iterator({ destroyOnReturn: false }), limit, budget).finally(() => request.resume());
  }
  if (encoding !== 'gzip' && encoding !== 'x-gzip') {
    throw new SerinError('unsupported_media_type', 'The Content-Encoding is not known; send gzip, once, or none.');
  }
  const unpacked = createGunzip({ chunkSize: 64 * 1024 });
  const cutOff = (error: Error): void => void unpacked.destroy(error);
  request.once('error', cutOff);
  try {
    return await collect(request.pipe(unpacked), limit, budget);
  } catch (error) {
    if (error instanceof SerinError) throw error;
    throw new SerinError('invalid_request', 'The body is not whole gzip, although Content-Encoding says so.', {
      field: 'Content-Encoding',
      cause: error,
    });
  } finally {
    request.off('error', cutOff);
    request.unpipe(unpacked);
    unpacked.destroy();
    // What still comes is dropped: a client that is not read from never reads its answer.
    request.resume();
  }
}

async function collect(
  chunks: NodeJS.AsyncIterator<unknown> | Readable,
  limit: number,
  budget: ByteBudget,
): Promise<HeldBody> {
  const kept: Buffer[] = [];
  let length = 0;
  let released = false;
  const release = (): void => {
    if (!released) budget.give(length);
    released = true;
  };
  try {
    for await (const chunk of chunks as AsyncIterable<Buffer>) {
      if (length + chunk.length > limit) throw tooLarge(limit);
      if (!budget.take(chunk.length)) {
        throw new SerinError('full', 'Too many bodies are being read at once.', { retryAfterSeconds: 1 });
      }
      length += chunk.length;
      kept.push(chunk);
    }
  } catch (error) {
    release();
    throw error;
  }
  return { bytes: kept.length === 1 && kept[0] !== undefined ? kept[0] : Buffer.concat(kept, length), release };
}

function tooLarge(limit: number): SerinError {
  return new SerinError('too_large', `The body is larger than ${limit} bytes after decompression.`);
}
