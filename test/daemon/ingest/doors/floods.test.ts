import { once } from 'node:events';
import { connect as connectHttp2, type ClientHttp2Session } from 'node:http2';
import { connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startOtlpGrpc } from '../../../../daemon/ingest/doors/otlp-grpc.ts';
import type { OtlpListener } from '../../../../daemon/ingest/doors/otlp-listen.ts';
import { freeDoor } from '../../../support/otlp-doors.ts';
import { temporaryIngest, type TemporaryIngest } from '../../../support/temporary-ingest.ts';

const CALL = {
  ':method': 'POST',
  ':path': '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
  'content-type': 'application/grpc',
};
const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
/** Types of frames (RFC 9113, section 6). */
const [DATA, HEADERS, RESET, SETTINGS, PING, GOAWAY, CONTINUATION] = [0, 1, 3, 4, 6, 7, 9];
/** The header block of a call without its body (RFC 7541: indexed fields, then literals under an indexed name). */
const REQUEST = Buffer.concat([
  Buffer.from([0x83, 0x86, 0x01, 1, 0x61, 0x04, CALL[':path'].length]),
  Buffer.from(CALL[':path']),
  Buffer.from([0x0f, 0x10, CALL['content-type'].length]),
  Buffer.from(CALL['content-type']),
]);
const END_HEADERS = 4;
const MEBIBYTE = 1024 * 1024;

function frame(type: number, flags: number, stream: number, payload = Buffer.alloc(0)): Buffer {
  const header = Buffer.alloc(9);
  header.writeUIntBE(payload.length, 0, 3);
  header[3] = type;
  header[4] = flags;
  header.writeUInt32BE(stream, 5);
  return Buffer.concat([header, payload]);
}

/** Whether an event came within a time. */
function heard(socket: Socket, event: string, withinMs: number): Promise<boolean> {
  return once(socket, event, { signal: AbortSignal.timeout(withinMs) }).then(
    () => true,
    () => false,
  );
}

/** How many frames of each type came. */
function framesOf(bytes: Buffer): Map<number, number> {
  const counts = new Map<number, number>();
  for (let at = 0; at + 9 <= bytes.length; at += 9 + bytes.readUIntBE(at, 3))
    counts.set(bytes[at + 3]!, (counts.get(bytes[at + 3]!) ?? 0) + 1);
  return counts;
}

const FLOODS: readonly (readonly [what: string, frames: number, make: (n: number) => Buffer])[] = [
  ['pings', 100_000, () => frame(PING, 0, 0, Buffer.alloc(8))],
  ['settings', 100_000, () => frame(SETTINGS, 0, 0, Buffer.from([0, 3, 0, 0, 0, 100]))],
  [
    'headers that never end',
    20_000,
    (n) => (n === 0 ? frame(HEADERS, 0, 1, REQUEST) : frame(CONTINUATION, 0, 1, Buffer.alloc(200, 0x84))),
  ],
  [
    'streams that are reset at once',
    20_000,
    (n) =>
      Buffer.concat([
        frame(HEADERS, END_HEADERS, 1 + 2 * n, REQUEST),
        frame(RESET, 0, 1 + 2 * n, Buffer.from([0, 0, 0, 8])),
      ]),
  ],
  ['streams that never end', 20_000, (n) => frame(HEADERS, END_HEADERS, 1 + 2 * n, REQUEST)],
  ['empty data', 100_000, (n) => (n === 0 ? frame(HEADERS, END_HEADERS, 1, REQUEST) : frame(DATA, 0, 1))],
];

describe('a flood of HTTP/2 frames', () => {
  let temporary: TemporaryIngest;
  let grpc: OtlpListener;
  let others: ClientHttp2Session;
  beforeAll(async () => {
    temporary = await temporaryIngest();
    grpc = await startOtlpGrpc(temporary.ingest, freeDoor());
    others = connectHttp2(`http://127.0.0.1:${grpc.port}`);
  });
  afterAll(async () => {
    others.destroy();
    await grpc.close();
    await temporary.remove();
  });

  /** Status and milliseconds of an empty call on the connection of somebody else. */
  const call = (): Promise<{ status: unknown; took: number }> =>
    new Promise((resolve, reject) => {
      const began = performance.now();
      const stream = others.request(CALL);
      let status: unknown;
      stream.on('trailers', (trailers) => (status = trailers['grpc-status']));
      stream.on('error', reject).on('close', () => resolve({ status, took: performance.now() - began }));
      stream.resume().end(Buffer.alloc(5));
    });

  /** Sends as long as the other side reads. @returns what came back, and whether the connection was closed */
  async function send(make: (n: number) => Buffer, frames: number): Promise<{ got: Buffer; closed: boolean }> {
    const socket: Socket = connect(grpc.port, '127.0.0.1');
    const chunks: Buffer[] = [];
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.write(Buffer.concat([PREFACE, frame(SETTINGS, 0, 0)]));
    for (let sent = 0; sent < frames && !socket.destroyed; sent += 500) {
      const batch = Array.from({ length: 500 }, (_, n) => make(sent + n));
      // A side that has said it goes away reads no more.
      if (!socket.write(Buffer.concat(batch)) && !(await heard(socket, 'drain', 1000))) break;
    }
    for (let waited = 0; waited < 3000 && !socket.destroyed; waited += 100) {
      if (framesOf(Buffer.concat(chunks)).has(GOAWAY)) break;
      await pause(100);
    }
    const told = { got: Buffer.concat(chunks), closed: socket.destroyed };
    socket.destroy();
    return told;
  }

  it.each(FLOODS)(
    'of %s ends, or costs next to nothing, and others are answered meanwhile',
    async (what, frames, make) => {
      const before = process.memoryUsage().rss;
      const flood = send(make, frames);
      const waits: number[] = [];
      while (await Promise.race([flood.then(() => false), pause(20, true)])) {
        const { status, took } = await call();
        expect(status).toBe('0');
        waits.push(took);
      }
      const { got, closed } = await flood;
      const counts = framesOf(got);
      if (what !== 'empty data') expect(closed || counts.has(GOAWAY), [...counts].join(' ')).toBe(true);
      // Answers to a few thousand frames at most, however many came.
      expect(got.length).toBeLessThan(MEBIBYTE);
      expect(Math.max(...waits)).toBeLessThan(2000);
      expect(process.memoryUsage().rss - before).toBeLessThan(200 * MEBIBYTE);
    },
  );
});
