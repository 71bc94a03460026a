import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { defaultConfig } from '../../../daemon/config/config.ts';
import { startDaemon, type RunningDaemon } from '../../support/daemon.ts';
import { temporaryDirectory } from '../../support/temporary.ts';
import type { Bench, BenchOptions, BenchReport } from '../bench.ts';
import { calm } from '../ingest/process-cost.ts';
import { ackLatencies } from './ack-latencies.ts';
import { bareRuntime } from './bare-runtime.ts';
import { layersName } from './perceptron.ts';
import { recordTraffic } from './recorded-traffic.ts';
import {
  finished,
  registerVersions,
  startReplay,
  trafficOf,
  versionFolders,
  whileReplaying,
  type ReplayedModel,
} from './replayed-model.ts';

interface Case extends ReplayedModel {
  /** Share of the bare runtime to reach. */
  readonly bar: number;
}

const ROUNDS = 3;
const BARE_MS = 2_000;
const ACK_MS = 8_000;

/** From the store to the stored comparison, as a share of what the model runtime alone does. */
export const replayBench: Bench = {
  name: 'replay',
  what: 'replay, store to stored comparison, against the bare model runtime; about 9 minutes (--quick: 3, fewer rows)',
  run,
};

async function run({ rest, progress }: BenchOptions): Promise<BenchReport> {
  const scale = rest.includes('--quick') ? 0.3 : 1;
  const cases: Case[] = [
    { layers: [200, 512, 256, 1], rows: 600_000 * scale, bar: 0.8 },
    { layers: [50, 128, 64, 1], rows: 3_000_000 * scale, bar: 0.5 },
  ];
  const { path, remove } = await temporaryDirectory();
  const daemons: RunningDaemon[] = [];
  try {
    for (const { layers } of cases) await versionFolders(path, layers);
    await recordTraffic(path, cases.map(trafficOf), progress);
    const daemon = await startDaemon({ log: 'warn', replays: { backend: 'wasm' } }, path);
    daemons.push(daemon);
    for (const each of cases) await registerVersions(daemon, each);
    const measured = [];
    for (const each of cases) measured.push(await measure(daemon, each, join(path, 'models'), progress));
    const acks = await measureAcks(daemon, cases[0]!, progress);
    await daemon.stop();
    const two = await startDaemon({ log: 'warn', replays: { backend: 'wasm', workers: 2 } }, path);
    daemons.push(two);
    const scaled = await measureRounds(two, cases[0]!, progress);
    await two.stop();
    return report(measured, acks, median(scaled) / median(measured[0]?.replayed ?? []));
  } finally {
    for (const daemon of daemons) if (daemon.process.exitCode === null) daemon.process.kill('SIGKILL');
    await remove();
  }
}

interface Measured extends Case {
  readonly bare: readonly number[];
  readonly replayed: readonly number[];
}

/**
 * Bare runtime and replay by turns, so that what else the machine does falls on both. Merges that waited for a replay are over
 * before the runtime is measured beside them.
 */
async function measure(
  daemon: RunningDaemon,
  each: Case,
  models: string,
  progress: (line: string) => void,
): Promise<Measured> {
  const name = layersName(each.layers);
  const batch = defaultConfig().replays.batch;
  const bareFor = await bareRuntime(join(models, `${name}-2`), each.layers[0] ?? 0, batch);
  const [bare, replayed]: [number[], number[]] = [[], []];
  for (let round = 0; round < ROUNDS; round++) {
    await calm(daemon.process.pid ?? 0);
    bare.push(bareFor(BARE_MS));
    replayed.push(await replayOnce(daemon, each));
    progress(`${name}: bare ${Math.round(bare.at(-1) ?? 0)} rows/s, replay ${Math.round(replayed.at(-1) ?? 0)} rows/s`);
  }
  return { ...each, bare, replayed };
}

async function measureRounds(daemon: RunningDaemon, each: Case, progress: (line: string) => void): Promise<number[]> {
  const found: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    found.push(await replayOnce(daemon, each));
    progress(`${layersName(each.layers)}: two workers ${Math.round(found.at(-1) ?? 0)} rows/s`);
  }
  return found;
}

/** @returns predictions a second, from the request to the stored comparison */
async function replayOnce(daemon: RunningDaemon, each: Case): Promise<number> {
  const done = await finished(daemon, await startReplay(daemon, each));
  if (done.state !== 'done' || done.replayed !== each.rows)
    throw new Error(`the replay is ${done.state} with ${done.replayed} of ${each.rows}: ${done.error ?? ''}`);
  return (done.replayed * 1000) / (Date.parse(done.finished_at ?? '') - Date.parse(done.started_at));
}

interface Acks {
  readonly alone: number;
  readonly meanwhile: number;
}

/** The 99th percentile of how long an ack takes, without and with a replay that runs all the time. */
async function measureAcks(daemon: RunningDaemon, each: Case, progress: (line: string) => void): Promise<Acks> {
  await calm(daemon.process.pid ?? 0);
  const alone = await ackLatencies(daemon.api, ACK_MS);
  const meanwhile = await whileReplaying(daemon, each, () => ackLatencies(daemon.api, ACK_MS));
  const acks = { alone: quantile(alone, 0.99), meanwhile: quantile(meanwhile, 0.99) };
  progress(`ack p99 ${acks.alone.toFixed(1)} ms alone, ${acks.meanwhile.toFixed(1)} ms while replaying`);
  return acks;
}

function report(measured: readonly Measured[], acks: Acks, scaled: number): BenchReport {
  const lines = measured.map(({ layers, rows, bare, replayed }) => {
    const share = replayed.map((rate, round) => rate / (bare[round] ?? Number.NaN));
    return `| ${layersName(layers)} | ${rows} | ${thousands(median(bare))} | ${thousands(median(replayed))} | ${percent(median(share))} (${percent(Math.min(...share))} to ${percent(Math.max(...share))}) |`;
  });
  const text = [
    '| perceptron | predictions | bare runtime, rows/s | replay, rows/s | share, median of rounds (range) |',
    '| --- | --- | --- | --- | --- |',
    ...lines,
    '',
    `Two workers on the first: ${scaled.toFixed(2)} times one. Ack p99: ${acks.alone.toFixed(1)} ms alone, ${acks.meanwhile.toFixed(1)} ms during a replay.`,
  ].join('\n');
  const bars = measured.map(({ layers, bar, bare, replayed }) => ({
    name: `replay as a share of the bare runtime, ${layersName(layers)}`,
    value: median(replayed.map((rate, round) => rate / (bare[round] ?? Number.NaN))),
    bound: bar,
    sense: 'at least' as const,
  }));
  return {
    text,
    figures: { measured, acks, scaled },
    bars: [
      ...bars,
      // On two cores the engine reads beside two workers that score.
      {
        name: `two workers against one (${availableParallelism()} cores)`,
        value: scaled,
        bound: 1.4,
        sense: 'at least',
      },
      { name: 'ack p99 during a replay against alone', value: acks.meanwhile / acks.alone, bound: 2, sense: 'below' },
    ],
  };
}

function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

function thousands(value: number): string {
  return `${(value / 1000).toFixed(1)}k`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(0)} %`;
}
