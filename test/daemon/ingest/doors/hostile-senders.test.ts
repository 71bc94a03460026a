import { Client, credentials, Metadata } from '@grpc/grpc-js';
import { once } from 'node:events';
import { connect as connectHttp2, constants, type ClientHttp2Session, type IncomingHttpHeaders } from 'node:http2';
import { connect, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startOtlpGrpc } from '../../../../daemon/ingest/doors/otlp-grpc.ts';
import { startOtlpHttp } from '../../../../daemon/ingest/doors/otlp-http.ts';
import type { OtlpListener } from '../../../../daemon/ingest/doors/otlp-listen.ts';
import { freeDoor } from '../../../support/otlp-doors.ts';
import { field, span, traces, varint } from '../../../support/protobuf.ts';
import { temporaryIngest, type TemporaryIngest } from '../../../support/temporary-ingest.ts';

const MAX_BODY = 1 << 20;
const BODY_MS = 1500;
const TRACES = '/opentelemetry.proto.collector.trace.v1.TraceService/Export';
const CALL = { ':method': 'POST', ':path': TRACES, 'content-type': 'application/grpc', te: 'trailers' };

/** A message after its prefix. */
function framed(message: Uint8Array, flag = 0, length = message.length): Buffer {
  const prefix = Buffer.alloc(5);
  prefix[0] = flag;
  prefix.writeUInt32BE(length, 1);
  return Buffer.concat([prefix, message]);
}

interface Called {
  readonly status: number;
  readonly message: string;
  readonly http: number;
  readonly bytes: Buffer;
}

