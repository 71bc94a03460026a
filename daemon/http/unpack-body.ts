import type { Transform } from 'node:stream';
import * as zlib from 'node:zlib';
import { collectBody, heldBody, tooLarge, type BodyLimits, type HeldBody } from './collect-body.ts';
import { SerinError } from '../errors.ts';

/** Of zstd, in a Node that has it; the types are those of the oldest Node that Serin runs on. */
const { createZstdDecompress } = zlib as { createZstdDecompress?: (options: object) => Transform };
const { ZSTD_d_windowLogMax } = zlib.constants as { ZSTD_d_windowLogMax?: number };
/** RFC 9659: a window of 8 MiB at most. */
const WINDOW_LOG = 23;
const CHUNK = 64 * 1024;

const UNPACKERS: ReadonlyMap<string, () => Transform> = new Map([
  ['gzip', () => zlib.createGunzip({ chunkSize: CHUNK })],
  ...(createZstdDecompress === undefined || ZSTD_d_windowLogMax === undefined
    ? []
    : [
        [
          'zstd',
          () => createZstdDecompress({ chunkSize: CHUNK, params: { [ZSTD_d_windowLogMax]: WINDOW_LOG } }),
        ] as const,
      ]),
]);

/** The content encodings taken, by their names in HTTP and gRPC. */
export const ENCODINGS: readonly string[] = [...UNPACKERS.keys()];

/** Packed bodies up to this size are unpacked on the spot: handing them to another thread costs more. */
const SMALL = 4096;

/** The encoding that a header names, or `identity`. @throws SerinError `unsupported_media_type` */
export function readEncoding(header: string | undefined, field: string): string {
  // A header without a name says of no encoding that it was applied.
  const name = (header?.trim() || 'identity').toLowerCase();
  const encoding = name === 'x-gzip' ? 'gzip' : name;
  if (encoding === 'identity' || UNPACKERS.has(encoding)) return encoding;
  throw new SerinError(
    'unsupported_media_type',
    `The ${field} ${JSON.stringify(name.slice(0, 100))} is not taken; send ${ENCODINGS.join(' or ')}, once, or none.`,
    { field },
  );
}

/**
 * Takes the encoding off a body and lets go of the packed one. What comes out counts towards the limits as it comes, so
 * a bomb is stopped at the limit.
 * @throws SerinError `too_large`, `full`, or `invalid_request` when the bytes are not whole or not of this encoding
 */
export async function unpackBody(
  packed: HeldBody,
  encoding: string,
  field: string,
  limits: BodyLimits,
): Promise<HeldBody> {
  const make = UNPACKERS.get(encoding);
  if (make === undefined) return packed;
  try {
    if (encoding === 'gzip' && packed.bytes.length <= SMALL) return unpackNow(packed.bytes, limits);
    const unpacker = make();
    unpacker.end(packed.bytes);
    return await collectBody(unpacker, limits).finally(() => unpacker.destroy());
  } catch (error) {
    if (error instanceof SerinError) throw error;
    throw new SerinError('invalid_request', `The body is not whole ${encoding}, although ${field} says so.`, {
      field,
      cause: error,
    });
  } finally {
    packed.release();
  }
}

function unpackNow(packed: Buffer, { maxBytes, budget }: BodyLimits): HeldBody {
  let bytes: Buffer;
  try {
    bytes = zlib.gunzipSync(packed, { maxOutputLength: maxBytes });
  } catch (error) {
    throw error instanceof RangeError ? tooLarge(maxBytes) : error;
  }
  let held = bytes.length;
  if (!budget.take(held))
    throw new SerinError('full', 'Too many bodies are being read at once.', { retryAfterSeconds: 1 });
  return heldBody([bytes], () => {
    budget.give(held);
    held = 0;
  });
}
