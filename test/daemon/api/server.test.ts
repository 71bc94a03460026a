import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { connect, createServer, type AddressInfo } from 'node:net';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApi } from '../../../daemon/api/server.ts';
import { MODEL, fakeParts } from './fake-parts.ts';
import { runApi, type RunningFake } from './running-api.ts';

const quiet = { host: '127.0.0.1', dashboard: '/nowhere', log: pino({ level: 'silent' }), version: '1' };

describe('starting and ending', () => {
  it('says which port is in use and what to do', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const { port } = other.address() as AddressInfo;
    await expect(startApi({ ...quiet, parts: fakeParts(), port })).rejects.toThrow(
      new RegExp(`^Port ${port} .*in use.*listen\\.api`),
    );
    other.close();
  });

  it('says which address this machine does not have', async () => {
    await expect(startApi({ ...quiet, parts: fakeParts(), port: 0, host: '192.0.2.1' })).rejects.toThrow(
      /192\.0\.2\.1.*listen\.host/,
    );
  });

  it('answers what is under way before it ends, and nothing after', async () => {
    const parts = fakeParts();
    const api = await startApi({ ...quiet, parts, port: 0 });
    let finish: (models: unknown[]) => void = () => undefined;
    parts.answer('models.list', () => new Promise((resolve) => (finish = resolve as typeof finish)));
    const answer = fetch(`${api.url}/v1/models`);
    while (parts.calls.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    const closed = api.close();
    finish([MODEL]);
    expect((await answer).status).toBe(200);
    await closed;
    await expect(fetch(`${api.url}/healthz`)).rejects.toThrow();
  });

  it('closes connections beyond the limit at once, and takes others when there is room again', async () => {
    const api = await runApi({ maxConnections: 3 });
    const sockets = await Promise.all(
      [1, 2, 3].map(async () => {
        const socket = connect(api.port, '127.0.0.1');
        await once(socket, 'connect');
        return socket;
      }),
    );
    const fourth = connect(api.port, '127.0.0.1');
    fourth.on('error', () => undefined);
    await once(fourth, 'close');
    for (const socket of sockets) socket.destroy();
    await expect.poll(() => api.ask('GET', '/healthz').then(({ status }) => status)).toBe(200);
    await api.close();
  });

  it('serves the API without a dashboard, and says how to get one', async () => {
    const api = await startApi({ ...quiet, parts: fakeParts(), port: 0 });
    const page = await fetch(api.url);
    expect(page.status).toBe(404);
    expect(await page.text()).toContain('npm run build');
    expect((await fetch(`${api.url}/healthz`)).status).toBe(200);
    await api.close();
  });
});

describe('the dashboard', () => {
  let api: RunningFake;
  beforeAll(async () => {
    api = await runApi();
  });
  afterAll(async () => {
    await api.close();
  });

  it.each([
    '/',
    '/models/m',
    '/models/a%2Fb/x',
    '/alerts',
    '/alerts/1',
    '/rollouts',
    '/replays/7',
    '/shadows/live%2Fm%2Fv2',
    '/retrainings',
    '/?a=1',
  ])('%s is the one page, under a policy that runs nothing from elsewhere', async (path) => {
    const { status, text, headers } = await api.ask('GET', path);
    expect(status).toBe(200);
    expect(text).toContain('<title>Serin</title>');
    expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(headers.get('cache-control')).toBe('no-cache');
    const policy = headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'self'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).toContain("object-src 'none'");
    expect(policy).not.toMatch(/unsafe|https?:|\*/);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
  });

  it('keeps files whose name holds their content for ever, and no others', async () => {
    const { status, headers, text } = await api.ask('GET', '/assets/app-1a2b.js');
    expect(status).toBe(200);
    expect(text).toBe('document.title;');
    expect(headers.get('content-type')).toMatch(/javascript/);
    expect(headers.get('cache-control')).toContain('immutable');
    expect((await api.ask('GET', '/assets/app-0000.js')).json).toMatchObject({ error: { code: 'not_found' } });
  });

  it('documents the API under a policy that runs no script but its own', async () => {
    const { headers } = await api.ask('GET', '/docs/');
    expect(headers.get('content-security-policy')).toMatch(/default-src 'self'/);
    expect(headers.get('content-security-policy')).not.toMatch(/script-src|unsafe-eval/);
  });
});

describe('a browser that another site has hold of', () => {
  let api: RunningFake;
  beforeAll(async () => {
    api = await runApi({ publicUrl: 'https://serin.example.com' });
  });
  afterAll(async () => {
    await api.close();
  });

  function ask(method: string, headers: Record<string, string>): Promise<number> {
    return new Promise((resolve, reject) => {
      const path = method === 'GET' ? '/healthz' : '/v1/channels/mail/test';
      const request = httpRequest(api.url + path, { method, headers, agent: false });
      request.once('response', (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      });
      request.once('error', reject);
      request.end();
    });
  }

  it('may not change anything: its Origin is another', async () => {
    for (const origin of ['https://evil.example', 'null', `http://127.0.0.1:${api.port + 1}`, '', 'nonsense']) {
      expect({ origin, status: await ask('POST', { origin }) }).toEqual({ origin, status: 403 });
    }
    expect(await ask('POST', { origin: api.url })).toBe(204);
    expect(await ask('POST', { origin: 'https://serin.example.com' })).toBe(204);
    expect(await ask('POST', {})).toBe(204);
  });

  it('may not read anything under a name of its own that leads here', async () => {
    for (const host of [
      'evil.example',
      `evil.example:${api.port}`,
      '127.0.0.1.evil.example',
      '[::2]:1',
      '127.0.0.1.evil.example:7374',
    ]) {
      expect({ host, status: await ask('GET', { host }) }).toEqual({ host, status: 403 });
    }
    for (const host of [
      'localhost',
      'localhost:1',
      '127.0.0.1:7374',
      '127.9.9.9',
      '[::1]:7374',
      'a.localhost',
      'serin.example.com',
    ]) {
      expect({ host, status: await ask('GET', { host }) }).toEqual({ host, status: 200 });
    }
  });
});
