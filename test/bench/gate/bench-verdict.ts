import { performance } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { startDaemon, type RunningDaemon } from '../../support/daemon.ts';
import { temporaryDirectory } from '../../support/temporary.ts';
import { randomFrom } from '../../detectors/samples.ts';
import type { Bench } from '../bench.ts';
import { layersName } from '../replay/perceptron.ts';
import { recordTraffic } from '../replay/recorded-traffic.ts';
import {
  registerVersions,
  trafficOf,
  versionFolders,
  whileReplaying,
  type ReplayedModel,
} from '../replay/replayed-model.ts';

const RATE = 200;
const SECONDS = 20;
const REGIONS = ['EU', 'US', 'UK', 'JP', 'BR'];

/** Heavy enough that its replay takes a thread all the time. */
const REPLAYED: ReplayedModel = { layers: [200, 512, 256, 1], rows: 200_000 };

/**
 * How fast a real daemon answers pipelines that ask 200 times a second, while a live canary goes on: without anything else to
 * do, and while it replays another model. The first look is told apart.
 */
export const verdictBench: Bench = {
  name: 'verdict',
  what: 'latency of verdicts at 200 requests/s over a live canary of five regions, alone and beside a replay (3 min)',
  run: async ({ progress }) => {
    const { path, remove } = await temporaryDirectory();
    await versionFolders(path, REPLAYED.layers);
    await recordTraffic(path, [trafficOf(REPLAYED)], progress);
    const settings = { models: { defaults: { slices: ['region'] } }, replays: { backend: 'wasm' } };
    const daemon = await startDaemon(settings, path);
    try {
      await registerVersions(daemon, REPLAYED);
      progress('sending 20,000 predictions of two arms');
      await sendTraffic(daemon, 0, 10_000);
      const slices = ['all', ...REGIONS.map((region) => `region=${region}`)];
      const id = await openWhenStored(daemon, {
        model: 'fraud',
        control: 'v1',
        candidate: 'v2',
        guardrails: ['errors', 'decline_rate', 'latency_p95', 'latency_p99'].map((name) => ({ name, slices })),
        minimum_events: 100_000_000,
      });
      const firstMs = await askOnce(daemon, id, performance.now());
      progress(`asking ${RATE} times a second for ${SECONDS} s, with new predictions every second`);
      const alone = summarise(await askSteadily(daemon, id, 10_000));
      progress('the same while replaying');
      const replaying = summarise(
        await whileReplaying(daemon, REPLAYED, () => askSteadily(daemon, id, 10_000 + RATE * SECONDS)),
      );
      return {
        text: [
          `The first look took ${firstMs.toFixed(0)} ms.`,
          '',
          '| meanwhile | requests | p50 | p99 | slowest |',
          '| --- | --- | --- | --- | --- |',
          asRow('nothing else', alone),
          asRow(`a replay of a perceptron ${layersName(REPLAYED.layers)}`, replaying),
        ].join('\n'),
        figures: { firstMs, alone, replaying },
        bars: [
          { name: 'verdict, p99 in ms at 200 requests/s', value: alone.p99, bound: 20, sense: 'below' },
          {
            name: 'verdict, p99 in ms at 200 requests/s beside a replay',
            value: replaying.p99,
            bound: 20,
            sense: 'below',
          },
        ],
      };
    } finally {
      await daemon.stop();
      await remove();
    }
  },
};

interface Answers {
  readonly requests: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  readonly slowest: number;
}

/** @param times milliseconds, ascending */
function summarise(times: readonly number[]): Answers {
  const at = (share: number): number => times[Math.min(times.length - 1, Math.floor(share * times.length))] ?? NaN;
  return { requests: times.length, p50: at(0.5), p99: at(0.99), slowest: at(1) };
}

function asRow(meanwhile: string, { requests, p50, p99, slowest }: Answers): string {
  return `| ${meanwhile} | ${requests} | ${[p50, p99, slowest].map((ms) => `${ms.toFixed(1)} ms`).join(' | ')} |`;
}

/** Opens a rollout as soon as the store has predictions of its versions: what is acked is queryable a moment later. */
async function openWhenStored(daemon: RunningDaemon, rollout: object): Promise<string> {
  for (const giveUpAt = performance.now() + 30_000; ; await pause(200)) {
    const opened = await post(daemon, '/v1/rollouts', rollout);
    if (opened.ok) return ((await opened.json()) as { id: string }).id;
    if (performance.now() > giveUpAt)
      throw new Error(`the rollout was answered ${opened.status}: ${await opened.text()}`);
  }
}

/**
 * Milliseconds of each answer, ascending; asked by the clock, whether earlier answers have come or not.
 * @param sent predictions of each arm that were sent before
 */
async function askSteadily(daemon: RunningDaemon, id: string, sent: number): Promise<number[]> {
  const times: number[] = [];
  const underWay: Promise<void>[] = [];
  const start = performance.now();
  for (let n = 0; n < RATE * SECONDS; n++) {
    const due = start + (n * 1000) / RATE;
    const early = due - performance.now();
    if (early > 0) await pause(early);
    if (n % RATE === 0) underWay.push(sendTraffic(daemon, sent + n, RATE));
    underWay.push(askOnce(daemon, id, due).then((ms) => void times.push(ms)));
  }
  await Promise.all(underWay);
  return times.sort((a, b) => a - b);
}

/** Milliseconds from `due` to the whole answer. */
async function askOnce(daemon: RunningDaemon, id: string, due: number): Promise<number> {
  const answer = await fetch(`${daemon.api}/v1/rollouts/${id}/verdict`);
  await answer.text();
  if (!answer.ok) throw new Error(`a verdict was answered ${answer.status}`);
  return performance.now() - due;
}

async function sendTraffic(daemon: RunningDaemon, from: number, count: number): Promise<void> {
  const random = randomFrom(from + 1);
  const lines = Array.from({ length: count }, (_, n) => from + n).flatMap((n) =>
    (['control', 'candidate'] as const).map((role) =>
      JSON.stringify({
        prediction_id: `${role}-${n}`,
        model: 'fraud',
        version: role === 'control' ? 'v1' : 'v2',
        role,
        timestamp: Date.now(),
        score: random(),
        latency_ms: 20 * Math.exp(random() + random() + random() - 1.5),
        features: { amount: 100 * random() },
        tags: { region: REGIONS[n % REGIONS.length] },
      }),
    ),
  );
  const answer = await fetch(`${daemon.api}/v1/predictions`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-ndjson' },
    body: lines.join('\n'),
  });
  if (!answer.ok) throw new Error(`predictions were answered ${answer.status}`);
}

function post(daemon: RunningDaemon, path: string, body: object): Promise<Response> {
  const headers = { 'content-type': 'application/json' };
  return fetch(`${daemon.api}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
}
