import { readFile } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { z } from 'zod';
import { Bytes } from '../native/bytes.ts';
import type { RememberedBody } from './remembered-bodies.ts';
import type { Outcome, Segment } from './segment.ts';

const bodies = z.array(
  z.object({
    hash: z.string(),
    receivedAt: z.number(),
    answer: z.object({
      accepted: z.number(),
      rejected: z.number(),
      message: z.string(),
      errors: z.array(z.object({ line: z.number(), field: z.string(), reason: z.string(), message: z.string() })),
    }),
  }),
);

/** What of a segment is remembered after it was loaded, and across restarts. */
export interface Remembered {
  readonly lastReceivedAt: number;
  readonly bodies: readonly RememberedBody<Outcome>[];
  /** Fingerprints of predictions, 16 bytes each. */
  readonly prints: Uint8Array;
}

/** A CRC-32 of the rest, the length of the JSON of the bodies, the JSON, the fingerprints. */
export function encodeRemembered(segment: Segment): Uint8Array {
  const json = Buffer.from(JSON.stringify(segment.bodies));
  const out = new Bytes(json.length + segment.prints.length + 16);
  out.uint32(0);
  out.uint32(json.length);
  out.float64(segment.lastReceivedAt);
  out.copy(json);
  out.copy(segment.prints.written());
  const written = out.written();
  written.writeUInt32LE(crc32(written.subarray(4)), 0);
  return written;
}

/** @throws when the file is damaged */
export async function readRemembered(path: string): Promise<Remembered> {
  const bytes = await readFile(path);
  if (bytes.length < 16 || crc32(bytes.subarray(4)) !== bytes.readUInt32LE(0)) throw new Error(`${path} is damaged`);
  const end = 16 + bytes.readUInt32LE(4);
  return {
    lastReceivedAt: bytes.readDoubleLE(8),
    bodies: bodies.parse(JSON.parse(bytes.toString('utf8', 16, end))),
    prints: bytes.subarray(end),
  };
}
