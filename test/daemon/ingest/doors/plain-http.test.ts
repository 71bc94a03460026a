import { createServer } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SerinError } from '../../../../daemon/errors.ts';
import { startOtlpHttp } from '../../../../daemon/ingest/doors/otlp-http.ts';
import type { OtlpListener } from '../../../../daemon/ingest/doors/otlp-listen.ts';
import { servePlainly } from '../../../../daemon/ingest/doors/plain-http.ts';
import type { Answered, Ingest } from '../../../../daemon/ingest/ingest.ts';
import type { Outcome } from '../../../../daemon/ingest/spool/segment.ts';
import { freeDoor } from '../../../support/otlp-doors.ts';

/** A header that nobody minds, and that the short way leaves to Node.js. */
const UNUSUAL = 'Trailer: x\r\n';

/** Answers by what the body says, some of them later; `taken` are the bodies in the order in which they came. */
class SaidIngest {
  readonly taken: string[] = [];
  #waiting: (() => void)[] = [];
  shortWay = 0;

  answerTo(door: string, body: Uint8Array): Outcome | SerinError {
    const text = Buffer.from(body).toString();
    this.taken.push(`${door} ${text}`);
    if (text.startsWith('bad')) return new SerinError('invalid_request', `cannot read ${text}`, { field: 'body' });
    if (text.startsWith('full')) return new SerinError('full', 'full', { retryAfterSeconds: 7 });
    const rejected = text.startsWith('part') ? 2 : 0;
    return { accepted: 1, rejected, errors: [], message: rejected === 0 ? '' : 'too_old: 2 “é”' };
  }

