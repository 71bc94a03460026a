import { createServer, type IncomingMessage } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { readPlainHead, type PlainHead } from '../../../../daemon/ingest/doors/plain-head.ts';

const HEADS = [
  'POST /v1/traces HTTP/1.1\r\nHost: a:4318\r\nContent-Type: application/x-protobuf\r\nContent-Length: 12\r\n',
  'POST /v1/logs HTTP/1.1\r\nhost:a\r\ncontent-type:application/json; charset=utf-8\r\ncontent-length:3\r\nContent-Encoding: gzip\r\n',
  'POST /v1/predictions HTTP/1.1\r\nHost: a:4318\r\nContent-Type: application/x-ndjson\r\nContent-Length: 12\r\n',
  'POST /v1/labels HTTP/1.1\r\nHost: [::1]:1\r\ncontent-type: application/json\r\ncontent-length: 3\r\n',
  'POST /v1/traces HTTP/1.1\r\nHost: a\r\nUser-Agent: OTel Go (1.2)\r\nConnection: Keep-Alive\r\nAccept: */*\r\nContent-Length: 0\r\nContent-Type: Application/X-Protobuf\r\n',
];
/** Of a body, so that one can be sent with each head. */
const MOST_BYTES = 100_000;
const PIECES = [
  '\r\n',
  '\n',
  '\r',
  ' ',
  '\t',
  ':',
  '\0',
  '\x7f',
  'é',
  ',',
  '0',
  '-1',
  '+',
  '0x1',
  'Content-Length: 5\r\n',
  'Content-Length: 12\r\n',
  'Transfer-Encoding: chunked\r\n',
  'transfer-encoding : chunked\r\n',
  ' folded: 1\r\n',
  'Connection: close\r\n',
  'Connection: Upgrade\r\nUpgrade: h2c\r\n',
  'Proxy-Connection: close\r\n',
  'Host: b\r\n',
  'Origin: https://b\r\n',
  'Content-Type: text/plain\r\n',
  'Content-Encoding: br\r\n',
  'X-Empty:\r\n',
  'Expect: 100-continue\r\n',
];

describe('the head of a plain request', () => {
  it('is read as Node.js reads it, whatever is put into it, or left to Node.js', async () => {
    const accepted = new Map<string, PlainHead>();
    let left = 0;
    let seed = 7;
    const chance = (below: number): number => {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
      return (seed >>> 8) % below;
    };
    for (let round = 0; round < 20_000; round++) {
      let text = HEADS[chance(HEADS.length)]!;
      for (let change = chance(3); change >= 0; change--) {
        const at = chance(text.length + 1);
        text = text.slice(0, at) + PIECES[chance(PIECES.length)]! + text.slice(at + chance(2) * chance(4));
      }
      const head = readPlainHead(text);
      if (head === undefined) left++;
      else if (head.length <= MOST_BYTES) accepted.set(text, head);
    }
    expect(accepted.size).toBeGreaterThan(100);
    expect(left).toBeGreaterThan(1000);
    expect(accepted.size).toBeLessThan(20_000);
    const seen = await readByNode([...accepted].map(([text, head]) => [text, head.length]));
    for (const [at, [text, { door, guardedHost, encoding, length }]] of [...accepted].entries()) {
      const request = seen[at];
      const [kind = '', form = ''] = door.name.split('/');
      const isGuarded = kind === 'predictions' || kind === 'labels';
      expect(request?.bytes, text).toBe(length);
      expect(request?.method, text).toBe('POST');
      expect(request?.url, text).toBe(`/v1/${kind}`);
      expect(guardedHost, text).toBe(isGuarded ? request?.headers.host : undefined);
      expect(request?.headers.origin, text).toBeUndefined();
      const type = form === 'json' ? 'application/json' : `application/x-${form}`;
      expect(request?.headers['content-type']?.split(';')[0]?.trim().toLowerCase(), text).toBe(type);
      expect((request?.headers['content-encoding'] ?? 'identity').toLowerCase(), text).toBe(encoding);
      expect(request?.keepsAlive, text).toBe(true);
    }
  });

  it.each([
    'GET /v1/traces HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 0\r\n',
    'POST /v1/metrics HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 0\r\n',
    'POST /v1/traces HTTP/1.0\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 0\r\n',
    'POST /v1/traces HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 0\r\n',
    'POST /v1/traces HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n',
    'POST /v1/traces HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n',
    'POST /v1/traces HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 1\r\nContent-Length: 1\r\n',
    'POST /v1/traces HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n',
    'POST /v1/traces HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 1, 1\r\n',
    'POST /v1/traces HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: +1\r\n',
    'POST /v1/traces HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length : 1\r\n',
    'POST /v1/traces HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 1\r\n folded\r\n',
    'POST /v1/traces HTTP/1.1\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 1\r\n',
    'POST /v1/predictions HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-protobuf\r\nContent-Length: 1\r\n',
    'POST /v1/predictions HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-ndjson\r\nContent-Length: 1\r\nOrigin: http://a\r\n',
    'POST /v1/traces HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-ndjson\r\nContent-Length: 1\r\n',
  ])('is left to Node.js: %j', (text) => expect(readPlainHead(text)).toBeUndefined());
});

interface Seen extends Pick<IncomingMessage, 'method' | 'url' | 'headers'> {
  readonly bytes: number;
  readonly keepsAlive: boolean;
}

/** Sends heads with bodies on one connection: were any read otherwise, the next would not be understood. */
async function readByNode(requests: readonly (readonly [head: string, bytes: number])[]): Promise<Seen[]> {
  const seen: Seen[] = [];
  const server = createServer({ requireHostHeader: false }, (request, response) => {
    let bytes = 0;
    request.on('data', (chunk: Buffer) => (bytes += chunk.length));
    request.on('end', () => {
      const { method, url, headers } = request;
      seen.push({ method, url, headers, bytes, keepsAlive: response.shouldKeepAlive });
      response.end();
      if (seen.length === requests.length) socket.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  socket.resume();
  for (const [head, bytes] of requests) socket.write(`${head}\r\n${'x'.repeat(bytes)}`, 'latin1');
  await new Promise((resolve) => socket.once('close', resolve));
  await new Promise((resolve) => server.close(resolve));
  return seen;
}
