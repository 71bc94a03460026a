import { setTimeout as sleep } from 'node:timers/promises';
import { runDaemon } from './daemon-run.ts';
import type { PartOptions, PartReport } from './ingest.ts';
import { findRate, SPANS } from './measure-traces.ts';
import { memoryBytes } from './process-cost.ts';
import { figure, table } from './table.ts';
import { FIRST_RECORD, withDaemon } from './with-daemon.ts';

const SPOOL_BYTES = 512 * 2 ** 20;
const EVERY_MS = 5000;

/** Twice the highest rate: memory stays where it is, the answer is a refusal with a hint, and what was acked is stored. */
export async function measureOverload(options: PartOptions): Promise<PartReport> {
  const { progress, found, seconds } = options;
  found.spansPerSecond ??= options.rate ?? (await findRate(progress));
  const rate = found.spansPerSecond * 2;
  const memory: number[] = [];
  const plan = { ...SPANS, recordsPerSecond: rate, seconds, first: FIRST_RECORD };
  const before = { spans: 0 };
  const { result, store } = await withDaemon(
    { ...SPANS, recordsPerSecond: rate / 4 },
    { ingest: { spool_bytes: SPOOL_BYTES } },
    async (daemon) => {
      before.spans = Math.round((rate / 4) * 4);
      const ended = new AbortController();
      const watching = (async () => {
        for (; !ended.signal.aborted; await sleep(EVERY_MS)) memory.push(memoryBytes(daemon.process.pid!).now);
      })();
      const run = await runDaemon(daemon, plan);
      ended.abort();
      await watching;
      return run;
    },
  );
  const stored = (store['otel_traces']?.rows ?? NaN) - before.spans;
  const half = memory.slice(Math.floor(memory.length / 2));
  const growth = Math.max(...half) / Math.max(...memory.slice(0, Math.ceil(memory.length / 2)));
  const rows = [
    [
      'requests by status',
      Object.entries(result.sent.statuses)
        .map(([status, count]) => `${status}: ${count}`)
        .join(', '),
    ],
    ['spans acked', figure(result.sent.acked)],
    ['spans stored', figure(stored)],
    ['most resident memory, MiB', figure(Math.max(...memory) / 2 ** 20)],
    ['most in the second half against the first', figure(growth)],
  ];
  return {
    text: table(`Overload: ${figure(rate)} spans/s offered for ${seconds} s`, ['', ''], rows),
    figures: { rate, acked: result.sent.acked, stored, statuses: result.sent.statuses, memory },
    bars: [
      { name: 'spans stored against spans acked', value: stored / result.sent.acked, bound: 1, sense: 'at least' },
    ],
  };
}
