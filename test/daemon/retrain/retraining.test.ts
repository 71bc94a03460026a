import { createHash } from 'node:crypto';
import { readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { configSchema, defaultConfig, type Config } from '../../../daemon/config/config.ts';
import { SerinError } from '../../../daemon/errors.ts';
import { openRetraining, type RetrainingOptions, type Retrainings } from '../../../daemon/retrain/retraining.ts';
import type { Engine } from '../../../daemon/store/engine.ts';
import type { Store } from '../../../daemon/store/store.ts';
import type { Alert, Retraining } from '../../../detectors/terms.ts';
import { temporaryStore } from '../../support/temporary.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const NODE = process.execPath;

/** As the store writes a time. */
function sql(at: number): string {
  return new Date(at).toISOString().replace('T', ' ').replace('Z', '');
}

function settings(changes: object = {}): Config['retraining'] {
  return configSchema.parse({ retraining: { detectors: ['psi'], ...changes } }).retraining;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe('retraining', () => {
  let opened: Awaited<ReturnType<typeof temporaryStore>>;
  let store: Store;
  let retrainings: Retrainings;
  let now = Date.UTC(2026, 0, 1);
  let model = '';
  let models = 0;
  let registered: unknown[] = [];
  let completed: Retraining[] = [];
  let refuseRegistration: Error | undefined;
  beforeAll(async () => {
    opened = await temporaryStore();
    store = opened.store;
  });
  afterAll(() => opened.remove());
  beforeEach(async () => {
    model = `model-${models++}`;
    now += 60 * DAY;
    registered = [];
    completed = [];
    refuseRegistration = undefined;
    await insertPredictions(model, 10);
    retrainings = await open();
  });
  afterEach(async () => {
    await retrainings.close();
    for (const record of await store.documents('retrainings').list())
      await store.documents('retrainings').put({ ...record, state: 'failed' });
  });

  const open = (changes: object = {}, options: Partial<RetrainingOptions> = {}): Promise<Retrainings> =>
    openRetraining({
      store,
      settings: settings(changes),
      directory: opened.directory,
      clock: { now: () => now },
      log: pino({ level: 'silent' }),
      callbackUrl: (id) => `http://127.0.0.1:1/v1/retrainings/${id}`,
      modelSettings: () => defaultConfig().models.defaults,
      register: (name, registration) => {
        if (refuseRegistration !== undefined) return Promise.reject(refuseRegistration);
        registered.push([name, registration]);
        return Promise.resolve();
      },
      onCompleted: (retraining) => void completed.push(retraining),
      ...options,
    });
  const reopen = async (changes: object, options: Partial<RetrainingOptions> = {}): Promise<void> => {
    await retrainings.close();
    retrainings = await open(changes, options);
  };
  const stateOf = async (id: string): Promise<Retraining> => {
    const found = (await retrainings.list(model)).find((one) => one.id === id);
    if (found === undefined) throw new Error(`no retraining ${id}`);
    return found;
  };
  const until = (id: string, state: Retraining['state']): Promise<Retraining> =>
    vi.waitFor(
      async () => {
        const found = await stateOf(id);
        expect(found).toMatchObject({ state });
        return found;
      },
      { timeout: 20_000, interval: 20 },
    );
  const insertPredictions = (name: string, count: number, changes: object = {}): Promise<void> =>
    store.writer.insert(
      'predictions',
      Array.from({ length: count }, (_, n) => ({
        prediction_id: `${name}-${n}`,
        timestamp: sql(now - HOUR + n),
        model: name,
        version: n % 2 === 0 ? 'v1' : 'v2',
        role: 'control',
        numbers_given: { amount: n * 1.5, tiny: 1e-300 },
        categories: { country: `D'E"\n${n}` },
        embeddings: { text: [n, 0.5] },
        score: n === 3 ? null : n / 10,
        decision: n % 2 === 0 ? 'approve' : 'decline',
        value: n === 4 ? null : n,
        tags: { region: n % 2 === 0 ? 'EU' : 'US' },
        received_at: sql(now - HOUR + n),
        ...changes,
      })),
    );
  const insertLabels = (...labels: { prediction_id: string; label: string; timestamp: number; received?: number }[]) =>
    store.writer.insert(
      'labels',
      labels.map(({ received, ...label }) => ({
        ...label,
        timestamp: sql(label.timestamp),
        received_at: sql(received ?? now - 1),
      })),
    );
  const alert = (changes: Partial<Alert> = {}): Alert => ({
    id: 'alert',
    model,
    version: 'v1',
    slice: 'region=EU',
    detector: 'psi',
    subject: 'amount',
    state: 'firing',
    finding: 'finding-1',
    reason: 'the population stability index is 4.2, above the limit of 0.1',
    statistic: 4.2,
    limit: 0.1,
    since: now,
    changedAt: now,
    firedAt: now,
    resolvedAt: null,
    acknowledgedBy: null,
    silenced: false,
    delivered: false,
    ...changes,
  });
  /** A program that never reports. */
  const sleeper = { command: [NODE, '-e', 'setInterval(() => {}, 1000)'] };

  describe('the snapshot', () => {
    it('holds each prediction with its latest label; Parquet read back equals the rows', async () => {
      await insertLabels(
        { prediction_id: `${model}-1`, label: '0', timestamp: now - HOUR },
        { prediction_id: `${model}-1`, label: '1', timestamp: now - HOUR / 2 },
        { prediction_id: `${model}-2`, label: 'fraud', timestamp: now - HOUR },
        { prediction_id: `${model}-5`, label: '1', timestamp: now - HOUR, received: now + 1 },
        { prediction_id: 'somebody else', label: '1', timestamp: now - HOUR },
      );
      await insertPredictions(`${model}-other`, 3);
      await insertPredictions(model, 1, { prediction_id: 'old', timestamp: sql(now - 40 * DAY) });
      await insertPredictions(model, 1, { prediction_id: 'later', received_at: sql(now + 1) });
      // The same prediction once more: it is one row.
      await insertPredictions(model, 1, { received_at: sql(now - HOUR + 5) });
      const { id } = await retrainings.start(model, 'by hand');
      const { snapshot: snapshotId } = await until(id, 'failed');
      const snapshot = await retrainings.snapshot(snapshotId ?? '');
      expect(snapshot).toMatchObject({ model, rows: 10, labelled: 2, window: { from: now - 30 * DAY, to: now } });
      const rows = await store.bulk.rows<Record<string, unknown>>(
        `SELECT * FROM file({path:String}, 'Parquet') ORDER BY prediction_id`,
        { path: snapshot.path },
      );
      expect(rows).toEqual(
        Array.from({ length: 10 }, (_, n) => ({
          prediction_id: `${model}-${n}`,
          timestamp: sql(now - HOUR + n),
          version: n % 2 === 0 ? 'v1' : 'v2',
          role: 'control',
          score: n === 3 ? null : n / 10,
          decision: n % 2 === 0 ? 'approve' : 'decline',
          value: n === 4 ? null : n,
          propensity: null,
          tags: { region: n % 2 === 0 ? 'EU' : 'US' },
          numbers: { amount: n * 1.5, tiny: 1e-300 },
          categories: { country: `D'E"\n${n}` },
          embeddings: { text: [n, 0.5] },
          label: n === 1 ? '1' : n === 2 ? 'fraud' : null,
        })),
      );
      expect(snapshot.columns.map(({ name }) => name)).toEqual(Object.keys(rows[0] ?? {}));
    });

    it('has a manifest that describes it exactly, and leaves nothing half done beside it', async () => {
      await insertLabels({ prediction_id: `${model}-1`, label: '1', timestamp: now });
      const { id } = await retrainings.start(model, 'by hand');
      const { snapshot: snapshotId } = await until(id, 'failed');
      const snapshot = await retrainings.snapshot(snapshotId ?? '');
      const folder = join(opened.directory, 'snapshots', id);
      expect((await readdir(folder)).sort()).toEqual(['data.parquet', 'manifest.json']);
      const bytes = await readFile(snapshot.path);
      expect(snapshot.sha256).toBe(createHash('sha256').update(bytes).digest('hex'));
      expect(snapshot.bytes).toBe((await stat(snapshot.path)).size);
      expect(JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8'))).toMatchObject({
        snapshot: snapshot.id,
        retraining: id,
        model,
        trigger: 'by hand',
        path: snapshot.path,
        from: new Date(now - 30 * DAY).toISOString(),
        to: new Date(now).toISOString(),
        rows: 10,
        labelled: 1,
        label_coverage: 0.1,
        sampled_share: 1,
        bytes: snapshot.bytes,
        sha256: snapshot.sha256,
        query: snapshot.query,
        columns: snapshot.columns,
        parameters: { model },
        settings: { kind: 'binary', positive_label: '1' },
      });
    });

    it('gives the same rows again when its query is run later, whatever has arrived since', async () => {
      const { id } = await retrainings.start(model, 'by hand');
      await until(id, 'failed');
      const manifest = JSON.parse(await readFile(join(opened.directory, 'snapshots', id, 'manifest.json'), 'utf8')) as {
        query: string;
        parameters: Record<string, unknown>;
      };
      now += HOUR;
      await insertPredictions(model, 5, { prediction_id: 'late', received_at: sql(now) });
      await insertLabels({ prediction_id: `${model}-7`, label: '1', timestamp: now });
      const again = await store.bulk.rows<{ rows: number; labelled: number }>(
        `SELECT count() AS rows, count(label) AS labelled FROM (${manifest.query})`,
        manifest.parameters,
      );
      expect(again).toEqual([{ rows: 10, labelled: 0 }]);
    });

    it('takes an even sample, the same each time, when there are too many predictions', async () => {
      await insertPredictions(`${model}-many`, 2000);
      await reopen({ max_rows: 150 });
      const paths: string[] = [];
      for (let n = 0; n < 2; n++) {
        const { id } = await retrainings.start(`${model}-many`, 'by hand');
        await vi.waitFor(async () => {
          const found = (await retrainings.list(`${model}-many`)).find((one) => one.id === id);
          expect(found?.state).toBe('failed');
        }, 20_000);
        paths.push(join(opened.directory, 'snapshots', id, 'data.parquet'));
      }
      const ids = await Promise.all(
        paths.map((path) =>
          store.bulk.rows<{ prediction_id: string }>(
            `SELECT prediction_id FROM file({path:String}, 'Parquet') ORDER BY prediction_id`,
            { path },
          ),
        ),
      );
      expect(ids[0]).toHaveLength(150);
      expect(ids[1]).toEqual(ids[0]);
      const numbers = (ids[0] ?? []).map(({ prediction_id: id }) => Number(id.split('-').at(-1)));
      expect(numbers.filter((number) => number < 1000).length).toBeGreaterThan(50);
      expect(numbers.filter((number) => number >= 1000).length).toBeGreaterThan(50);
    });

    it('fails with a reason where there is nothing to train on, and where nobody is to train', async () => {
      const nothing = await retrainings.start(`${model}-unseen`, 'by hand');
      await vi.waitFor(async () => {
        const [found] = await retrainings.list(`${model}-unseen`);
        expect(found).toMatchObject({ id: nothing.id, state: 'failed', snapshot: null });
        expect(found?.error).toContain(`there is no prediction of ${model}-unseen between`);
      }, 20_000);
      const { id } = await retrainings.start(model, 'by hand');
      expect((await until(id, 'failed')).error).toBe(
        'no executor is configured: set retraining.command or retraining.webhook',
      );
      await expect(retrainings.snapshot('nothing')).rejects.toMatchObject({ code: 'unknown_id' });
    });

    it('fails when the store ends in the middle of it, and leaves no file under its name', async () => {
      const bulk: Engine = {
        ...store.bulk,
        save: async (query, format, file, parameters) => {
          await store.bulk.save(query, format, file, parameters);
          await truncate(file, (await stat(file)).size - 1);
        },
      };
      await reopen({}, { store: { ...store, bulk } });
      const { id } = await retrainings.start(model, 'by hand');
      expect((await until(id, 'failed')).error).toContain('ended the snapshot in the middle');
      expect(await readdir(join(opened.directory, 'snapshots', id))).not.toContain('data.parquet');
    });

    it('treats the name of a model as a value, in SQL and in paths', async () => {
      const evil = `../../${model}'||file('/etc/passwd')||'`;
      await insertPredictions(evil, 2);
      const { id } = await retrainings.start(evil, 'by hand');
      await vi.waitFor(
        async () => expect((await retrainings.list(evil))[0]).toMatchObject({ id, state: 'failed' }),
        20_000,
      );
      const snapshot = await retrainings.snapshot((await retrainings.list(evil))[0]?.snapshot ?? '');
      expect(snapshot).toMatchObject({ model: evil, rows: 2 });
      expect(snapshot.path.startsWith(join(opened.directory, 'snapshots', 'retraining-'))).toBe(true);
    });
  });

  describe('what starts it', () => {
    it('is a firing alert of a configured detector, with the finding as its reason', async () => {
      await reopen(sleeper);
      const started = await retrainings.consider(alert());
      expect(started).toMatchObject({
        model,
        state: 'snapshotting',
        finding: 'finding-1',
        trigger: 'amount in region=EU: the population stability index is 4.2, above the limit of 0.1',
      });
      await until(started?.id ?? '', 'running');
    });

    it.each([{ detector: 'ks' }, { state: 'pending' as const }, { state: 'resolved' as const }, { silenced: true }])(
      'is not an alert with %j',
      async (changes) => {
        expect(await retrainings.consider(alert(changes))).toBeUndefined();
        expect(await retrainings.list(model)).toEqual([]);
      },
    );

    it('waits for the cool-down, also after a restart', async () => {
      const first = await retrainings.consider(alert());
      await until(first?.id ?? '', 'failed');
      now += DAY - 1;
      await reopen({});
      expect(await retrainings.consider(alert())).toBeUndefined();
      now += 1;
      expect(await retrainings.consider(alert())).toMatchObject({ state: 'snapshotting' });
    });

    it('is one at a time for a model, however many ask', async () => {
      await reopen({ ...sleeper, cool_down: '0s' });
      const started = await Promise.all([1, 2, 3, 4].map(() => retrainings.consider(alert())));
      expect(started.filter((one) => one !== undefined)).toHaveLength(1);
      await expect(retrainings.start(model, 'by hand')).rejects.toMatchObject({ code: 'conflict' });
    });
  });

  describe('a command', () => {
    it('runs without a shell, with what it needs to know, and completes through the call-back', async () => {
      const script = join(opened.directory, 'train.mjs');
      await writeFile(
        script,
        `const [snapshot, manifest, model, retraining, callback, odd] = process.argv.slice(2);
         const { readFileSync } = await import('node:fs');
         const { rows } = JSON.parse(readFileSync(manifest, 'utf8'));
         const magic = readFileSync(snapshot).subarray(0, 4).toString();
         console.log(JSON.stringify({ magic, model, retraining, callback, odd, rows, inherited: process.env.PATH !== undefined }));`,
      );
      await reopen({
        command: [
          NODE,
          script,
          '{snapshot}',
          '{manifest}',
          '{model}',
          '{retraining}',
          '{callback}/complete',
          '$(id) {"a":1}',
        ],
      });
      const { id } = await retrainings.start(model, 'by hand');
      const log = join(opened.directory, 'snapshots', id, 'job.log');
      await vi.waitFor(async () => expect(await readFile(log, 'utf8')).toContain('}\n'), { timeout: 10_000 });
      expect(JSON.parse(await readFile(log, 'utf8'))).toEqual({
        magic: 'PAR1',
        model,
        retraining: id,
        callback: `http://127.0.0.1:1/v1/retrainings/${id}/complete`,
        odd: '$(id) {"a":1}',
        rows: 10,
        inherited: true,
      });
      await retrainings.settled();
      // It ended well without a word: the work may go on elsewhere.
      expect(await stateOf(id)).toMatchObject({ state: 'running' });
      const inputs = [{ feature: 'amount', encoding: 'number' as const, fill: 0, log1p: true, mean: 0, scale: 1 }];
      const done = await retrainings.complete(id, {
        version: 'v3',
        path: 'card/v3',
        inputs,
        threshold: 0.4,
        metrics: { auc: 0.9 },
      });
      expect(done).toMatchObject({ state: 'completed', version: 'v3', finishedAt: now, error: null });
      expect(registered).toEqual([[model, { version: 'v3', path: 'card/v3', inputs, threshold: 0.4 }]]);
      expect(completed.map((one) => one.id)).toEqual([id]);
    });

    it('has failed with its last lines when it ends badly before the call-back', async () => {
      await reopen({ command: [NODE, '-e', 'for (let n = 0; n < 50; n++) console.log("line", n); process.exit(3)'] });
      const { id } = await retrainings.start(model, 'by hand');
      const { error } = await until(id, 'failed');
      expect(error).toMatch(/^the command ended with exit code 3; it wrote last:\nline 40\n/);
      expect(error).toMatch(/line 49$/);
    });

    it('has failed when it cannot be started', async () => {
      await reopen({ command: ['/no/such/program'] });
      const { id } = await retrainings.start(model, 'by hand');
      expect((await until(id, 'failed')).error).toContain(
        'the command could not be started: spawn /no/such/program ENOENT',
      );
    });

    it('may end as it likes after the call-back', async () => {
      await reopen({ command: [NODE, '-e', 'setTimeout(() => process.exit(1), 500)'] });
      const { id } = await retrainings.start(model, 'by hand');
      await until(id, 'running');
      await retrainings.complete(id, { version: 'v3' });
      await retrainings.settled();
      expect(await stateOf(id)).toMatchObject({ state: 'completed' });
    });

    it('is ended with its children when it takes too long, and when somebody stops it', async () => {
      const script = `const { spawn } = require('node:child_process');
        const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
        console.log(process.pid + ' ' + child.pid); setInterval(() => {}, 1000);`;
      await reopen({ command: [NODE, '-e', script], timeout: '1h' });
      for (const stop of ['timeout', 'person']) {
        const { id } = await retrainings.start(model, 'by hand');
        const log = join(opened.directory, 'snapshots', id, 'job.log');
        await vi.waitFor(async () => expect(await readFile(log, 'utf8')).toMatch(/\d+ \d+\n/), { timeout: 10_000 });
        const pids = (await readFile(log, 'utf8')).trim().split(' ').map(Number);
        expect(pids.map(isAlive)).toEqual([true, true]);
        if (stop === 'timeout') {
          now += HOUR - 1;
          await retrainings.tick();
          expect(await stateOf(id)).toMatchObject({ state: 'running' });
          now += 1;
          await retrainings.tick();
          expect((await stateOf(id)).error).toBe('the job has not called back within 60 minutes');
        } else {
          expect(await retrainings.fail(id, 'not now')).toMatchObject({ state: 'failed', error: 'not now' });
        }
        await vi.waitFor(() => expect(pids.map(isAlive)).toEqual([false, false]), { timeout: 10_000 });
        await retrainings.settled();
      }
    });

    it('is lost with the daemon, and the retraining says so after the restart', async () => {
      await reopen(sleeper);
      const { id } = await retrainings.start(model, 'by hand');
      await until(id, 'running');
      await reopen(sleeper);
      expect((await stateOf(id)).error).toBe('the daemon was stopped while the command ran, and the command with it');
    });

    it('of another daemon on the same store is left alone', async () => {
      await reopen(sleeper);
      const { id } = await retrainings.start(model, 'by hand');
      await until(id, 'running');
      const other = await open(sleeper, { directory: join(opened.directory, 'elsewhere') });
      expect(await stateOf(id)).toMatchObject({ state: 'running' });
      await other.close();
    });

    it('is refused at the start when it has a placeholder that does not exist', async () => {
      await expect(open({ command: ['train', '{snapshoot}'] })).rejects.toThrow(
        'retraining.command has an unknown placeholder {snapshoot}; did you mean {snapshot}?',
      );
      await expect(open({ command: [] })).rejects.toThrow('names no program');
    });

    it('is not given a model name that it would read as an option', async () => {
      await insertPredictions('--delete', 1);
      await reopen({ command: [NODE, '-e', '0', '{model}'] });
      await retrainings.start('--delete', 'by hand');
      await vi.waitFor(
        async () => expect((await retrainings.list('--delete'))[0]?.error).toContain('would be read as an option'),
        20_000,
      );
    });
  });

  describe('the call-back', () => {
    const running = async (): Promise<string> => {
      await reopen(sleeper);
      const { id } = await retrainings.start(model, 'by hand');
      await until(id, 'running');
      return id;
    };

    it('may come twice with the same version, not with another, and registers once', async () => {
      const id = await running();
      const inputs = [{ feature: 'a', encoding: 'number' as const, fill: 0, log1p: false, mean: 0, scale: 1 }];
      const completion = { version: 'v3', path: 'p', inputs };
      const both = await Promise.all([retrainings.complete(id, completion), retrainings.complete(id, completion)]);
      expect(both.map((one) => one.state)).toEqual(['completed', 'completed']);
      expect(registered).toHaveLength(1);
      expect(completed).toHaveLength(1);
      await expect(retrainings.complete(id, { version: 'v4' })).rejects.toThrow('completed already, with version v3');
      await expect(retrainings.fail(id, 'no')).rejects.toMatchObject({ code: 'conflict' });
    });

    it('leaves the retraining running when the version is refused, so that the job may send a better one', async () => {
      const id = await running();
      refuseRegistration = new SerinError('bad_model_file', 'weights.bin is shorter than its manifest says');
      await expect(retrainings.complete(id, { version: 'v3', path: 'p', inputs: [] })).rejects.toThrow('weights.bin');
      expect(await stateOf(id)).toMatchObject({ state: 'running' });
      refuseRegistration = undefined;
      expect(await retrainings.complete(id, { version: 'v3', path: 'p', inputs: [] })).toMatchObject({
        state: 'completed',
      });
    });

    it('is refused half filled, for nothing, too early and too late', async () => {
      await expect(retrainings.complete('nothing', { version: 'v' })).rejects.toMatchObject({ code: 'unknown_id' });
      const id = await running();
      await expect(retrainings.complete(id, { version: 'v', path: 'p' })).rejects.toMatchObject({
        code: 'invalid_request',
        field: 'inputs',
      });
      expect(await retrainings.fail(id, 'no')).toMatchObject({ state: 'failed' });
      expect(await retrainings.fail(id, 'again')).toMatchObject({ state: 'failed', error: 'no' });
      await expect(retrainings.complete(id, { version: 'v' })).rejects.toThrow('failed already: no');
    });
  });

  describe('a webhook', () => {
    let http: Server;
    let code = 200;
    let url = '';
    const requests: { id: string; body: { type: string; data: Record<string, unknown> } }[] = [];
    beforeAll(async () => {
      http = createServer(async (request, response) => {
        let body = '';
        for await (const chunk of request) body += String(chunk);
        requests.push({ id: String(request.headers['webhook-id']), body: JSON.parse(body) as never });
        response.writeHead(code).end();
      });
      await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
      url = `http://127.0.0.1:${(http.address() as AddressInfo).port}/train`;
    });
    afterAll(() => http.close());
    beforeEach(() => {
      requests.length = 0;
      code = 200;
    });

    it('gets the manifest and where to call back, once, and is waited for over a restart', async () => {
      const webhook = { url, allow_private: true };
      await reopen({ webhook });
      const { id } = await retrainings.start(model, 'by hand');
      await retrainings.settled();
      expect(requests).toMatchObject([
        {
          id,
          body: {
            type: 'retraining.requested',
            data: {
              model,
              callback: `http://127.0.0.1:1/v1/retrainings/${id}`,
              manifest: { rows: 10, retraining: id },
            },
          },
        },
      ]);
      await reopen({ webhook });
      now += HOUR;
      await retrainings.tick();
      await retrainings.settled();
      expect(requests).toHaveLength(1);
      expect(await retrainings.complete(id, { version: 'v3' })).toMatchObject({ state: 'completed' });
    });

    it('is asked again with growing pauses, also after a restart, under the same id', async () => {
      code = 503;
      const webhook = { url, allow_private: true };
      await reopen({ webhook });
      const { id } = await retrainings.start(model, 'by hand');
      await retrainings.settled();
      const tick = async (after: number): Promise<void> => {
        now += after;
        await retrainings.tick();
        await retrainings.settled();
      };
      await tick(9_999);
      expect(requests).toHaveLength(1);
      await tick(1);
      expect(requests).toHaveLength(2);
      await reopen({ webhook });
      await tick(19_999);
      expect(requests).toHaveLength(2);
      code = 202;
      await tick(1);
      await tick(HOUR);
      expect(requests.map((request) => request.id)).toEqual([id, id, id]);
    });

    it('ends the retraining when it refuses for good, or must not be asked', async () => {
      code = 400;
      await reopen({ webhook: { url, allow_private: true }, cool_down: '0s' });
      const { id } = await retrainings.start(model, 'by hand');
      expect((await until(id, 'failed')).error).toBe('the webhook refused the job: answered 400');
      await reopen({ webhook: { url }, cool_down: '0s' });
      const { id: second } = await retrainings.start(model, 'by hand');
      expect((await until(second, 'failed')).error).toContain('is not a public address');
      expect(requests).toHaveLength(1);
    });
  });

  it('takes a snapshot anew that a restart interrupted', async () => {
    const { id } = await retrainings.start(model, 'by hand');
    await until(id, 'failed');
    const record = (await retrainings.list(model))[0];
    await store
      .documents('retrainings')
      .put({ ...record, state: 'snapshotting', snapshot: null, error: null } as never);
    await writeFile(join(opened.directory, 'snapshots', id, 'data.parquet.partial'), 'half');
    await reopen(sleeper);
    const again = await until(id, 'failed');
    expect(again.snapshot).not.toBeNull();
    expect((await readdir(join(opened.directory, 'snapshots', id))).sort()).toEqual(['data.parquet', 'manifest.json']);
  });
});
