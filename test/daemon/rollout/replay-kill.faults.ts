import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Replay } from '../../../daemon/api/contract.ts';
import { defaultConfig } from '../../../daemon/config/config.ts';
import { openStore } from '../../../daemon/store/store.ts';
import { startDaemon, type RunningDaemon } from '../../support/daemon.ts';
import { temporaryDirectory } from '../../support/temporary.ts';
import { layersModelFolder } from '../../shadow/model-folder.ts';

const ROWS = 200_000;
const KILLS = 3;
const input = { feature: 'x', encoding: 'number', fill: 0, log1p: false, mean: 0, scale: 1 };

describe('a replay whose daemon is killed', () => {
  let directory: Awaited<ReturnType<typeof temporaryDirectory>> | undefined;
  let daemon: RunningDaemon | undefined;
  afterAll(async () => {
    daemon?.process.kill('SIGKILL');
    await directory?.remove();
  });

  it('is taken up at the next start, and in the end each prediction was scored and counted exactly once', async () => {
    directory = await temporaryDirectory();
    const { path } = directory;
    const from = Date.now() - 3 * 86_400_000;
    await fill(path, from);
    for (const version of ['v1', 'v2'])
      await layersModelFolder(join(path, 'models', version), { weights: [version === 'v1' ? 1 : -1] });
    // 20,000 s of traffic at a pace that takes about 10 s.
    daemon = await startDaemon({ log: 'silent', replays: { backend: 'wasm' } }, path);
    for (const version of ['v1', 'v2'])
      await ask(daemon, '/v1/models/m/versions', { version, path: version, inputs: [input], threshold: 0.5 });
    const { id } = await ask<{ id: string }>(daemon, '/v1/replays', {
      model: 'm',
      candidate: 'v2',
      control: 'v1',
      from: new Date(from).toISOString(),
      to: new Date(from + ROWS * 100).toISOString(),
      pace: 2000,
    });
    const seen: number[] = [];
    for (let kill = 0; kill < KILLS; kill++) {
      const before = seen.at(-1) ?? 0;
      const progress = await until(
        daemon,
        id,
        ({ replayed, state }) => replayed > before || state === 'done' || state === 'failed',
      );
      expect(progress.state).toBe('running');
      seen.push(progress.replayed);
      daemon.process.kill('SIGKILL');
      await new Promise((resolve) => daemon?.process.once('exit', resolve));
      daemon = await startDaemon({ log: 'silent', replays: { backend: 'wasm' } }, path);
    }
    const done = await until(daemon, id, ({ state }) => state !== 'running' && state !== 'queued');
    expect(done).toMatchObject({ state: 'done', recorded: ROWS, replayed: ROWS, error: null });
    expect(done.comparison).toMatchObject({ recorded: ROWS, replayed: ROWS, failed: 0 });
    // The candidate is the control turned round: everything flips, half of it each way.
    expect(done.comparison?.flips).toMatchObject({ to_decline: ROWS / 2, to_approve: ROWS / 2, share: 1 });
    expect(await daemon.stop()).toBe(0);
    daemon = undefined;
    const store = await openStore(defaultConfig().store, path);
    const [scored] = await store.bulk.rows<{ count: number; ids: number }>(
      `SELECT count() AS count, uniqExact(prediction_id) AS ids FROM {database}.shadow_scores FINAL WHERE version = 'v2' AND replay = {id:String}`,
      { id },
    );
    await store.close();
    expect(scored).toEqual({ count: ROWS, ids: ROWS });
  }, 300_000);
});

/** Every tenth of a second one prediction; x from -10 to 10 in 1,000 steps around 0. */
async function fill(path: string, from: number): Promise<void> {
  const store = await openStore(defaultConfig().store, path);
  await store.bulk.run(
    `INSERT INTO {database}.predictions (timestamp, received_at, model, version, role, prediction_id, numbers_given, score)
     WITH (number % 1000) / 50 - 10 + 0.01 AS x
     SELECT fromUnixTimestamp64Milli(toInt64({from:Int64} + number * 100)) AS made, made, 'm', 'v1', 'control', concat('p', toString(number)),
       map('x', x), 1 / (1 + exp(-x)) FROM numbers({rows:UInt64})`,
    { from, rows: ROWS },
  );
  await store.close();
}

async function until(daemon: RunningDaemon, id: string, over: (replay: Replay) => boolean): Promise<Replay> {
  for (;;) {
    const replay = await ask<Replay>(daemon, `/v1/replays/${id}`);
    if (over(replay)) return replay;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function ask<T>(daemon: RunningDaemon, path: string, body?: object): Promise<T> {
  const init =
    body === undefined
      ? {}
      : { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  const answer = await fetch(daemon.api + path, init);
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as T;
}
