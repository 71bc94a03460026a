import { spawn } from 'node:child_process';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PACKAGE_ROOT } from '../../daemon/package-root.ts';
import { startDaemon, type RunningDaemon } from '../support/daemon.ts';
import { temporaryDirectory } from '../support/temporary.ts';

interface Answer {
  readonly status: number;
  readonly body: {
    readonly error?: {
      readonly code: string;
      readonly message: string;
      readonly field?: string;
      readonly hint?: string;
    };
  } & Readonly<Record<string, unknown>>;
}

describe('bad input', () => {
  let daemon: RunningDaemon;
  beforeAll(async () => {
    daemon = await startDaemon();
  });
  afterAll(async () => {
    await daemon.stop();
  });

  async function ask(path: string, init: RequestInit & { readonly to?: string } = {}): Promise<Answer> {
    const response = await fetch(`${init.to ?? daemon.api}${path}`, init);
    return { status: response.status, body: (await response.json()) as Answer['body'] };
  }
  const post = (path: string, body: unknown): Promise<Answer> =>
    ask(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  const line = (id: string): string =>
    JSON.stringify({
      prediction_id: id,
      model: 'm',
      version: 'v1',
      timestamp: Date.now(),
      features: { x: 1 },
      score: 0.5,
    });

  async function storedPredictions(): Promise<number> {
    for (let tries = 0; tries < 50; tries++) {
      const { body } = await ask('/v1/status');
      const { predictions } = body['stored'] as { predictions: number };
      if (predictions > 0 && tries > 20) return predictions;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    return 0;
  }

  it('costs one line of NDJSON, and says which, which field and why', async () => {
    const body = [line('a'), '{"prediction_id":"b","model":"m"', line('c').replace('0.5', '"high"'), line('d')].join(
      '\n',
    );
    const answer = await ask('/v1/predictions', {
      method: 'POST',
      headers: { 'content-type': 'application/x-ndjson' },
      body,
    });
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ accepted: 2, rejected: 2 });
    expect(answer.body['errors']).toMatchObject([{ line: 2 }, { line: 3, field: 'score', reason: 'not_a_number' }]);
  });

  it('with nothing acceptable is 400', async () => {
    const answer = await ask('/v1/labels', {
      method: 'POST',
      headers: { 'content-type': 'application/x-ndjson' },
      body: '{"label":1}\n',
    });
    expect(answer).toMatchObject({ status: 400, body: { accepted: 0, rejected: 1 } });
  });

  it('as broken OTLP is 400 with a Status, and the next request is served', async () => {
    const broken = await fetch(`${daemon.otlpHttp}/v1/traces`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-protobuf' },
      body: new Uint8Array([0x0a, 0xff, 0xff, 0xff]),
    });
    expect(broken.status).toBe(400);
    const json = await ask('/v1/traces', {
      to: daemon.otlpHttp,
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"resourceSpans": [',
    });
    expect(json.status).toBe(400);
    expect(String(json.body['message'])).not.toBe('');
    const empty = await fetch(`${daemon.otlpHttp}/v1/traces`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"resourceSpans":[]}',
    });
    expect(empty.status).toBe(200);
  });

  it('as a model, version or slice that nobody knows names what is known', async () => {
    await storedPredictions();
    const unknown = await ask('/v1/models/n');
    expect(unknown).toMatchObject({ status: 404, body: { error: { code: 'unknown_model' } } });
    expect(unknown.body.error?.hint).toMatch(/first prediction/);
    const times = { from: '2026-01-01T00:00:00Z', to: '2026-01-02T00:00:00Z' };
    expect(await post('/v1/replays', { model: 'm', candidate: 'v9', ...times })).toMatchObject({
      status: 404,
      body: { error: { code: 'unknown_version' } },
    });
    expect(await post('/v1/rollouts', { model: 'm', control: 'v1', candidate: 'v9' })).toMatchObject({
      status: 404,
      body: { error: { code: 'unknown_version' } },
    });
    expect(
      await post('/v1/evaluations', { model: 'm', window: '1h', reference: times, ...times, slice: ['x'] }),
    ).toMatchObject({
      status: 400,
      body: { error: { code: 'invalid_request', message: expect.stringContaining('slices') as string } },
    });
  });

  it('as model files is refused with what is wrong with them', async () => {
    const folder = join(daemon.directory, 'models', 'broken');
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'model.json'), '{"modelTopology": {}');
    const inputs = [{ feature: 'x' }];
    const unreadable = await post('/v1/models/m/versions', { version: 'v2', path: 'broken', inputs });
    expect(unreadable).toMatchObject({ status: 422, body: { error: { code: 'bad_model_file' } } });
    expect(unreadable.body.error?.message).toContain('model.json');
    const outside = await post('/v1/models/m/versions', { version: 'v2', path: '../../etc', inputs });
    expect(outside.status).toBeGreaterThanOrEqual(400);
    expect(outside.status).toBeLessThan(500);
    const absent = await post('/v1/models/m/versions', { version: 'v2', path: 'nowhere', inputs });
    expect(absent.body.error?.message).toContain('nowhere');
  });

  it('loses nothing that was acked', async () => {
    expect(await storedPredictions()).toBe(2);
  });
});

