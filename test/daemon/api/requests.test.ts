import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { errorBody } from '../../../daemon/api/contract.ts';
import { NASTY } from './fake-parts.ts';
import { runApi, type RunningFake } from './running-api.ts';

describe('requests that are wrong', () => {
  let api: RunningFake;
  beforeAll(async () => {
    api = await runApi();
  });
  afterAll(async () => {
    await api.close();
  });

  /** Sends bytes on a socket of their own; resolves to all that comes back until it is closed. */
  function raw(bytes: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const socket = connect(api.port, '127.0.0.1');
      let text = '';
      socket.setTimeout(5000, () => reject(new Error(`no answer, only ${JSON.stringify(text)}`)));
      socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
      socket.once('error', (error: NodeJS.ErrnoException) => {
        // The server may close while the rest is still being sent.
        if (error.code === 'EPIPE' || error.code === 'ECONNRESET') resolve(text);
        else reject(error);
      });
      socket.once('close', () => resolve(text));
      socket.write(bytes, 'latin1');
    });
  }

  const HOST = 'Host: localhost\r\nConnection: close\r\n';
  it.each([
    ['an absolute address without a host', `GET http:// HTTP/1.1\r\n${HOST}\r\n`],
    ['an absolute address of nothing', `GET http://:99999/ HTTP/1.1\r\n${HOST}\r\n`],
    ['NUL in Content-Type', `POST /v1/labels HTTP/1.1\r\n${HOST}Content-Type: a\0b\r\nContent-Length: 1\r\n\r\nx`],
    ['a tab in Content-Type', `POST /v1/labels HTTP/1.1\r\n${HOST}Content-Type: \ta/\tb\r\nContent-Length: 1\r\n\r\nx`],
    ['100 KB of headers', `GET /healthz HTTP/1.1\r\n${HOST}X: ${'x'.repeat(100_000)}\r\n\r\n`],
    ['10,000 headers', `GET /healthz HTTP/1.1\r\n${HOST}${'A: b\r\n'.repeat(10_000)}\r\n`],
    [
      'both Content-Length and Transfer-Encoding',
      `POST /v1/labels HTTP/1.1\r\n${HOST}Content-Type: application/json\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    ],
    [
      'two lengths',
      `POST /v1/labels HTTP/1.1\r\n${HOST}Content-Type: application/json\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx`,
    ],
    ['a negative length', `POST /v1/labels HTTP/1.1\r\n${HOST}Content-Length: -1\r\n\r\n`],
    ['no host', 'GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n'],
    ['no HTTP at all', 'EHLO localhost\r\n\r\n'],
    ['the first bytes of TLS', '\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003'],
    ['a method nobody knows', `FROB /healthz HTTP/1.1\r\n${HOST}\r\n`],
    ['a path that is not percent-encoding', `GET /v1/models/%zz HTTP/1.1\r\n${HOST}\r\n`],
    ['a NUL in the path', `GET /v1/mod\0els HTTP/1.1\r\n${HOST}\r\n`],
    ['the file system in the path', `GET /../../../../etc/passwd HTTP/1.1\r\n${HOST}\r\n`],
    ['the file system, encoded', `GET /assets/..%2f..%2f..%2fetc%2fpasswd HTTP/1.1\r\n${HOST}\r\n`],
    ['a file beside the assets', `GET /assets/%2e%2e/..secret HTTP/1.1\r\n${HOST}\r\n`],
    ['a proxy request', `CONNECT example.com:443 HTTP/1.1\r\n${HOST}\r\n`],
  ])('%s is answered 4xx, or the connection ends, and the server lives', async (_what, bytes) => {
    const text = await raw(bytes);
    const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0);
    if (text !== '') {
      expect(status, text).toBeGreaterThanOrEqual(400);
      expect(status, text).toBeLessThan(500);
      expect(text).not.toContain('root:');
      const body = text.slice(text.indexOf('\r\n\r\n') + 4);
      if (body !== '') expect(errorBody.safeParse(JSON.parse(body)).success, text).toBe(true);
    }
    expect((await api.ask('GET', '/healthz')).status).toBe(200);
  });

  it('says what is wrong with the bytes in the form of every error', async () => {
    expect(await raw(`GET /healthz HTTP/1.1\r\n${HOST}X: ${'x'.repeat(100_000)}\r\n\r\n`)).toMatch(
      /^HTTP\/1\.1 431 .*"code":"headers_too_large"/s,
    );
    expect(await raw('EHLO localhost\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 .*"code":"bad_http"/s);
  });

  it('passes over an expectation that nobody knows', async () => {
    expect(await raw(`GET /healthz HTTP/1.1\r\n${HOST}Expect: more\r\n\r\n`)).toMatch(/^HTTP\/1\.1 200/);
  });

  it('survives a thousand mutated requests', async () => {
    const sound = `POST /v1/rollouts?model=x HTTP/1.1\r\n${HOST}Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}`;
    let seed = 7;
    const random = (below: number): number => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      return Math.floor((seed / 2_147_483_648) * below);
    };
    const mutate = (): string => {
      const at = random(sound.length);
      const cut = random(4);
      return sound.slice(0, at) + String.fromCharCode(random(256)).repeat(random(3)) + sound.slice(at + cut);
    };
    for (let batch = 0; batch < 20; batch++) {
      const texts = await Promise.all(Array.from({ length: 50 }, () => answered(api.port, mutate())));
      for (const text of texts) expect(text).not.toMatch(/^HTTP\/1\.1 5/);
    }
    expect((await api.ask('GET', '/healthz')).status).toBe(200);
  });

  it('knows no path: 404 in JSON, with the path as text', async () => {
    const path = `/v1/${encodeURIComponent(NASTY)}`;
    const { status, json, headers } = await api.ask('GET', path);
    expect(status).toBe(404);
    expect(json).toMatchObject({ error: { code: 'not_found' } });
    expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect((await api.ask('GET', `/${'x'.repeat(10_000)}`)).text.length).toBeLessThan(400);
  });

  it.each([
    ['DELETE', '/v1/models/m', 'GET, HEAD, PUT, OPTIONS'],
    ['GET', '/v1/predictions', 'POST, OPTIONS'],
    ['PUT', '/v1/rollouts/r1/verdict', 'GET, HEAD, OPTIONS'],
    ['POST', '/', 'GET, HEAD, OPTIONS'],
    ['POST', '/healthz', 'GET, HEAD, OPTIONS'],
  ])('%s %s is 405 with the methods that are allowed', async (method, path, allow) => {
    const { status, json, headers } = await api.ask(method, path, method === 'GET' ? undefined : 'not even read');
    expect(status).toBe(405);
    expect(headers.get('allow')).toBe(allow);
    expect(json).toMatchObject({ error: { code: 'method_not_allowed' } });
  });

  it('says to an exporter that sends to it where OTLP goes', async () => {
    const { status, json } = await api.ask('POST', '/v1/traces', '{}');
    expect(status).toBe(405);
    expect(JSON.stringify(json)).toContain('OTLP goes to port 4318 (HTTP) or 4317 (gRPC)');
  });

  it('answers HEAD as GET without a body, and OPTIONS with the methods', async () => {
    const head = await api.ask('HEAD', '/v1/models');
    expect(head.status).toBe(200);
    expect(head.text).toBe('');
    expect(Number(head.headers.get('content-length'))).toBeGreaterThan(100);
    const options = await api.ask('OPTIONS', '/v1/models/m');
    expect(options.status).toBe(204);
    expect(options.headers.get('allow')).toBe('GET, HEAD, PUT, OPTIONS');
    expect(options.headers.get('access-control-allow-origin')).toBeNull();
  });

  it.each([
    ['GET', '/v1/findings?modle=m', 'modle', 'did you mean model?'],
    ['GET', '/v1/findings?model=a&model=b', 'model', 'an array of 2'],
    ['GET', '/v1/findings?limit=1e9', 'limit', 'limit is "1e9"'],
    ['GET', '/v1/findings?limit=-1', 'limit', 'limit is "-1"'],
    ['GET', "/v1/findings?state=fail'--", 'state', 'it must be one of pass, fail, insufficient'],
    ['GET', '/v1/findings?from=2026-01-31T12:00:00+01:00', 'from', '%2B'],
    ['GET', '/v1/findings?from=1969-12-31T23:59:59Z', 'from', '1970'],
    ['GET', '/v1/models?x=1', 'x', 'x is not known; known are none.'],
    ['GET', '/v1/models/m/series?from=2026-02-01T00:00:00Z&to=2026-01-01T00:00:00Z', 'to', 'not after'],
    ['GET', '/v1/models/m/series?from=2026-02-30T00:00:00Z&to=2026-03-01T00:00:00Z', 'from', 'RFC 3339'],
    ['GET', '/v1/traces?from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z', 'service', 'missing'],
    ['GET', '/v1/rollouts/r/verdict?format=arog', 'format', 'did you mean argo?'],
    ['GET', '/v1/alerts?state=fring', 'state', 'did you mean firing?'],
  ])('%s %s is 400 and names %s', async (method, path, field, words) => {
    const before = api.parts.calls.length;
    const { status, json } = await api.ask(method, path);
    expect(status).toBe(400);
    const { error } = errorBody.parse(json);
    expect(error).toMatchObject({ code: 'invalid_request', field });
    expect(error.message).toContain(words);
    expect(error.hint).not.toBe('');
    expect(api.parts.calls.length).toBe(before);
  });

  it.each([
    ['{"model":"m"', 'line 1, column 13 the text ends'],
    ['', 'the body is missing'],
    ['null', 'the body is missing'],
    ['"text"', 'the body is "text"'],
    ['{"__proto__":{}}', '__proto__'],
    ['{"model":"m","control":"v1","candidate":"v2","alpah":0.1}', 'did you mean alpha?'],
    ['{"model":"m","control":"v1","candidate":"v2","alpha":1e999}', 'alpha is Infinity'],
    ['{"model":"","control":"v1","candidate":"v2"}', 'model is ""'],
  ])('a rollout of %j is 400 and says why', async (text, words) => {
    const { status, json } = await api.ask('POST', '/v1/rollouts', text, { 'content-type': 'application/json' });
    expect(status).toBe(400);
    expect(errorBody.parse(json).error.message).toContain(words);
  });

  it('judges a thousand windows at once, and not one more', async () => {
    const reference = { from: '2026-01-01T00:00:00Z', to: '2026-01-02T00:00:00Z' };
    const judge = (to: string, window: string): Promise<{ status: number; text: string }> =>
      api.ask('POST', '/v1/evaluations', { model: 'm', reference, from: '2026-02-01T00:00:00Z', to, window });
    expect((await judge('2026-03-14T16:00:00Z', '1h')).status).toBe(200);
    const more = await judge('2026-03-14T17:00:00Z', '1h');
    expect(more.status).toBe(400);
    expect(more.text).toContain('1001 windows of 1h apart');
    expect((await judge('2026-03-14T17:00:00Z', '6h')).status).toBe(200);
    expect((await judge('2199-01-01T00:00:00Z', '1mo')).status).toBe(400);
  });

  it('a body without its type, or larger than a megabyte, is refused as such', async () => {
    const form = await api.ask('POST', '/v1/rollouts', '{}', { 'content-type': 'application/x-www-form-urlencoded' });
    expect(form.status).toBe(415);
    expect(form.text).toContain('send application/json');
    expect((await api.ask('POST', '/v1/rollouts')).json).toMatchObject({ error: { code: 'invalid_request' } });
    const large = await api.ask('POST', '/v1/rollouts', { model: 'x'.repeat(2_000_000) });
    expect(large.status).toBe(413);
    expect(large.json).toMatchObject({ error: { code: 'too_large' } });
  });
});

/** What a server sends back within a second. */
function answered(port: number, bytes: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    let text = '';
    const end = (): void => {
      socket.destroy();
      resolve(text);
    };
    socket.setTimeout(300, end);
    socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
    socket.once('error', end);
    socket.once('close', end);
    socket.write(bytes, 'latin1');
  });
}
