import { join } from 'node:path';
import type { Bar } from '../bench.ts';
import { temporaryDirectory } from '../../support/temporary.ts';
import { buildCollector, PIPELINES, startCollector, type Pipeline } from './collector.ts';
import { kept, runDaemon, type DaemonRun } from './daemon-run.ts';
import { engineWork } from './engine-work.ts';
import { generate } from './generate.ts';
import { highestRate } from './highest-rate.ts';
import type { PartOptions, PartReport } from './ingest.ts';
import { spreadOf, type Spread } from './median.ts';
import { calm, cpuSeconds } from './process-cost.ts';
import { startBareServer } from './servers.ts';
import { figure, table } from './table.ts';
import { FIRST_RECORD, withDaemon } from './with-daemon.ts';

export const SPANS = { load: 'traces', recordsPerRequest: 500 } as const;
const FIRST_GUESS = 30_000;
/** A 30-second run is held at this share of the highest rate of the short trials. */
const STEADY = 0.9;

type Who = 'daemon' | 'engine' | Pipeline;

const ACK_MEANS: Readonly<Record<Who, string>> = {
  daemon: 'on disk, synced; then stored once, merged, queryable',
  engine: 'no ack: the same blocks, stored and merged',
  ...PIPELINES,
};

/** Traces, 500 spans a request: the whole path against the bare engine and the collector, one after the other, in rounds. */
export async function measureTraces(options: PartOptions): Promise<PartReport> {
  const { progress, found, rounds, seconds } = options;
  const collector = await buildCollector(progress);
  if (collector === undefined) progress('  SKIPPED: the collector; there is no Go on this machine');
  found.spansPerSecond = options.rate ?? (await findRate(progress));
  const rate = Math.round(found.spansPerSecond * (options.rate === undefined ? STEADY : 1));
  const costs = new Map<Who, number[]>();
  const note = (who: Who, microseconds: number): void => {
    costs.set(who, [...(costs.get(who) ?? []), microseconds]);
    progress(`  ${who}: ${figure(microseconds)} CPU us/span`);
  };
  const runs: (DaemonRun & { readonly bytes: number })[] = [];
  for (let round = 0; round < rounds; round++) {
    progress(` round ${round + 1} of ${rounds}, ${rate} spans/s`);
    const { path, remove } = await temporaryDirectory();
    const run = await daemonRound(rate, seconds, join(path, 'blocks'));
    runs.push(run);
    note('daemon', run.cpuMicrosecondsPerRecord);
    const engine = await engineWork({ kind: 'blocks', files: run.blocks?.files ?? [] });
    note('engine', (engine.cpuSeconds / (run.blocks?.rows['otel_traces'] ?? 0)) * 1e6);
    if (collector !== undefined)
      for (const pipeline of ['nop', 'file', 'queue'] as const)
        note(pipeline, await collectorCost(collector, pipeline, rate, Math.ceil(seconds / 2), path));
    await remove();
  }
  const spreads = new Map([...costs].map(([who, values]) => [who, spreadOf(values)]));
  found.nopMicroseconds = spreads.get('nop')?.median;
  return { ...report(rate, runs, spreads), bars: bars(spreads) };
}

export async function findRate(progress: (line: string) => void): Promise<number> {
  const plan = { ...SPANS, first: FIRST_RECORD };
  const { result } = await withDaemon({ ...SPANS, recordsPerSecond: FIRST_GUESS / 2 }, {}, (daemon) =>
    highestRate(daemon, plan, FIRST_GUESS, progress),
  );
  return result;
}

async function daemonRound(rate: number, seconds: number, folder: string): Promise<DaemonRun & { bytes: number }> {
  const { result, store } = await withDaemon({ ...SPANS, recordsPerSecond: rate }, {}, (daemon) =>
    runDaemon(daemon, { ...SPANS, recordsPerSecond: rate, seconds, first: FIRST_RECORD, keepBlocksIn: folder }),
  );
  const spans = store['otel_traces'];
  return { ...result, bytes: (spans?.bytes ?? NaN) / (spans?.rows ?? NaN) };
}

async function collectorCost(
  program: string,
  pipeline: Pipeline,
  rate: number,
  seconds: number,
  folder: string,
): Promise<number> {
  const sink = await startBareServer();
  const collector = await startCollector(program, pipeline, folder, sink.url);
  try {
    const sending = { ...SPANS, url: collector.url, recordsPerSecond: rate, connections: 32, first: FIRST_RECORD };
    await generate({ ...sending, seconds: 3 });
    await calm(collector.pid);
    const before = cpuSeconds(collector.pid);
    const sent = await generate({ ...sending, seconds });
    const cost = (await calm(collector.pid)) - before;
    return (cost / sent.acked) * 1e6;
  } finally {
    await collector.stop();
    await sink.stop();
  }
}

function report(
  rate: number,
  runs: readonly (DaemonRun & { readonly bytes: number })[],
  spreads: ReadonlyMap<Who, Spread>,
): Omit<PartReport, 'bars'> {
  const daemon = spreads.get('daemon')!.median;
  const rows = [...spreads].map(([who, { median, least, most }]) => [
    who,
    figure(median),
    `${figure(least)}-${figure(most)}`,
    figure(1e6 / median),
    figure(daemon / median),
    ACK_MEANS[who],
  ]);
  const held = runs.filter(kept).length;
  const of = (read: (run: (typeof runs)[number]) => number): string => figure(spreadOf(runs.map(read)).median);
  const columns = ['', 'CPU us a span', 'spread', 'spans a CPU-second', 'CPU of the daemon against it', 'an ack means'];
  const text = [
    table(`Traces, 500 spans a request, ${figure(rate)} spans/s, ${runs.length} rounds`, columns, rows),
    '',
    `The daemon kept up in ${held} of ${runs.length} runs: ack p50 ${of((run) => run.sent.p50Ms)} ms, p99 ${of((run) => run.sent.p99Ms)} ms; ` +
      `all stored ${of((run) => run.drainMs)} ms after the last ack; ${of((run) => run.bytes)} bytes on disk a span; ` +
      `at most ${of((run) => run.memory / 2 ** 20)} MiB resident.`,
  ].join('\n');
  const figures = {
    rate,
    costs: Object.fromEntries(spreads),
    runs: runs.map((run) => ({ ...run, sent: { ...run.sent, acks: undefined }, blocks: undefined })),
  };
  return { text, figures };
}

function bars(spreads: ReadonlyMap<Who, Spread>): Bar[] {
  const daemon = spreads.get('daemon')!.median;
  const against = (who: Who): number => (spreads.get(who)?.median ?? NaN) / daemon;
  const all: Bar[] = [
    { name: "CPU of the daemon against the bare engine's", value: 1 / against('engine'), bound: 3, sense: 'at most' },
  ];
  if (spreads.has('nop'))
    all.push(
      { name: "spans a CPU-second against the collector's nop", value: against('nop'), bound: 1, sense: 'at least' },
      {
        name: "spans a CPU-second against the collector's queue on disk",
        value: against('queue'),
        bound: 2.2,
        sense: 'at least',
      },
    );
  return all;
}
