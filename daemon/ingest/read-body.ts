import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { SerinError } from '../errors.ts';

const unzip = promisify(gunzip);

/** Reads a body and takes its gzip off. @throws SerinError 413 beyond the limit, 415 for another encoding, 400 for damage */
export async function readBody(request: IncomingMessage, maxBodyBytes: number): Promise<Uint8Array> {
  const encoding = (request.headers['content-encoding'] ?? 'identity').trim().toLowerCase();
  if (encoding !== 'identity' && encoding !== 'gzip')
    throw new SerinError('unsupported_media_type', `content-encoding "${encoding}" is not gzip`, {
      field: 'content-encoding',
    });
  if (Number(request.headers['content-length'] ?? 0) > maxBodyBytes) throw tooLarge(maxBodyBytes);
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBodyBytes) throw tooLarge(maxBodyBytes);
    chunks.push(chunk);
  }
  const body = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, size);
  if (encoding === 'identity') return body;
  try {
    return await unzip(body, { maxOutputLength: maxBodyBytes });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE')
      throw tooLarge(maxBodyBytes);
    throw new SerinError('invalid_request', 'the body is not gzip, or is cut off', { field: 'body', cause: error });
  }
}

function tooLarge(maxBodyBytes: number): SerinError {
  return new SerinError('too_large', `the body is larger than ${maxBodyBytes} bytes after decompression`, {
    field: 'body',
  });
}
