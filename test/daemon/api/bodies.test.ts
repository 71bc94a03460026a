import { request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http';
import { createGzip, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import * as contract from '../../../daemon/api/contract.ts';
import { SerinError } from '../../../daemon/errors.ts';
import { runApi, type Answer, type RunningFake } from './running-api.ts';

const LIMIT = 100_000;
const NDJSON = { 'content-type': 'application/x-ndjson' };
const GZIP = { ...NDJSON, 'content-encoding': 'gzip' };

describe.each(['predictions', 'labels'] as const)('a body of %s', (kind) => {
  let api: RunningFake;
  beforeAll(async () => {
    api = await runApi({ maxBodyBytes: LIMIT });
  });
  afterAll(async () => {
    await api.close();
  });
  beforeEach(() => {
    api.parts.answer('ingest.accept', () => ({ accepted: 1, rejected: 0, errors: [] }));
  });
  const send = (body: string | Uint8Array, headers: Record<string, string> = NDJSON): Promise<Answer> =>
    api.ask('POST', `/v1/${kind}`, body, headers);
  const received = (): { kind: unknown; form: unknown; text: string } => {
    const [, to, form] = api.parts.calls.at(-1) ?? [];
    return { kind: to, form, text: receivedBytes().toString() };
  };
  /** Of the parts that a body came in. */
  const receivedBytes = (): Buffer => Buffer.concat(api.parts.calls.at(-1)?.[3] as readonly Uint8Array[]);

  it('reaches the door as the bytes that were sent, whatever they are', async () => {
    const text = '{"__proto__": {"a": 1e400}}\n{broken\n\u{1F426}';
    expect((await send(text)).status).toBe(200);
    expect(received()).toEqual({ kind, form: 'ndjson', text });
    expect((await send('[{}]', { 'content-type': 'Application/JSON; charset=utf-8' })).status).toBe(200);
    expect(received()).toEqual({ kind, form: 'json', text: '[{}]' });
    const bytes = new Uint8Array([0xff, 0x00, 0xfe]);
    await send(bytes);
    expect(receivedBytes()).toEqual(Buffer.from(bytes));
  });

  it('may be gzip, also of many members and under its old name', async () => {
    const two = Buffer.concat([gzipSync('one\n'), gzipSync('two')]);
    expect((await send(two, GZIP)).status).toBe(200);
    expect(received().text).toBe('one\ntwo');
    expect((await send(gzipSync('x'), { ...NDJSON, 'content-encoding': 'X-GZIP' })).status).toBe(200);
    expect((await send('plain', { ...NDJSON, 'content-encoding': 'identity' })).status).toBe(200);
  });

  it('is 200 with the bad lines named while one record can be taken', async () => {
    const errors = [{ line: 2, field: 'score', reason: 'not_a_number', message: 'score is "high"' }];
    api.parts.answer('ingest.accept', () => ({ accepted: 1, rejected: 1, errors }));
    const { status, json } = await send('x');
    expect({ status, json }).toEqual({ status: 200, json: { accepted: 1, rejected: 1, errors } });
  });

  it('is 400 with the same lines when none can be taken', async () => {
    const errors = [{ line: 1, field: '<b>', reason: 'not_json', message: '<script>' }];
    api.parts.answer('ingest.accept', () => ({ accepted: 0, rejected: 1, errors }));
    const { status, json, headers } = await send('x');
    expect(status).toBe(400);
    expect(contract.refusal.strict().parse(json)).toMatchObject({
      error: { code: 'nothing_acceptable' },
      accepted: 0,
      rejected: 1,
      errors,
    });
    expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
  });

  it('is 200 when it is an empty list, and 400 when it is nothing at all', async () => {
    api.parts.answer('ingest.accept', () => ({ accepted: 0, rejected: 0, errors: [] }));
    expect((await send('[]', { 'content-type': 'application/json' })).status).toBe(200);
    for (const [body, headers] of [
      ['', NDJSON],
      [gzipSync(''), GZIP],
      [undefined, {}],
    ] as const) {
      const { status, json } = await api.ask('POST', `/v1/${kind}`, body, headers);
      expect(status).toBe(400);
      expect(json).toMatchObject({
        error: { code: 'nothing_acceptable', message: `The body is empty; send ${kind}.` },
      });
    }
  });

  it.each([
    ['text/plain', undefined],
    ['application/x-www-form-urlencoded', undefined],
    ['application/x-protobuf', undefined],
    ['application/jsonx', undefined],
    ['nonsense', undefined],
    ['application/x-ndjson', 'br'],
    ['application/x-ndjson', 'gzip, gzip'],
    ['application/x-ndjson', 'deflate'],
  ])('is 415 as %s with encoding %s, naming what would do', async (type, encoding) => {
    const before = api.parts.calls.length;
    const headers = { 'content-type': type, ...(encoding === undefined ? {} : { 'content-encoding': encoding }) };
    const { status, json } = await send('x', headers);
    expect(status).toBe(415);
    expect(contract.errorBody.parse(json).error.message).toMatch(/send (application\/|gzip)/);
    expect(api.parts.calls.length).toBe(before);
  });

  it('is 413 from one byte over the limit, which counts after decompression', async () => {
    expect((await send('x'.repeat(LIMIT))).status).toBe(200);
    expect((await send(gzipSync('x'.repeat(LIMIT)), GZIP)).status).toBe(200);
    for (const [body, headers] of [
      ['x'.repeat(LIMIT + 1), NDJSON],
      [gzipSync('x'.repeat(LIMIT + 1)), GZIP],
    ] as const) {
      const { status, json } = await send(body, headers);
      expect(status).toBe(413);
      expect(json).toMatchObject({ error: { code: 'too_large', message: expect.stringContaining(String(LIMIT)) } });
    }
  });

  it('is 400 when it says gzip and is none, is cut off, or is gzip twice', async () => {
    const whole = gzipSync('{"a":1}'.repeat(100));
    for (const body of [Buffer.from('plain'), whole.subarray(0, 20), whole.subarray(0, whole.length - 4)]) {
      const { status, json } = await send(body, GZIP);
      expect(status).toBe(400);
      expect(json).toMatchObject({ error: { code: 'invalid_request', field: 'Content-Encoding' } });
    }
    await send(gzipSync(whole), GZIP);
    // What comes out is bytes of gzip: no record, which the door says.
    expect(received().text.startsWith('\u001f')).toBe(true);
  });

  it.each([
    ['full', 429],
    ['not_durable', 503],
  ] as const)('hands on that the door is %s as %d with Retry-After', async (code, status) => {
    api.parts.answer('ingest.accept', () => {
      throw new SerinError(code, 'the spool is full', { retryAfterSeconds: 7 });
    });
    const answer = await send('x');
    expect(answer.status).toBe(status);
    expect(answer.headers.get('retry-after')).toBe('7');
    expect(answer.json).toMatchObject({ error: { code, message: 'the spool is full' } });
  });
});

describe('bodies that mean harm', () => {
  const limit = 4 * 1024 * 1024;
  let api: RunningFake;
  beforeAll(async () => {
    api = await runApi({ maxBodyBytes: limit });
  });
  afterAll(async () => {
    await api.close();
  });

  /** A request whose body is written by hand. */
  function open(headers: Record<string, string | number>): { request: ClientRequest; answer: Promise<Received> } {
    const request = httpRequest(`${api.url}/v1/predictions`, { method: 'POST', headers, agent: false });
    const answer = new Promise<Received>((resolve, reject) => {
      request.once('error', reject);
      request.once('response', (response: IncomingMessage) => {
        let text = '';
        response.on('data', (chunk: Buffer) => (text += chunk.toString()));
        response.once('end', () => resolve({ status: response.statusCode ?? 0, text }));
      });
    });
    answer.catch(() => undefined);
    return { request, answer };
  }
  interface Received {
    readonly status: number;
    readonly text: string;
  }

  it('are refused while a bomb of a gigabyte is still packed, without keeping it', async () => {
    const bomb = await zeros(1024);
    expect(bomb.length).toBeLessThan(2_000_000);
    let highest = 0;
    const before = process.memoryUsage().rss;
    const watch = setInterval(() => (highest = Math.max(highest, process.memoryUsage().rss)), 5);
    const answers = await Promise.all(Array.from({ length: 20 }, () => api.ask('POST', '/v1/predictions', bomb, GZIP)));
    clearInterval(watch);
    for (const { status } of answers) expect([413, 429]).toContain(status);
    expect(answers.some(({ status }) => status === 413)).toBe(true);
    // Twenty gigabytes unpacked; what is kept at once are four bodies, and what the collector has not fetched yet.
    expect(highest - before).toBeLessThan(400 * 1024 * 1024);
    expect((await api.ask('POST', '/v1/predictions', '{}', NDJSON)).status).toBe(200);
  });

  it('are answered at once when they declare more than fits, and the answer arrives', async () => {
    const { request, answer } = open({ ...NDJSON, 'content-length': limit * 1000 });
    request.write('{');
    const { status, text } = await answer;
    expect(status).toBe(413);
    expect(text).toContain('too_large');
    request.destroy();
  });

  it('are answered while the client is still sending all of it', async () => {
    const { request, answer } = open({ ...NDJSON, 'content-length': limit * 2 });
    request.end(Buffer.alloc(limit * 2, 'x'));
    expect((await answer).status).toBe(413);
  });

  it('in chunks without a length are counted as they come', async () => {
    const { request, answer } = open({ ...NDJSON, 'transfer-encoding': 'chunked' });
    for (let sent = 0; sent <= limit; sent += 65_536) request.write(Buffer.alloc(65_536, 'x'));
    expect((await answer).status).toBe(413);
    request.destroy();
  });

  it('together hold no more than four of the largest; the next ones come back later', async () => {
    const held = Array.from({ length: 4 }, () => open({ ...NDJSON, 'content-length': limit }));
    for (const { request } of held) request.write(Buffer.alloc(limit - 10, 'x'));
    await until(async () => (await api.ask('POST', '/v1/predictions', 'x'.repeat(100), NDJSON)).status === 429);
    const refused = await api.ask('POST', '/v1/predictions', 'x'.repeat(100), NDJSON);
    expect(refused.status).toBe(429);
    expect(refused.headers.get('retry-after')).toBe('1');
    // One finishes, one hangs up, and there is room again.
    held[0]?.request.end(Buffer.alloc(10, 'x'));
    expect((await held[0]?.answer)?.status).toBe(200);
    for (const { request } of held.slice(1)) request.destroy();
    await until(async () => (await api.ask('POST', '/v1/predictions', 'x'.repeat(limit), NDJSON)).status === 200);
  });

  it('leave no bytes counted when clients hang up in the middle, packed or not', async () => {
    for (let round = 0; round < 50; round++) {
      const { request } = open({ ...(round % 2 === 0 ? NDJSON : GZIP), 'content-length': limit });
      request.write(round % 2 === 0 ? Buffer.alloc(1_000_000) : gzipSync(Buffer.alloc(3_000_000)));
      await new Promise((resolve) => setTimeout(resolve, 2));
      request.destroy();
    }
    await until(async () => {
      const all = await Promise.all(
        Array.from({ length: 4 }, () => api.ask('POST', '/v1/predictions', 'x'.repeat(limit - 1), NDJSON)),
      );
      return all.every(({ status }) => status === 200);
    });
  });
});

/** Gzip of so many mebibytes of zeros. */
async function zeros(mebibytes: number): Promise<Buffer> {
  const packer = createGzip({ level: 9 });
  const block = Buffer.alloc(1024 * 1024);
  const chunks: Buffer[] = [];
  packer.on('data', (chunk: Buffer) => chunks.push(chunk));
  for (let n = 0; n < mebibytes; n++) {
    if (!packer.write(block)) await new Promise((resolve) => packer.once('drain', resolve));
  }
  packer.end();
  await new Promise((resolve) => packer.once('end', resolve));
  return Buffer.concat(chunks);
}

/** Asks again and again, for ten seconds at most, until it is so. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    if (await isSo()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('it did not become so');
}
