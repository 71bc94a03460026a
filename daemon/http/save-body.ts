import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { SerinError } from '../errors.ts';

export interface SavedBody {
  readonly bytes: number;
  readonly sha256: string;
}

/**
 * Writes what a stream brings to a new file as it comes; nothing of it stays in memory.
 * @throws SerinError `too_large` past the limit (what still comes is passed over), `bad_http` when the stream ends before its time
 */
export async function saveBody(body: Readable, path: string, maxBytes: number): Promise<SavedBody> {
  const hash = createHash('sha256');
  let bytes = 0;
  const counted = async function* (): AsyncGenerator<Buffer> {
    // A sender that is not read from never reads its answer: the stream is left open for it.
    for await (const chunk of body.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > maxBytes)
        throw new SerinError('too_large', `The body is larger than ${maxBytes} bytes.`, { field: 'body' });
      hash.update(chunk);
      yield chunk;
    }
  };
  try {
    // Opened before anything can fail: a stream that is given up while it opens its file makes it afterwards.
    const file = await open(path, 'wx');
    await pipeline(counted, file.createWriteStream());
  } catch (error) {
    body.on('error', () => undefined).resume();
    if (body.destroyed && !(error instanceof SerinError))
      throw new SerinError('bad_http', 'The connection ended before the body was whole.', { cause: error });
    throw error;
  }
  return { bytes, sha256: hash.digest('hex') };
}
