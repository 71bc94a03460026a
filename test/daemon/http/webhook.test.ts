import { createHmac } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { postWebhook, sign, webhookSecret } from '../../../daemon/http/webhook.ts';

interface Received {
  readonly headers: IncomingMessage['headers'];
  readonly url: string;
  readonly body: string;
}

describe('signed webhooks', () => {
  const received: Received[] = [];
  let answer: (response: ServerResponse) => void = (response) => response.end('ok');
  let server: Server;
  let port = 0;
  beforeAll(async () => {
    server = createServer(async (request, response) => {
      let body = '';
      for await (const chunk of request) body += String(chunk);
      received.push({ headers: request.headers, url: request.url ?? '', body });
      answer(response);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    port = (server.address() as AddressInfo).port;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  const target = (host: string, allow_private = true, secret?: string) => ({
    url: `http://${host}:${port}/hook?x=1`,
    allow_private,
    secret,
  });
  const status = (code: number, headers: Record<string, string> = {}, text = '') => {
    answer = (response) => response.writeHead(code, headers).end(text);
  };

  it('signs as the example of the Standard Webhooks libraries does', () => {
    const signature = sign(
      'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
      'msg_p5jXN8AQM9LWM0D4loKWxJek',
      1_614_265_330,
      Buffer.from('{"test": 2432232314}'),
    );
    expect(signature).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=');
  });

  it('sends id, time and a signature for each of two secrets while one replaces the other', async () => {
    answer = (response) => response.end();
    const keys = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];
    const secret = keys.map((key) => `whsec_${key.toString('base64')}`).join(' ');
    const outcome = await postWebhook(target('127.0.0.1', true, secret), 'id-1', { a: 'ü' }, 1_700_000_000_999);
    expect(outcome).toEqual({ accepted: true });
    const { headers, body } = received.at(-1) as Received;
    expect(JSON.parse(body)).toEqual({ a: 'ü' });
    expect(headers).toMatchObject({ 'webhook-id': 'id-1', 'webhook-timestamp': '1700000000' });
    const expected = keys.map(
      (key) => `v1,${createHmac('sha256', key).update(`id-1.1700000000.${body}`).digest('base64')}`,
    );
    expect(headers['webhook-signature']).toBe(expected.join(' '));
  });

  it('sends no signature without a secret', async () => {
    answer = (response) => response.end();
    await postWebhook(target('127.0.0.1'), 'id-2', {}, 0);
    expect(received.at(-1)?.headers).not.toHaveProperty('webhook-signature');
  });

  it.each([
    [500, true],
    [503, true],
    [429, true],
    [408, true],
    [400, false],
    [401, false],
    [404, false],
    [410, false],
  ])('an answer of %i: trying again makes sense: %s', async (code, retry) => {
    status(code, {}, 'no\r\nway');
    expect(await postWebhook(target('127.0.0.1'), 'id', {}, 0)).toMatchObject({
      accepted: false,
      retry,
      error: expect.stringContaining(`answered ${code}: no`) as string,
    });
  });

  it('follows no redirect', async () => {
    const before = received.length;
    status(302, { location: `http://127.0.0.1:${port}/elsewhere` });
    expect(await postWebhook(target('127.0.0.1'), 'id', {}, 0)).toMatchObject({ accepted: false, retry: false });
    expect(received.length).toBe(before + 1);
  });

  it.each([
    '127.0.0.1',
    'localhost',
    '2130706433',
    '0x7f000001',
    '017700000001',
    '127.1',
    '0',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '169.254.169.254',
    '[64:ff9b::a9fe:a9fe]',
  ])('refuses %s before a byte is sent', async (host) => {
    const before = received.length;
    answer = (response) => response.end();
    expect(await postWebhook(target(host, false), 'id', {}, 0)).toMatchObject({
      accepted: false,
      retry: false,
      error: expect.stringContaining('allow_private') as string,
    });
    expect(received.length).toBe(before);
  });

  it('may be tried again when nobody listens, or the name is unknown', async () => {
    const closed = createServer();
    await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
    const free = (closed.address() as AddressInfo).port;
    await new Promise((resolve) => closed.close(resolve));
    const nobody = await postWebhook({ url: `http://127.0.0.1:${free}/`, allow_private: true }, 'id', {}, 0);
    expect(nobody).toMatchObject({ accepted: false, retry: true });
    const unknown = await postWebhook({ url: 'http://no-such-host.invalid/', allow_private: false }, 'id', {}, 0);
    expect(unknown).toMatchObject({ accepted: false, retry: true });
  });

  it('reads only the beginning of an endless answer', async () => {
    answer = (response) => {
      response.writeHead(400);
      const timer = setInterval(() => response.write('x'.repeat(10_000)), 1);
      response.on('close', () => clearInterval(timer));
    };
    const outcome = await postWebhook(target('127.0.0.1'), 'id', {}, 0);
    expect(outcome).toMatchObject({ accepted: false, retry: false });
    expect(JSON.stringify(outcome).length).toBeLessThan(700);
  });

  it.each(['', 'secret', 'whsec_', 'whsec_dG9vc2hvcnQ=', 'whsec_!!!', `whsec_${Buffer.alloc(65).toString('base64')}`])(
    'refuses %j as a secret and says how one looks',
    (secret) => {
      const { error } = webhookSecret.safeParse(secret);
      expect(error?.issues[0]?.message).toContain('openssl rand -base64 32');
    },
  );
});
