import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { configSchema, modelSettings } from '../../../daemon/config/config.ts';
import {
  openRollouts,
  type RolloutOptions,
  type RolloutRequest,
  type Rollouts,
} from '../../../daemon/rollout/rollouts.ts';
import type { Store } from '../../../daemon/store/store.ts';
import type { Rollout } from '../../../detectors/terms.ts';
import { sign } from '../../../daemon/http/webhook.ts';
import { temporaryDirectory, temporaryStore } from '../../support/temporary.ts';
import { insertAnswers } from './rollout-traffic.ts';

const NOW = Date.UTC(2026, 2, 10, 12);
const MINUTE = 60_000;
const SECRET = `whsec_${Buffer.alloc(24, 7).toString('base64')}`;

describe('stages of a rollout', () => {
  let opened: Awaited<ReturnType<typeof temporaryStore>>;
  let folder: Awaited<ReturnType<typeof temporaryDirectory>>;
  let store: Store;
  let now = NOW;
  let sent = 0;

  beforeAll(async () => {
    opened = await temporaryStore();
    folder = await temporaryDirectory();
    store = opened.store;
  });
  afterAll(async () => {
    await opened.remove();
    await folder.remove();
  });
  beforeEach(() => {
    now = NOW;
  });

  const start = (onRollback: object = {}, changes: Partial<RolloutOptions> = {}): Rollouts =>
    openRollouts({
      store,
      settings: configSchema.parse({ rollouts: { on_rollback: onRollback } }).rollouts,
      folder: join(folder.path, 'rollbacks'),
      modelSettings: () => modelSettings.parse({}),
      hasVersion: () => Promise.resolve(true),
      openQualityFailures: () => Promise.resolve([]),
      clock: { now: () => now },
      log: pino({ level: 'silent' }),
      ...changes,
    });

  const open = (rollouts: Rollouts, model: string, more: object = {}) =>
    rollouts.open({
      model,
      control: 'v1',
      candidate: 'v2',
      guardrails: [{ name: 'errors', margin: 0.05 }],
      minimumEvents: 200,
      stages: [0.05, 0.5, 1],
      maximumDurationMs: 60 * MINUTE,
      ...more,
    });

  /** As many answers of each arm in the last seconds; the candidate fails in `failing` of them. */
  async function live(model: string, count: number, failing = 0): Promise<void> {
    sent += 1;
    await insertAnswers(
      store,
      Array.from({ length: count }, (_, n) => n).flatMap((n) =>
        (['control', 'candidate'] as const).map((role) => ({
          id: `${sent} ${role} ${n}`,
          at: now + n,
          model,
          version: role === 'control' ? 'v1' : 'v2',
          role,
          score: role === 'candidate' && n < failing ? null : 0.1,
        })),
      ),
    );
    now += MINUTE;
  }

  it('are judged one by one, each on live answers of its own', async () => {
    const rollouts = start();
    const { id } = await open(rollouts, 'good');
    await expect(rollouts.advance(id)).rejects.toMatchObject({ code: 'not_promotable' });
    await live('good', 300);
    const first = await rollouts.verdict(id);
    expect(first).toMatchObject({ verdict: 'promote', stage: 0 });
    // The stage may go on, the rollout is not over.
    expect(await rollouts.get(id)).toMatchObject({ state: 'open', verdict: 'promote', stage: { index: 0 } });
    expect(await rollouts.advance(id, 0)).toMatchObject({ verdict: 'hold', stage: { index: 1, openedAt: now } });
    // A repeated call, as after a lost answer, does not skip a stage.
    expect(await rollouts.advance(id, 0)).toMatchObject({ stage: { index: 1 } });
    const fresh = await rollouts.verdict(id);
    expect(fresh).toMatchObject({ verdict: 'hold', stage: 1 });
    expect(fresh.checks[0]).toMatchObject({ state: 'insufficient', events: 0 });
    await live('good', 300);
    await rollouts.advance(id, 1);
    await live('good', 300);
    expect(await rollouts.advance(id, 2)).toMatchObject({ state: 'promoted', verdict: 'promote' });
    const decisions = await rollouts.decisions(id);
    expect(decisions.map(({ stage, verdict }) => `${stage} ${verdict}`)).toEqual([
      '0 hold',
      '0 promote',
      '1 hold',
      '1 promote',
      '2 promote',
    ]);
    for (const decision of decisions) expect(await rollouts.recompute(id, decision.id)).toMatchObject({ equal: true });
  });

  it('are not passed before they have begun', async () => {
    const rollouts = start();
    const { id } = await open(rollouts, 'eager');
    await live('eager', 300);
    await expect(rollouts.advance(id, 1)).rejects.toMatchObject({ code: 'conflict', field: 'from' });
    expect(await rollouts.get(id)).toMatchObject({ stage: { index: 0 } });
  });

  it('are not written back by a look that began before the next one did', async () => {
    const [advancing, asking, stored] = [signal(), signal(), signal()];
    // The store takes its time for the new stage, and whoever asks about data quality for theirs.
    const slow = new Proxy(store, {
      get: (target, name: keyof Store) =>
        name === 'documents'
          ? () => {
              const documents = target.documents<Rollout>('rollouts');
              return {
                ...documents,
                put: async (rollout: Rollout) => {
                  if (rollout.stage.index === 1 && rollout.verdict === 'hold') {
                    advancing.give();
                    await Promise.race([asking.given, pause(300)]);
                  }
                  await documents.put(rollout);
                  if (rollout.stage.index === 1) stored.give();
                },
              };
            }
          : target[name],
    });
    let failures: readonly string[] = [];
    const rollouts = start(
      {},
      {
        store: slow,
        openQualityFailures: async () => {
          if (failures.length > 0) {
            asking.give();
            await stored.given;
          }
          return failures;
        },
      },
    );
    const { id } = await open(rollouts, 'raced');
    await live('raced', 300);
    const advanced = rollouts.advance(id, 0);
    await advancing.given;
    now += MINUTE;
    failures = ['feature "amount" is missing'];
    const asked = rollouts.verdict(id);
    expect(await advanced).toMatchObject({ stage: { index: 1 } });
    expect(await asked).toMatchObject({ verdict: 'hold', stage: 1 });
    expect(await rollouts.get(id)).toMatchObject({ stage: { index: 1 } });
  });

  it('may turn from promote to rollback while nobody advances', async () => {
    const rollouts = start();
    const { id } = await open(rollouts, 'late harm');
    await live('late harm', 300);
    expect((await rollouts.verdict(id)).verdict).toBe('promote');
    await live('late harm', 300, 200);
    expect((await rollouts.verdict(id)).verdict).toBe('rollback');
    await expect(rollouts.advance(id)).rejects.toMatchObject({ code: 'not_promotable' });
  });

  it('are not promoted on what the watch saw before the data broke', async () => {
    let broken: readonly string[] = [];
    const rollouts = start({}, { openQualityFailures: () => Promise.resolve(broken) });
    const { id } = await open(rollouts, 'breaking');
    await live('breaking', 300);
    await rollouts.tick();
    broken = ['amount is missing'];
    now += 1500;
    expect(await rollouts.verdict(id)).toMatchObject({ verdict: 'hold', stage: 0 });
    await expect(rollouts.advance(id)).rejects.toMatchObject({ code: 'not_promotable' });
    expect((await rollouts.decisions(id)).map(({ verdict }) => verdict)).not.toContain('promote');
  });

  it('last their shortest time, and are inconclusive after their longest', async () => {
    const rollouts = start();
    const { id } = await open(rollouts, 'slow', { minimumDurationMs: 10 * MINUTE });
    await live('slow', 300);
    const early = await rollouts.verdict(id);
    expect(early).toMatchObject({ verdict: 'hold' });
    expect(early.reasons).toEqual(['at least 10 minutes are asked for; 9 minutes more needed']);
    now += 9 * MINUTE;
    expect((await rollouts.verdict(id)).verdict).toBe('promote');
    await rollouts.advance(id);
    now += 59 * MINUTE;
    expect((await rollouts.verdict(id)).verdict).toBe('hold');
    now += MINUTE;
    expect(await rollouts.verdict(id)).toMatchObject({ verdict: 'inconclusive', stage: 1 });
  });

  it('are one, of all traffic, for a rollout that was stored before there were stages', async () => {
    const rollouts = start();
    const whole = await open(rollouts, 'early');
    const { minimumDurationMs, stages, stage, largestWeight, action, ...early } = whole;
    expect([minimumDurationMs, stages.length, stage.index, largestWeight, action]).toEqual([0, 3, 0, 1, null]);
    const guardrails = early.guardrails.map(({ name, margin, slices }) => ({ name, margin, slices }));
    await store.documents('rollouts').put({ ...early, id: 'early', guardrails } as object as typeof whole);
    expect(await rollouts.get('early')).toEqual({ ...whole, id: 'early', stages: [1] });
    expect((await rollouts.verdict('early')).verdict).toBe('hold');
  });

  it('have the guardrails of the settings where a request names none, those of the model before those of all', async () => {
    const settings = configSchema.parse({
      rollouts: { guardrails: [{ name: 'errors', margin: 0.003 }, { name: 'flips' }, { name: 'latency_p99' }] },
    }).rollouts;
    const named = async (model: object, guardrails?: RolloutRequest['guardrails'], ofAll = settings) => {
      const rollouts = start({}, { settings: ofAll, modelSettings: () => modelSettings.parse(model) });
      const opening = { model: 'm', control: 'v1', candidate: 'v2', ...(guardrails && { guardrails }) };
      return (await rollouts.open(opening)).guardrails.map(({ name, margin }) => `${name} ${margin}`);
    };
    expect(await named({})).toEqual(['errors 0.003', 'flips 0.05', 'latency_p99 0.5']);
    expect(await named({ kind: 'regression' })).toEqual(['errors 0.003', 'latency_p99 0.5']);
    expect(await named({ guardrails: [{ name: 'loss', margin: 0.02 }] })).toEqual(['loss 0.02']);
    expect(await named({ guardrails: [{ name: 'loss' }] }, [{ name: 'errors' }])).toEqual(['errors 0.01']);
    // Those of all models may be none that this one can have.
    const binary = { ...settings, guardrails: [{ name: 'flips' as const }] };
    expect(await named({ kind: 'regression' }, undefined, binary)).toEqual(
      await named({ kind: 'regression' }, undefined, { ...settings, guardrails: [] }),
    );
    await expect(named({ kind: 'regression', guardrails: [{ name: 'flips' }] })).rejects.toThrow(
      'needs a binary or multiclass model',
    );
    expect(configSchema.safeParse({ rollouts: { guardrails: [{ name: 'eror' }] } }).success).toBe(false);
  });

  it('must ascend to all of the traffic', async () => {
    const rollouts = start();
    for (const stages of [[], [0.5], [0.5, 0.2, 1], [0, 1], [1, 1]])
      await expect(open(rollouts, 'm', { stages })).rejects.toMatchObject({ code: 'invalid_request', field: 'stages' });
  });

  it('hand a rollback to a signed webhook, again until it is taken, and once', async () => {
    const heard: { headers: Record<string, unknown>; body: string }[] = [];
    const server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        heard.push({ headers: request.headers, body });
        response.writeHead(heard.length === 1 ? 503 : 204).end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/rollback`;
    const settings = { webhook: { url, secret: SECRET, allow_private: true } };
    const rollouts = start(settings);
    const { id } = await open(rollouts, 'bad');
    await live('bad', 300, 200);
    const { id: decision, reasons } = await rollouts.verdict(id);
    await rollouts.tick();
    expect((await rollouts.get(id)).action).toMatchObject({ state: 'waiting', attempts: 1, error: 'answered 503' });
    now += 5000;
    // The daemon was started again in between.
    const again = start(settings);
    await again.tick();
    expect((await again.get(id)).action).toMatchObject({ state: 'done', attempts: 2, error: null });
    now += MINUTE;
    await again.tick();
    server.close();
    expect(heard).toHaveLength(2);
    const [, last] = heard;
    expect(last?.headers['webhook-id']).toBe(decision);
    const seconds = Number(last?.headers['webhook-timestamp']);
    expect(last?.headers['webhook-signature']).toBe(sign(SECRET, decision, seconds, Buffer.from(last?.body ?? '')));
    expect(JSON.parse(last?.body ?? '')).toMatchObject({
      type: 'rollout.rolled_back',
      data: { rollout: id, model: 'bad', candidate: 'v2', stage: { index: 0, share: 0.05 }, reasons },
    });
  });

  it('hand a rollback to a command, and give up after so many tries', async () => {
    const script =
      'process.stdout.write(process.argv.slice(1).join("|")); process.exit(process.argv[2] === "v2" ? 3 : 0)';
    const rollouts = start({
      command: [process.execPath, '-e', script, '{model}', '{candidate}', '{stage}'],
      attempts: 2,
    });
    const { id } = await open(rollouts, 'worse');
    await live('worse', 300, 200);
    await rollouts.verdict(id);
    await rollouts.tick();
    now += MINUTE;
    await rollouts.tick();
    const { action } = await rollouts.get(id);
    expect(action).toMatchObject({ state: 'failed', attempts: 2 });
    expect(action?.error).toContain('exit code 3');
    expect(await readFile(join(folder.path, 'rollbacks', `${id}.log`), 'utf8')).toBe('worse|v2|0worse|v2|0');
    expect(() => start({ command: ['undo', '{candidat}'] })).toThrow('did you mean {candidate}?');
  });
});

/** Something that happens once, and can be waited for. */
function signal(): { readonly given: Promise<void>; give(): void } {
  let give = (): void => undefined;
  const given = new Promise<void>((resolve) => (give = resolve));
  return { given, give: () => give() };
}
