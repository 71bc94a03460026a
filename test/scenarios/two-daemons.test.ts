import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import type { AddressInfo } from 'node:net';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Finding, Replay, Status } from '../../daemon/api/contract.ts';
import { layersModelFolder } from '../shadow/model-folder.ts';
import { startClickHouseHttp } from '../support/clickhouse-http.ts';
import { startDaemon, type RunningDaemon } from '../support/daemon.ts';
import { temporaryDirectory } from '../support/temporary.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const LEASE_SECONDS = 3;
const ROWS = 600;
const MODELS = 4;
const EACH_ONCE = Array.from({ length: MODELS }, () => 1);
const SKEWED = new URL('../support/skewed-clock.mjs', import.meta.url);
/** The last whole hour but one: its window is over. */
const LAST = Math.floor(Date.now() / HOUR) * HOUR - 2 * HOUR;

/** Two daemons with a spool each on one store: what one takes in the other judges, and what happens once happens once. */
describe('two daemons on one store', () => {
  let server: Awaited<ReturnType<typeof startClickHouseHttp>>;
  let receiver: Server;
  const directories: Awaited<ReturnType<typeof temporaryDirectory>>[] = [];
  let daemons: RunningDaemon[] = [];
  /** What the webhook was sent, in the order it came. */
  const told: string[] = [];

  beforeAll(async () => {
    server = await startClickHouseHttp();
    receiver = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        told.push(Buffer.concat(chunks).toString());
        // As long as a mail server may take: two that send would both have begun by then.
        setTimeout(() => response.end(), 300);
      });
    });
    await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
    for (let n = 0; n < 2; n++) directories.push(await temporaryDirectory());
    daemons = await Promise.all(directories.map(({ path }) => start(path)));
  }, 60_000);
  afterAll(async () => {
    await Promise.all(daemons.map((daemon) => daemon.stop()));
    receiver.close();
    await server.stop();
    await Promise.all(directories.map(({ remove }) => remove()));
  });

  const start = (directory: string, skewMs = 0): Promise<RunningDaemon> =>
    startDaemon(
      {
        store: { url: server.url, lease: `${LEASE_SECONDS}s` },
        watch: { tick: '200ms', settle: '0s' },
        models: { defaults: { window: '1h', reference: '1h' } },
        alerts: {
          hold: '0s',
          group_wait: '0s',
          group_interval: '0s',
          channels: {
            hook: {
              type: 'webhook',
              url: `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`,
              allow_private: true,
            },
          },
        },
      },
      directory,
      skewMs === 0 ? {} : { SKEW_MS: String(skewMs), NODE_OPTIONS: `--import ${pathToFileURL(SKEWED.pathname).href}` },
    );
  const ask = async <Answer>(daemon: RunningDaemon, path: string): Promise<Answer> =>
    (await (await fetch(daemon.api + path)).json()) as Answer;
  const inCharge = async (): Promise<boolean[]> =>
    Promise.all(daemons.map(async (daemon) => (await ask<Status>(daemon, '/v1/status')).in_charge));

  /** An hour of traffic, half of it to each daemon. */
  async function send(model: string, hour: number, amount: number): Promise<void> {
    for (const [at, daemon] of daemons.entries()) {
      const answer = await fetch(`${daemon.api}/v1/predictions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(
          Array.from({ length: ROWS / daemons.length }, (_, n) => ({
            prediction_id: `${model}-${hour}-${at}-${n}`,
            model,
            version: 'v1',
            timestamp: hour + n * 1000,
            features: { amount: amount + (n % 90) },
            score: 0.5,
          })),
        ),
      });
      expect(answer.status).toBe(200);
    }
  }
  /** Sends each model a reference and an hour that is far from it, waits for the word of them, and says how often each was told. */
  async function shift(name: string): Promise<number[]> {
    const models = Array.from({ length: MODELS }, (_, n) => `${name}-${n}.`);
    for (const model of models) await send(model, LAST - HOUR, 1);
    for (const model of models) await send(model, LAST, 500);
    const times = (): number[] => models.map((model) => told.filter((message) => message.includes(model)).length);
    await expect.poll(() => Math.min(...times()), { timeout: 30_000, interval: 100 }).toBeGreaterThan(0);
    await new Promise((resolve) => setTimeout(resolve, 2000));
    return times();
  }
  async function judged(model: string): Promise<Finding[]> {
    const { findings } = await ask<{ findings: Finding[] }>(
      daemons[0]!,
      `/v1/findings?model=${model}&detector=psi&feature=amount&state=fail`,
    );
    return findings.filter(({ final, window }) => final && Date.parse(window.from) === LAST);
  }

  it('one is in charge, and it stays so', async () => {
    await expect.poll(async () => (await inCharge()).filter(Boolean).length, { timeout: 10_000 }).toBe(1);
    const first = await inCharge();
    for (const until = Date.now() + 2000 * LEASE_SECONDS; Date.now() < until;) expect(await inCharge()).toEqual(first);
  });

  it('a data directory serves one: a second daemon on it is refused, and says why', async () => {
    const began = performance.now();
    await expect(start(directories[0]!.path)).rejects.toThrow(
      /another daemon is running on it.*choose another directory with --data/,
    );
    expect(performance.now() - began).toBeLessThan(5000);
    expect((await fetch(`${daemons[0]!.api}/readyz`)).status).toBe(200);
  });

  it('a window of what both took in is judged whole, and told once', async () => {
    expect(await shift('shared')).toEqual(EACH_ONCE);
    expect(await judged('shared-0.')).toMatchObject([{ count: ROWS }]);
  });

  it('a replay that is cancelled at one of them ends in the other, which runs it', async () => {
    const [runs, other] = [daemons[0]!, daemons[1]!];
    const call = async <Answer>(
      daemon: RunningDaemon,
      method: string,
      path: string,
      body?: object,
    ): Promise<Answer> => {
      const answer = await fetch(daemon.api + path, {
        method,
        ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
      });
      expect(answer.ok, `${method} ${path}: ${answer.status}`).toBe(true);
      return (await answer.json()) as Answer;
    };
    const folder = await layersModelFolder(join(runs.directory, 'models', 'v2'), { weights: [0.01] });
    const inputs = [{ feature: 'amount', encoding: 'number' }];
    await call(runs, 'POST', '/v1/models/shared-0./versions', { version: 'v2', path: folder, inputs, threshold: 0.5 });
    // At this pace it takes twenty seconds.
    const window = { from: new Date(LAST).toISOString(), to: new Date(LAST + 5 * MINUTE).toISOString() };
    const request = { model: 'shared-0.', candidate: 'v2', ...window, pace: 15 };
    const { id } = await call<{ id: string }>(runs, 'POST', '/v1/replays', request);
    const replayAt = (daemon: RunningDaemon): Promise<Replay> => ask<Replay>(daemon, `/v1/replays/${id}`);
    await expect.poll(async () => (await replayAt(runs)).state, { timeout: 10_000 }).toBe('running');
    expect(await call(other, 'DELETE', `/v1/replays/${id}`)).toMatchObject({ state: 'cancelled' });
    await expect.poll(async () => (await replayAt(runs)).state, { timeout: 15_000, interval: 50 }).toBe('cancelled');
    // It would go on for ten seconds and more.
    const before = await replayAt(runs);
    await new Promise((resolve) => setTimeout(resolve, 2000));
    expect(await replayAt(runs)).toEqual(before);
    expect(await replayAt(other)).toMatchObject({ state: 'cancelled', recorded: ROWS });
    expect(before.replayed).toBeLessThan(ROWS);
  }, 60_000);

  it('the other takes over from one that was killed, and tells nothing twice', async () => {
    const before = told.length;
    const at = (await inCharge()).indexOf(true);
    const [killed] = daemons.splice(at, 1);
    const began = performance.now();
    killed!.process.kill('SIGKILL');
    await expect.poll(async () => (await inCharge())[0], { timeout: 20_000, interval: 50 }).toBe(true);
    const seconds = (performance.now() - began) / 1000;
    expect(seconds).toBeLessThan(2 * LEASE_SECONDS);
    expect(await shift('later')).toEqual(EACH_ONCE);
    expect(told.length).toBe(before + MODELS);
    // The one that comes back stands by; its clock is wrong by now.
    daemons.push(await start(killed!.directory, 20 * MINUTE));
    expect(await inCharge()).toEqual([true, false]);
  }, 90_000);

  it('one that is stopped, and wakes up after another took over, leaves it to that one', async () => {
    const before = told.length;
    const at = (await inCharge()).indexOf(true);
    const [stopped, other] = [daemons[at]!, daemons[1 - at]!];
    stopped.process.kill('SIGSTOP');
    daemons = [other];
    await expect.poll(async () => (await inCharge())[0], { timeout: 20_000, interval: 50 }).toBe(true);
    stopped.process.kill('SIGCONT');
    daemons = [other, stopped];
    expect(await shift('awake')).toEqual(EACH_ONCE);
    expect(told.length).toBe(before + MODELS);
    expect(await inCharge()).toEqual([true, false]);
  }, 90_000);

  it('one that is ended hands over at once', async () => {
    const [ended] = daemons.splice(0, 1);
    expect(await ended!.stop()).toBe(0);
    await expect.poll(async () => (await inCharge())[0], { timeout: 500 * LEASE_SECONDS, interval: 50 }).toBe(true);
  });
});
