import { setTimeout as sleep } from 'node:timers/promises';
import type { RunningDaemon } from '../../support/daemon.ts';
import { runDaemon } from './daemon-run.ts';
import { generate } from './generate.ts';
import type { PartOptions, PartReport } from './ingest.ts';
import { findRate, SPANS } from './measure-traces.ts';
import { percentile } from './percentile.ts';
import { figure, table } from './table.ts';
import { FIRST_RECORD, withDaemon } from './with-daemon.ts';

/** What people and pipelines ask for meanwhile. */
const PATHS = ['/', '/v1/models', '/v1/findings', '/healthz'];
const EVERY_MS = 40;

/** Acks, time to queryable, and the API meanwhile, at half of the highest rate. */
export async function measureLatency(options: PartOptions): Promise<PartReport> {
  const { progress, found, seconds, rounds } = options;
  found.spansPerSecond ??= options.rate ?? (await findRate(progress));
  const rate = Math.round(found.spansPerSecond / 2);
  const { result: runs } = await withDaemon({ ...SPANS, recordsPerSecond: rate }, {}, async (daemon) => {
    await seedModel(daemon);
    const all = [];
    for (let round = 0; round < rounds; round++) {
      const idle = await askFor(daemon, seconds * 1000);
      const first = FIRST_RECORD * (round + 1);
      const load = runDaemon(daemon, { ...SPANS, recordsPerSecond: rate, seconds, first, lookMs: 50 });
      const busy = await askFor(daemon, seconds * 1000);
      const run = await load;
      progress(
        `  ${rate} spans/s: ack p50 ${figure(run.sent.p50Ms)} ms, p99 ${figure(run.sent.p99Ms)} ms, queryable p99 ${figure(run.queryableP99Ms)} ms, API p99 ${figure(idle)} -> ${figure(busy)} ms`,
      );
      all.push({
        ackP50Ms: run.sent.p50Ms,
        ackP99Ms: run.sent.p99Ms,
        queryableP99Ms: run.queryableP99Ms,
        apiIdleMs: idle,
        apiBusyMs: busy,
      });
    }
    return all;
  });
  const of = (name: keyof (typeof runs)[number]): number =>
    percentile(
      runs.map((run) => run[name]).sort((a, b) => a - b),
      0.5,
    );
  const rows = [
    ['ack p50', figure(of('ackP50Ms'))],
    ['ack p99', figure(of('ackP99Ms'))],
    ['ack to queryable, p99', figure(of('queryableP99Ms'))],
    ['API and dashboard p99, idle', figure(of('apiIdleMs'))],
    ['API and dashboard p99, meanwhile', figure(of('apiBusyMs'))],
  ];
  return {
    text: table(`Latency at half of the highest rate: ${figure(rate)} spans/s, 500 a request`, ['', 'ms'], rows),
    figures: { rate, runs },
    bars: [
      { name: 'ack p99 at half of the highest rate, ms', value: of('ackP99Ms'), bound: 50, sense: 'below' },
      { name: 'ack to queryable p99, ms', value: of('queryableP99Ms'), bound: 2000, sense: 'below' },
      { name: 'API p99 under load against idle', value: of('apiBusyMs') / of('apiIdleMs'), bound: 2, sense: 'below' },
    ],
  };
}

async function seedModel(daemon: RunningDaemon): Promise<void> {
  await generate({
    url: daemon.api,
    load: 'predictions-ndjson',
    recordsPerRequest: 100,
    recordsPerSecond: 1000,
    seconds: 2,
    connections: 2,
    first: 0,
  });
}

/** p99 of requests to the API, one at a time, in milliseconds. */
async function askFor(daemon: RunningDaemon, milliseconds: number): Promise<number> {
  const times: number[] = [];
  const end = performance.now() + milliseconds;
  for (let at = 0; performance.now() < end; at++) {
    const began = performance.now();
    await (await fetch(`${daemon.api}${PATHS[at % PATHS.length]}`)).arrayBuffer();
    times.push(performance.now() - began);
    await sleep(Math.max(0, EVERY_MS - (performance.now() - began)));
  }
  return percentile(
    times.sort((one, other) => one - other),
    0.99,
  );
}
