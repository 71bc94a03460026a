import { setTimeout as sleep } from 'node:timers/promises';
import type { RunningDaemon } from '../../support/daemon.ts';
import { keepBlocks, type KeptBlocks } from './keep-blocks.ts';
import type { Load } from './bodies.ts';
import { generate, type Sent } from './generate.ts';
import { percentile } from './percentile.ts';
import { calm, cpuSeconds, memoryBytes } from './process-cost.ts';

export interface RunPlan {
  readonly load: Load;
  readonly recordsPerRequest: number;
  readonly recordsPerSecond: number;
  readonly seconds: number;
  /** Number of the first record of this run: no two runs of one daemon may share ids. */
  readonly first: number;
  /** Pause between two looks at the rows stored: short where time to queryable is measured, as each look costs CPU. */
  readonly lookMs?: number;
  /** Keeps the blocks that the daemon seals, in this folder. */
  readonly keepBlocksIn?: string;
}

/** What one run cost the daemon and what its client saw. */
export interface DaemonRun {
  readonly sent: Sent;
  /** Of the whole process, from the first request until everything is stored and merges are calm. */
  readonly cpuSeconds: number;
  readonly cpuMicrosecondsPerRecord: number;
  /** Between the last ack and the last row stored. */
  readonly drainMs: number;
  /** Of each record acked, the time until it could be queried. */
  readonly queryableP99Ms: number;
  /** The most resident memory of the process that was seen, in bytes. */
  readonly memory: number;
  readonly blocks: KeptBlocks | undefined;
}

export const TABLES: Readonly<Record<Load, string>> = {
  traces: 'otel_traces',
  'predictions-ndjson': 'predictions',
  'predictions-api': 'predictions',
  'predictions-otlp': 'predictions',
};
const CONNECTIONS = 32;
const PATIENCE_MS = 60_000;

/** Sends a load to a running daemon and waits until all of it is stored. */
export async function runDaemon(daemon: RunningDaemon, plan: RunPlan): Promise<DaemonRun> {
  const pid = daemon.process.pid!;
  const table = TABLES[plan.load];
  const before = await rowsStored(daemon, table);
  const blocks =
    plan.keepBlocksIn === undefined ? undefined : keepBlocks(`${daemon.directory}/spool`, plan.keepBlocksIn);
  const cpuBefore = cpuSeconds(pid);
  const looks = watchRows(daemon, table, before, plan.lookMs ?? 1000);
  const sent = await generate({ ...plan, url: urlOf(daemon, plan.load), connections: CONNECTIONS });
  await looks.until(sent.acked);
  const ready = await blocks?.end();
  const cpu = (await calm(pid)) - cpuBefore;
  const stored = await looks.end();
  return {
    sent,
    cpuSeconds: cpu,
    cpuMicrosecondsPerRecord: (cpu / sent.acked) * 1e6,
    drainMs: Math.max(
      0,
      (stored.find(([, rows]) => rows >= sent.acked)?.[0] ?? Infinity) - (sent.acks.at(-1)?.[0] ?? 0),
    ),
    queryableP99Ms: queryableP99(sent.acks, stored),
    memory: memoryBytes(pid).most,
    blocks: ready,
  };
}

/** Whether the load was answered in time and stored as it came. */
export function kept({ sent, drainMs }: DaemonRun): boolean {
  const refused = Object.keys(sent.statuses).some((status) => status !== '200');
  return !refused && sent.lateMs < 500 && sent.p99Ms < 1000 && drainMs < 3000;
}

function urlOf(daemon: RunningDaemon, load: Load): string {
  return load === 'predictions-api' ? daemon.api : daemon.otlpHttp;
}

async function rowsStored(daemon: RunningDaemon, table: string): Promise<number> {
  const text = await (await fetch(`${daemon.api}/metrics`)).text();
  return Number(new RegExp(`^serin_ingest_rows_stored_total\\{table="${table}"\\} (\\d+)`, 'm').exec(text)?.[1] ?? 0);
}

type Looks = readonly (readonly [at: number, rows: number])[];

/** Looks at the rows stored again and again; `until` waits for as many, `end` tells when there were how many. */
function watchRows(daemon: RunningDaemon, table: string, before: number, everyMs: number) {
  const looks: [number, number][] = [];
  const ended = new AbortController();
  let pause = everyMs;
  const work = (async () => {
    while (!ended.signal.aborted) {
      looks.push([Date.now(), (await rowsStored(daemon, table)) - before]);
      await sleep(pause);
    }
  })();
  return {
    until: async (rows: number): Promise<void> => {
      pause = Math.min(pause, 100);
      const deadline = Date.now() + PATIENCE_MS;
      while ((looks.at(-1)?.[1] ?? 0) < rows && Date.now() < deadline) await sleep(20);
      ended.abort();
    },
    end: async (): Promise<Looks> => {
      await work;
      return looks;
    },
  };
}

/** Segments are loaded in order, so a record is there once as many rows are stored as were acked up to it. */
function queryableP99(acks: Sent['acks'], stored: Looks): number {
  const waits: { ms: number; records: number }[] = [];
  let look = 0;
  let before = 0;
  for (const [at, acked] of acks) {
    while (look < stored.length && stored[look]![1] < acked) look++;
    const ms = look < stored.length ? Math.max(0, stored[look]![0] - at) : Infinity;
    waits.push({ ms, records: acked - before });
    before = acked;
  }
  const spread = waits.flatMap(({ ms, records }) => Array.from({ length: Math.ceil(records / 100) }, () => ms));
  return percentile(
    spread.sort((one, other) => one - other),
    0.99,
  );
}
