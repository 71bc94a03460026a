import type { IncomingMessage } from 'node:http';
import { SerinError } from '../errors.ts';
import { collectBody, tooLarge, type BodyLimits, type HeldBody } from './collect-body.ts';
import { readEncoding, unpackBody } from './unpack-body.ts';

/**
 * Reads the body of a request and takes its Content-Encoding off.
 * @throws SerinError `too_large`, `full` when the budget is spent, `unsupported_media_type` for another encoding,
 * `invalid_request` when the body is not of its encoding or is cut off, `bad_http` when the sender hangs up
 */
export async function readBody(request: IncomingMessage, limits: BodyLimits): Promise<HeldBody> {
  const encoding = readEncoding(request.headers['content-encoding'], 'Content-Encoding');
  if (Number(request.headers['content-length'] ?? 0) > limits.maxBytes) {
    // A client that is not read from never reads its answer.
    request.resume();
    throw tooLarge(limits.maxBytes);
  }
  const body = await collectBody(request, limits).catch((error: unknown) => {
    if (error instanceof SerinError) throw error;
    throw new SerinError('bad_http', 'The connection ended before the body was whole.', { cause: error });
  });
  return unpackBody(body, encoding, 'Content-Encoding', limits);
}
