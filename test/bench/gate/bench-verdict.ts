import { performance } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { startDaemon, type RunningDaemon } from '../../support/daemon.ts';
import { randomFrom } from '../../detectors/samples.ts';
import type { Bench } from '../bench.ts';

const RATE = 200;
const SECONDS = 20;
const REGIONS = ['EU', 'US', 'UK', 'JP', 'BR'];

/** How fast a real daemon answers pipelines that ask 200 times a second, while a live canary goes on; the first look is told apart. */
export const verdictBench: Bench = {
  name: 'verdict',
  what: 'latency of verdicts at 200 requests/s over a live canary of five regions (1 min)',
  run: async ({ progress }) => {
    const daemon = await startDaemon({ models: { defaults: { slices: ['region'] } } });
    try {
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
      const times = await askSteadily(daemon, id);
      const at = (share: number): number => times[Math.min(times.length - 1, Math.floor(share * times.length))] ?? NaN;
      const [p50, p99, most] = [at(0.5), at(0.99), at(1)];
      return {
        text: [
          '| requests | first | p50 | p99 | slowest |',
          '| --- | --- | --- | --- | --- |',
          `| ${times.length} | ${[firstMs, p50, p99, most].map((ms) => `${ms.toFixed(1)} ms`).join(' | ')} |`,
        ].join('\n'),
        figures: { requests: times.length, firstMs, p50, p99, most },
        bars: [{ name: 'verdict, p99 in ms at 200 requests/s', value: p99, bound: 20, sense: 'below' }],
      };
    } finally {
      await daemon.stop();
    }
  },
};

/** Opens a rollout as soon as the store has predictions of its versions: what is acked is queryable a moment later. */
async function openWhenStored(daemon: RunningDaemon, rollout: object): Promise<string> {
  for (const giveUpAt = performance.now() + 30_000; ; await pause(200)) {
    const opened = await post(daemon, '/v1/rollouts', rollout);
    if (opened.ok) return ((await opened.json()) as { id: string }).id;
    if (performance.now() > giveUpAt)
      throw new Error(`the rollout was answered ${opened.status}: ${await opened.text()}`);
  }
}

/** Milliseconds of each answer, ascending; asked by the clock, whether earlier answers have come or not. */
async function askSteadily(daemon: RunningDaemon, id: string): Promise<number[]> {
  const times: number[] = [];
  const underWay: Promise<void>[] = [];
  const start = performance.now();
  for (let n = 0; n < RATE * SECONDS; n++) {
    const due = start + (n * 1000) / RATE;
    const early = due - performance.now();
    if (early > 0) await pause(early);
    if (n % RATE === 0) underWay.push(sendTraffic(daemon, 10_000 + n, 200));
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