describe('senders that mean harm, or know no better', () => {
  let temporary: TemporaryIngest;
  let http: OtlpListener;
  let grpc: OtlpListener;
  let session: ClientHttp2Session;
  const limits = { max_body_bytes: MAX_BODY, body_time: BODY_MS, max_connections: 1100, max_streams: 10 };
  const listen = freeDoor({ ...limits, max_header_bytes: 8192 });

  beforeAll(async () => {
    temporary = await temporaryIngest();
    http = await startOtlpHttp(temporary.ingest, listen);
    grpc = await startOtlpGrpc(temporary.ingest, listen);
    session = connectHttp2(`http://127.0.0.1:${grpc.port}`);
  });
  afterAll(async () => {
    session.destroy();
    await http.close();
    await grpc.close();
    await temporary.remove();
  });

  /** A call as bytes; without an end the sender falls silent after them. */
  const call = (body: Uint8Array, headers: Record<string, string> = {}, ends = true): Promise<Called> =>
    new Promise((resolve, reject) => {
      const stream = session.request({ ...CALL, ...headers }, { endStream: false });
      let answered: IncomingHttpHeaders = {};
      const chunks: Buffer[] = [];
      stream.on('response', (given) => (answered = { ...answered, ...given }));
      stream.on('trailers', (given) => (answered = { ...answered, ...given }));
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('error', reject);
      stream.on('close', () =>
        resolve({
          status: Number(answered['grpc-status'] ?? -1),
          message: decodeURIComponent(String(answered['grpc-message'] ?? '')),
          http: Number(answered[':status'] ?? 0),
          bytes: Buffer.concat(chunks),
        }),
      );
      if (ends) stream.end(body);
      else stream.write(body);
    });
  const good = (): Buffer => traces('hostile', span(temporary.clock.now()));
  const alive = async (): Promise<void> => {
    expect((await call(framed(good()))).status).toBe(0);
    const answer = await fetch(`http://127.0.0.1:${http.port}/v1/traces`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-protobuf' },
      body: new Uint8Array(good()),
    });
    expect(answer.status).toBe(200);
  };

  it('of gRPC are told what is wrong with the call', async () => {
    const packed = gzipSync(good());
    for (const [name, body, headers, status, message] of [
      [
        'metrics',
        good(),
        { ':path': TRACES.replaceAll('trace', 'metrics').replace('Trace', 'Metrics') },
        12,
        'metrics are not taken here',
      ],
      ['another service', good(), { ':path': '/a.B/C' }, 12, 'the calls are /opentelemetry'],
      ['no message', Buffer.alloc(0), {}, 3, 'exactly one whole message'],
      ['half a prefix', Buffer.alloc(3), {}, 3, 'exactly one whole message'],
      ['half a message', framed(good()).subarray(0, 40), {}, 3, 'exactly one whole message'],
      ['two messages', Buffer.concat([framed(good()), framed(good())]), {}, 3, 'exactly one whole message'],
      ['deflate', framed(good(), 1), { 'grpc-encoding': 'deflate' }, 12, 'send gzip'],
      ['no gzip', framed(good(), 1), { 'grpc-encoding': 'gzip' }, 3, 'not whole gzip'],
      ['gzip cut off', framed(packed.subarray(0, 30), 1), { 'grpc-encoding': 'gzip' }, 3, 'not whole gzip'],
      ['gzip in gzip', framed(gzipSync(packed), 1), { 'grpc-encoding': 'gzip' }, 3, ''],
      ['packed without a name', framed(packed, 1), {}, 3, 'but no grpc-encoding'],
      ['a flag of two', framed(good(), 2), {}, 3, 'a flag of 2, not 0 or 1'],
      [
        'gRPC-Web',
        framed(good()),
        { 'content-type': 'application/grpc-web' },
        12,
        'send content-type application/grpc',
      ],
      ['JSON', framed(Buffer.from('{}')), { 'content-type': 'application/grpc+json' }, 12, 'send content-type'],
      ['no protobuf', framed(Buffer.from('nonsense')), {}, 3, ''],
      ['too large', framed(Buffer.alloc(MAX_BODY + 1)), {}, 8, String(MAX_BODY)],
      ['a bomb', framed(gzipSync(Buffer.alloc(64 * MAX_BODY)), 1), { 'grpc-encoding': 'gzip' }, 8, String(MAX_BODY)],
    ] as const) {
      const answer = await call(body, headers);
      expect([name, answer.http, answer.status]).toEqual([name, 200, status]);
      expect(answer.message, name).toContain(message);
    }
    expect((await call(framed(packed, 1), { 'grpc-encoding': 'gzip' })).status).toBe(0);
    expect((await call(framed(good()), { 'grpc-encoding': 'gzip' })).status).toBe(0);
    expect((await call(framed(Buffer.alloc(0)))).bytes).toEqual(framed(Buffer.alloc(0)));
    await alive();
  });

  it('that speak no gRPC on its port do not take the answer for a success', async () => {
    const json = await call(Buffer.from('{}'), { 'content-type': 'application/json' });
    expect([json.http, json.status]).toEqual([415, 12]);
    const put = await call(Buffer.alloc(0), { 'content-type': 'text/plain', ':method': 'PUT' });
    expect([put.http, put.status]).toEqual([405, 12]);
    await alive();
  });

  it('of gRPC that declare four gigabytes and fall silent are answered at once', async () => {
    const began = performance.now();
    expect(await call(framed(Buffer.alloc(10), 0, 0xff_ff_ff_ff), {}, false)).toMatchObject({ status: 8 });
    expect(performance.now() - began).toBeLessThan(BODY_MS);
    await alive();
  });

  it('of a byte now and then are ended after ingest.body_time, a thousand of them without harm to others', async () => {
    const slow: Socket[] = [];
    const ended: Promise<string>[] = [];
    for (let n = 0; n < 1000; n++) {
      const socket = connect(http.port, '127.0.0.1');
      const headers = 'Host: a\r\nContent-Type: application/x-protobuf\r\nContent-Length: 100000\r\n';
      // Half of them are slow already in their headers.
      socket.write(`POST /v1/traces HTTP/1.1\r\n${headers}${n % 2 === 0 ? '\r\n' : ''}`);
      slow.push(socket);
      ended.push(
        new Promise((resolve) => {
          let got = '';
          socket.on('data', (data) => (got += data.toString()));
          socket.on('error', () => undefined);
          socket.on('close', () => resolve(got));
        }),
      );
    }
    const drip = setInterval(() => slow.forEach((socket) => socket.writable && socket.write('x')), 300);
    await alive();
    const answers = await Promise.all(ended);
    clearInterval(drip);
    expect(new Set(answers.map((answer) => answer.split('\r\n')[0]))).toEqual(
      new Set(['HTTP/1.1 408 Request Timeout']),
    );
    expect(answers[0]).toContain('{"code":4,"message":"the request did not arrive whole within ingest.body_time"}');
    expect(await call(framed(good()).subarray(0, 20), {}, false)).toMatchObject({ status: 4 });
    await alive();
    expect(listen.budget.held).toBe(0);
  });

  it('that say nothing at all on the port of gRPC lose their connection', async () => {
    const silent = connect(grpc.port, '127.0.0.1');
    const other = connect(grpc.port, '127.0.0.1');
    other.write('POST / HTTP/1.1\r\nHost: a\r\n\r\n');
    await Promise.all(
      [silent, other].map(
        (socket) =>
          new Promise((resolve) => {
            socket.on('error', () => undefined);
            socket.on('close', resolve);
            socket.resume();
          }),
      ),
    );
    await alive();
  });

  it('open no more connections and streams than allowed', async () => {
    const sockets: Socket[] = [];
    let closed = 0;
    while (sockets.length < 1150) {
      // A few at a time: the system lets no more than some hundreds wait to be accepted.
      const few = Array.from({ length: 50 }, () => connect(http.port, '127.0.0.1'));
      sockets.push(...few);
      await Promise.all(
        few.map(async (socket) => {
          socket.on('error', () => undefined);
          socket.on('close', () => closed++);
          await Promise.race([once(socket, 'connect'), once(socket, 'close')]);
        }),
      );
    }
    await expect.poll(() => closed, { timeout: 10_000 }).toBeGreaterThanOrEqual(50);
    expect(http.read().connections).toBeLessThanOrEqual(1100);
    expect(http.read().answers['dropped']).toBeGreaterThanOrEqual(50);
    for (const socket of sockets) socket.destroy();
    await expect.poll(() => http.read().connections, { timeout: 10_000 }).toBeLessThan(100);
    const calls = Array.from({ length: 40 }, () => call(framed(good())));
    expect(session.remoteSettings.maxConcurrentStreams).toBe(10);
    expect((await Promise.all(calls)).every(({ status }) => status === 0)).toBe(true);
    await alive();
  });

  it.each([
    ['a tab in the address', 'GET http://\tx HTTP/1.1\r\nHost: a\r\n\r\n', 400],
    ['another version', 'GET / HTTP/9.9\r\n\r\n', 400],
    ['NUL in a header', 'POST /v1/traces HTTP/1.1\r\nHost: a\r\nContent-Type: a\0b\r\n\r\n', 400],
    [
      'a tab as the type',
      'POST /v1/traces HTTP/1.1\r\nHost: a\r\nContent-Type: \tapp\t\r\nContent-Length: 0\r\n\r\n',
      415,
    ],
    ['100 KB of headers', `POST /v1/traces HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(100_000)}\r\n\r\n`, 431],
    ['two lengths', 'POST /v1/traces HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx', 400],
    [
      'a length and chunks',
      'POST /v1/traces HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      400,
    ],
    ['a length that is none', 'POST /v1/traces HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n', 400],
    [
      'a chunk that is none',
      'POST /v1/traces HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n',
      400,
    ],
    ['no host', 'POST /v1/traces HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}', 400],
    [
      'an expectation that nobody knows',
      'POST / HTTP/1.1\r\nHost: a\r\nExpect: more\r\nContent-Length: 0\r\n\r\n',
      404,
    ],
    ['a path that climbs', 'POST /../../etc/passwd HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n', 404],
  ])('of bare bytes with %s are refused, and the door stays open', async (_what, bytes, status) => {
    const answer = await new Promise<string>((resolve) => {
      let got = '';
      const socket = connect(http.port, '127.0.0.1', () => socket.write(bytes));
      socket.on('data', (data) => {
        got += data.toString();
        socket.end();
      });
      socket.on('error', () => undefined);
      socket.on('close', () => resolve(got));
    });
    expect(answer.slice(0, 13)).toBe(`HTTP/1.1 ${status} `);
    expect(answer).toMatch(/\r\n\r\n\{"code":\d+,"message":"/);
    await alive();
  });

  it('hang up in the middle and leave nothing behind', async () => {
    for (let n = 0; n < 50; n++) {
      const stream = session.request(CALL, { endStream: false });
      stream.on('error', () => undefined);
      stream.write(framed(Buffer.alloc(1000), 0, 100_000));
      setTimeout(() => stream.close(constants.NGHTTP2_CANCEL), n % 5);
      const socket = connect(http.port, '127.0.0.1');
      socket.write(
        'POST /v1/traces HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 999\r\n\r\n{',
      );
      setTimeout(() => socket.destroy(), n % 5);
    }
    await expect.poll(() => listen.budget.held, { timeout: 5000 }).toBe(0);
    await alive();
  });

  it('cannot fill memory with bodies that never end: there is room for four of the largest', async () => {
    const held = Array.from({ length: 4 }, () => {
      const stream = session.request(CALL, { endStream: false });
      stream.on('error', () => undefined);
      stream.write(framed(Buffer.alloc(MAX_BODY - 100), 0, MAX_BODY));
      return stream;
    });
    await expect.poll(() => listen.budget.held, { timeout: 5000 }).toBeGreaterThan(4 * (MAX_BODY - 100));
    const client = new Client(`127.0.0.1:${grpc.port}`, credentials.createInsecure());
    const refused = await new Promise<{ code?: number; metadata?: Metadata }>((resolve) => {
      const bytes = (value: Buffer): Buffer => value;
      client.makeUnaryRequest(TRACES, bytes, bytes, Buffer.alloc(1000, field(1, varint(0))), (error) =>
        resolve(error ?? {}),
      );
    });
    client.close();
    expect(refused.code).toBe(8);
    const details = Buffer.concat((refused.metadata?.get('grpc-status-details-bin') ?? []) as Buffer[]);
    expect(details.includes('google.rpc.RetryInfo')).toBe(true);
    for (const stream of held) stream.close(constants.NGHTTP2_CANCEL);
    await expect.poll(() => listen.budget.held, { timeout: 5000 }).toBe(0);
    await alive();
  });
});
