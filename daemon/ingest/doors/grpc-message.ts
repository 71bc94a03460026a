import type { Readable } from 'node:stream';
import { collectBody, heldBody, tooLarge, type BodyLimits, type HeldBody } from '../../http/collect-body.ts';
import { SerinError } from '../../errors.ts';
import { readEncoding, unpackBody } from '../../http/unpack-body.ts';

/** A message in a stream of gRPC: whether it is packed (a byte), its length (four, the highest first), its bytes. */
const PREFIX = 5;

/**
 * Reads the one message of a unary call and takes its encoding off. A length above the limit is refused as soon as it is read.
 * @throws SerinError `too_large`, `full`, `unsupported_media_type`, or `invalid_request` where it is none, cut off or several
 */
export async function readMessage(
  stream: Readable,
  encodingHeader: string | undefined,
  limits: BodyLimits,
): Promise<HeldBody> {
  const encoding = readEncoding(encodingHeader, 'grpc-encoding');
  const { maxBytes, budget } = limits;
  const framed = await collectBody(stream, { maxBytes: maxBytes + PREFIX, budget }, (begin) =>
    lengthIsKnown(begin, maxBytes),
  );
  const { bytes } = framed;
  if (bytes.length < PREFIX || bytes.length !== PREFIX + bytes.readUInt32BE(1)) {
    framed.release();
    throw new SerinError('invalid_request', 'the call does not carry exactly one whole message', { field: 'body' });
  }
  const flag = bytes[0]!;
  if (flag > 1 || (flag === 1 && encoding === 'identity')) {
    framed.release();
    const why = flag > 1 ? `a flag of ${flag}, not 0 or 1` : 'the flag of a packed message, but no grpc-encoding';
    throw new SerinError('invalid_request', `the message has ${why}`, { field: 'grpc-encoding' });
  }
  const packed = flag === 1 ? encoding : 'identity';
  const message = heldBody([bytes.subarray(PREFIX)], framed.release);
  return unpackBody(message, packed, 'grpc-encoding', limits);
}

function lengthIsKnown(begin: readonly Buffer[], maxBytes: number): boolean {
  const prefix = begin[0]!.length >= PREFIX ? begin[0]! : Buffer.concat(begin);
  if (prefix.length < PREFIX) return false;
  if (prefix.readUInt32BE(1) > maxBytes) throw tooLarge(maxBytes);
  return true;
}

/** A message as it is sent: not packed, after its length. */
export function frameMessage(message: Uint8Array): Buffer {
  const framed = Buffer.alloc(PREFIX + message.length);
  framed.writeUInt32BE(message.length, 1);
  framed.set(message, PREFIX);
  return framed;
}