describe('a daemon that cannot start', () => {
  async function failing(settings: string, data: string): Promise<{ code: number | null; told: string }> {
    const config = join(data, 'serin.yaml');
    await writeFile(config, settings);
    const child = spawn(process.execPath, ['dist/daemon/serin.cjs', 'start', '--config', config, '--data', data], {
      cwd: PACKAGE_ROOT,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let told = '';
    child.stderr.on('data', (chunk: Buffer) => (told += chunk.toString()));
    const code = await new Promise<number | null>((resolve) => child.once('exit', resolve));
    return { code, told };
  }

  it('names the line of an unknown setting', async () => {
    const { path, remove } = await temporaryDirectory();
    const { code, told } = await failing('watch:\n  tik: 5s\n', path);
    expect(code).toBe(1);
    expect(told).toContain('serin.yaml:2:3 watch.tik: unknown setting; did you mean "tick"?');
    await remove();
  });

  it('names the port that is taken, and its setting', async () => {
    const { path, remove } = await temporaryDirectory();
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const { port } = taken.address() as AddressInfo;
    for (const setting of ['api', 'otlp_http', 'otlp_grpc']) {
      const ports = { api: 0, otlp_http: 0, otlp_grpc: 0, [setting]: port };
      const { code, told } = await failing(`listen: ${JSON.stringify(ports)}\nlog: silent\n`, path);
      expect(code).toBe(1);
      expect(told).toContain(String(port));
      expect(told).toContain(`listen.${setting}`);
    }
    await new Promise((resolve) => taken.close(resolve));
    await remove();
  });

  it('says that its data directory is in use, and leaves the first alone', async () => {
    const first = await startDaemon();
    const spool = join(first.directory, 'spool');
    const before = await readdir(spool);
    const second = await failing('listen: { api: 0, otlp_http: 0, otlp_grpc: 0 }\n', first.directory);
    expect(second.code).toBe(1);
    // Before anything is opened: nothing else is told.
    const [said, ...more] = second.told.trim().split('\n');
    expect(said).toMatch(/^serin: .*another daemon is running on it/);
    expect(more).toEqual([]);
    expect(await readdir(spool)).toEqual(before);
    expect((await fetch(`${first.api}/readyz`)).status).toBe(200);
    expect(await first.stop()).toBe(0);
  });

  it('is told from one that could: the banner names every address', async () => {
    const daemon = await startDaemon();
    for (const address of [daemon.api, daemon.otlpHttp]) expect(address).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(daemon.otlpGrpc).toMatch(/^127\.0\.0\.1:\d+$/);
    expect(await readFile(join(daemon.directory, 'serin.yaml'), 'utf8')).toContain('listen');
    expect(await daemon.stop()).toBe(0);
  });
});