  get ingest(): Ingest {
    const take = (door: string, body: Uint8Array, answered: Answered): void => {
      this.shortWay++;
      const answer = this.answerTo(door, body);
      const text = Buffer.from(body).toString();
      if (text.startsWith('wait')) this.#waiting.push(() => answered(answer));
      else if (text.startsWith('now')) answered(answer);
      else setImmediate(() => answered(answer));
    };
    const accept = async (kind: string, form: string, body: Uint8Array): Promise<Outcome> =>
      acceptOtlp(kind, form, body);
    const acceptOtlp = async (signal: string, form: string, body: Uint8Array): Promise<Outcome> => {
      await sleep(1);
      const answer = this.answerTo(`${signal}/${form}`, body);
      if (answer instanceof SerinError) throw answer;
      return answer;
    };
    return { take, accept, acceptOtlp } as Partial<Ingest> as Ingest;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  letGo(): void {
    for (const answer of this.#waiting.splice(0)) answer();
  }
}

function request(body: string | Buffer, more = '', path = '/v1/traces', type = 'application/x-protobuf'): Buffer {
  const head = `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: ${type}\r\n${more}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), Buffer.from(body as string)]);
}

describe('the short way of plain requests', () => {
  const listen = freeDoor({ body_time: 2000, max_body_bytes: 4096 });
  let said: SaidIngest;
  let http: OtlpListener;
  let sockets: Socket[];

  beforeEach(async () => {
    [said, sockets] = [new SaidIngest(), []];
    http = await startOtlpHttp(said.ingest, listen);
  });
  afterEach(async () => {
    for (const socket of sockets) socket.destroy();
    await http.close();
    // Whatever became of a body, its bytes are given back.
    expect(listen.budget.held).toBe(0);
  });

  /** Sends parts with a pause behind each. @returns what came back until `count` answers are there, or the connection is closed */
  async function exchange(parts: readonly (string | Buffer)[], count: number): Promise<string[]> {
    const socket = connect(http.port, '127.0.0.1');
    sockets.push(socket);
    let text = '';
    const closed = new Promise<void>((resolve) => socket.on('close', resolve).on('error', () => resolve()));
    socket.on('data', (chunk) => (text += chunk.toString('latin1')));
    for (const part of parts) {
      socket.write(part);
      await sleep(2);
    }
    const all = (): string[] => text.split(/(?=HTTP\/1\.1 )/).filter((answer) => answer !== '');
    await Promise.race([vi.waitFor(() => expect(all().length).toBeGreaterThanOrEqual(count), 5000), closed]);
    return all().map((answer) => answer.replace(/Date: [^\r]*/, 'Date: D'));
  }

  it.each([
    ['taken', 'good', '', undefined],
    ['taken at once', 'now', '', undefined],
    ['empty', '', '', undefined],
    ['JSON', '{}', '', 'application/json'],
    ['JSON with a charset', '{}', '', 'application/json; charset=utf-8'],
    ['refused in part', 'part', '', undefined],
    ['refused in part, JSON', 'part', '', 'application/json'],
    ['refused', 'bad “é”', '', undefined],
    ['refused, JSON', 'bad', '', 'application/json'],
    ['pushed back', 'full', '', undefined],
    ['packed', gzipSync('good'), 'Content-Encoding: gzip\r\n', undefined],
    ['packed, and not', 'good', 'Content-Encoding: gzip\r\n', undefined],
    ['a bomb', gzipSync('x'.repeat(10_000)), 'Content-Encoding: gzip\r\n', undefined],
  ])('answers byte for byte what the long way answers: %s', async (_name, body, more, type) => {
    for (const path of ['/v1/traces', '/v1/logs']) {
      const [short] = await exchange([request(body, more, path, type)], 1);
      const count = said.shortWay;
      const [long] = await exchange([request(body, more + UNUSUAL, path, type)], 1);
      expect(said.shortWay).toBe(count);
      expect(short).toBe(long);
      const [first, second] = said.taken.splice(0);
      expect(first).toBe(second);
    }
  });

  it.each([
    ['taken', 'good', '', 'application/x-ndjson', 1],
    ['taken at once', 'now', '', 'application/json', 1],
    ['empty', '', '', 'application/x-ndjson', 0],
    ['refused', 'bad “é”', '', 'application/x-ndjson', 1],
    ['pushed back', 'full', '', 'application/x-ndjson', 1],
    ['packed', gzipSync('good'), 'Content-Encoding: gzip\r\n', 'application/json; charset=utf-8', 1],
    ['packed, and not', 'good', 'Content-Encoding: gzip\r\n', 'application/x-ndjson', 0],
  ] as const)(
    'answers predictions and labels byte for byte likewise: %s',
    async (_name, body, more, type, reaching) => {
      for (const path of ['/v1/predictions', '/v1/labels']) {
        said.shortWay = 0;
        const [short] = await exchange([request(body, more, path, type)], 1);
        const [long] = await exchange([request(body, more + UNUSUAL, path, type)], 1);
        expect(said.shortWay).toBe(reaching);
        expect(short).toBe(long);
        const [first, second] = said.taken.splice(0);
        expect(first).toBe(second);
      }
    },
  );

  it('takes requests however they are cut, one after the other, also those that it leaves to Node.js in between', async () => {
    const chunked = `POST /v1/traces HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-protobuf\r\nTransfer-Encoding: chunked\r\n\r\n4\r\npart\r\n0\r\n\r\n`;
    for (const [odd, short] of [
      [undefined, 7],
      [3, 3],
      [0, 0],
    ] as const) {
      const texts = Array.from({ length: 7 }, (_, at) =>
        at === odd ? 'part' : `${at % 2 === 0 ? 'now' : 'soon'} ${at}`,
      );
      const bytes = Buffer.concat(texts.map((text, at) => (at === odd ? Buffer.from(chunked) : request(text))));
      for (const size of [bytes.length, 1000, 331, 170, 97]) {
        const parts = Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
          bytes.subarray(at * size, (at + 1) * size),
        );
        said.shortWay = 0;
        const answers = await exchange(parts, texts.length);
        expect(said.taken.splice(0)).toEqual(texts.map((text) => `traces/protobuf ${text}`));
        expect(answers.map((answer) => /^HTTP\/1.1 200/.test(answer) && answer.includes('too_old'))).toEqual(
          texts.map((text) => text === 'part'),
        );
        if (size === bytes.length) expect(said.shortWay).toBe(short);
      }
    }
  });

  it('answers in order what was sent ahead, and reads no further meanwhile', async () => {
    const answers = exchange([request('wait 1'), request('now 2'), request('now 3')], 3);
    await vi.waitFor(() => expect(said.waiting).toBe(1));
    await sleep(20);
    expect(said.taken).toHaveLength(1);
    said.letGo();
    expect(await answers).toHaveLength(3);
    expect(said.taken).toEqual(['traces/protobuf wait 1', 'traces/protobuf now 2', 'traces/protobuf now 3']);
  });

  it('answers a sender that has said all that it will, and closes; one that broke off is told', async () => {
    const socket = connect(http.port, '127.0.0.1');
    sockets.push(socket);
    let text = '';
    socket.on('data', (chunk) => (text += chunk.toString()));
    socket.end(request('wait'));
    await vi.waitFor(() => expect(said.waiting).toBe(1));
    await sleep(10);
    said.letGo();
    await new Promise((resolve) => socket.once('close', resolve));
    expect(text).toMatch(/^HTTP\/1.1 200/);

    const broken = connect(http.port, '127.0.0.1');
    sockets.push(broken);
    let told = '';
    broken.on('data', (chunk) => (told += chunk.toString()));
    broken.end(request('cut off').subarray(0, -3));
    await new Promise((resolve) => broken.once('close', resolve));
    expect(told).toMatch(/^HTTP\/1.1 400/);
    expect(said.taken).toEqual(['traces/protobuf wait']);
  });

  it('forgets a sender that has gone, whatever it had begun', async () => {
    for (const bytes of [request('wait'), request('cut off').subarray(0, -3)]) {
      const socket = connect(http.port, '127.0.0.1', () => socket.write(bytes));
      await vi.waitFor(() => expect(listen.budget.held).toBe(bytes.length));
      socket.resetAndDestroy();
      await vi.waitFor(() => expect(http.read().connections).toBe(0));
      said.letGo();
      expect(listen.budget.held).toBe(0);
    }
    expect(http.read().answers).toEqual({});
  });

  it('leaves what is slow to Node.js, which ends it in its time', async () => {
    const [answer] = await exchange([request('good').subarray(0, -1)], 1);
    expect(answer).toMatch(/^HTTP\/1.1 408/);
    expect(said.taken).toEqual([]);
    // A sender that is slow, but not too slow, is taken.
    const slow = connect(http.port, '127.0.0.1', () => slow.write(request('good').subarray(0, -1)));
    sockets.push(slow);
    await sleep(1200);
    slow.write('d');
    await vi.waitFor(() => expect(said.taken).toEqual(['traces/protobuf good']));
    expect(said.shortWay).toBe(0);
  });

  it('closes once what was begun is answered', async () => {
    const answers = exchange([request('wait')], 1);
    const idle = exchange([request('now'), ''], 2);
    await vi.waitFor(() => expect(said.taken).toHaveLength(2));
    const closed = http.close();
    expect(await idle).toHaveLength(1);
    said.letGo();
    expect(await answers).toHaveLength(1);
    await closed;
    await vi.waitFor(() => expect(http.read().connections).toBe(0));
    http = await startOtlpHttp(said.ingest, listen);
  });

  it('counts answers, and closes what says nothing for long', async () => {
    await exchange([request('good'), request('bad')], 2);
    expect(http.read().answers).toEqual({ 200: 1, 400: 1 });
    const server = createServer();
    const plain = servePlainly(server, {
      ingest: said.ingest,
      listen,
      answered: () => undefined,
      broken: (_error, socket) => socket.destroy(),
      isStranger: () => false,
      keepAliveMs: 100,
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1', () => socket.write(request('good')));
    await new Promise((resolve) => socket.resume().once('close', resolve));
    plain.close();
    await new Promise((resolve) => server.close(resolve));
  });
});
