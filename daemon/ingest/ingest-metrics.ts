import type { Metric, Sample } from '../metrics/metric.ts';
import type { Pair, ThreadCounters } from './counters.ts';
import { OVERFLOWS } from './rollups/overflows.ts';

/** Every metric of the ingest room; `docs/metrics.md` says more of each. */
export const ingestMetrics: readonly Metric<ThreadCounters>[] = [
  counter(
    'serin_ingest_records_accepted_total',
    'Records acked, by kind and door; repeats are not among them.',
    ['kind', 'door'],
    (now) => pairs(now.accepted),
  ),
  counter(
    'serin_ingest_records_rejected_total',
    'Records refused, by reason; those of a body that is sent again once.',
    ['reason'],
    (now) => named(now.rejected),
  ),
  counter(
    'serin_ingest_records_mended_total',
    'Changes that stored records went through, by kind.',
    ['change'],
    (now) => named(now.mended),
  ),
  counter('serin_ingest_records_repeated_total', 'Records acked again and not stored again.', [], (now) =>
    one(now.duplicates),
  ),
  counter(
    'serin_ingest_bodies_total',
    'Bodies answered, by door and outcome: taken, repeated, or the code of an error.',
    ['door', 'outcome'],
    (now) => pairs(now.bodies),
  ),
  counter('serin_ingest_body_bytes_total', 'Bytes of bodies after decompression, by door.', ['door'], (now) =>
    named(now.bytes),
  ),
  counter(
    'serin_ingest_otlp_answers_total',
    'Requests answered on the OTLP ports, by port and by the status that the caller saw.',
    ['port', 'status'],
    (now) =>
      Object.entries(now.doors).flatMap(([port, { answers }]) =>
        Object.entries(answers).map(([status, count]): Sample<number> => [[port, status], count]),
      ),
  ),
  gauge('serin_ingest_otlp_connections', 'Connections open to the OTLP ports.', ['port'], (now) =>
    Object.entries(now.doors).map(([port, { connections }]): Sample<number> => [[port], connections]),
  ),
  histogram(
    'serin_ingest_ack_seconds',
    'Time from a whole body to its answer, for bodies that were taken or repeated.',
    (now) => now.times.ack,
  ),
  histogram(
    'serin_ingest_commit_seconds',
    'Time to write waiting bodies to the spool and sync the disk.',
    (now) => now.times.commit,
  ),
  histogram('serin_ingest_decode_seconds', 'Time to read one body into columns.', (now) => now.times.decode),
  gauge('serin_ingest_waiting_bytes', 'Bytes of bodies in memory that are not answered yet.', [], (now) =>
    one(now.waitingBytes),
  ),
  gauge('serin_ingest_spool_bytes', 'Bytes on disk that are acked and not yet in the store.', [], (now) =>
    one(now.spoolBytes),
  ),
  gauge('serin_ingest_spool_segments', 'Segments of the spool that are not in the store yet.', [], (now) =>
    one(now.segments),
  ),
  gauge(
    'serin_ingest_set_aside_segments',
    'Segments that the store refused too often; they wait for a command.',
    [],
    (now) => one(now.setAside.segments),
  ),
  gauge(
    'serin_ingest_set_aside_rows',
    'Rows that the store lacks because their segment is set aside, by table.',
    ['table'],
    (now) => named(now.setAside.rows),
  ),
  gauge('serin_ingest_lag_seconds', 'Age of the oldest acked record that is not in the store yet.', [], (now) =>
    one(now.lagSeconds),
  ),
  histogram('serin_ingest_seal_seconds', 'Time to write the blocks of one segment.', (now) => now.times.seal),
  counter('serin_ingest_seal_failures_total', 'Times that the blocks of a segment could not be written.', [], (now) =>
    one(now.sealFailures),
  ),
  histogram('serin_ingest_load_seconds', 'Time to load one segment into the store.', (now) => now.times.load),
  counter('serin_ingest_load_failures_total', 'Times that the store did not take a segment.', [], (now) =>
    one(now.loadFailures),
  ),
  counter('serin_ingest_rows_stored_total', 'Rows that the store confirmed, by table.', ['table'], (now) =>
    named(now.stored),
  ),
  counter(
    'serin_ingest_overflow_total',
    'Times that something beyond a limit was counted as "other", by limit.',
    ['limit'],
    (now) => OVERFLOWS.map((kind): Sample<number> => [[kind], overflowsOf(now, kind)]),
  ),
  gauge('serin_ingest_known', 'Names that are told apart now, by kind.', ['kind'], (now) => named(now.known)),
  gauge(
    'serin_ingest_remembered',
    'Bodies and prediction_ids that are remembered, so that a resend is stored once.',
    ['kind'],
    (now) => named(now.remembered),
  ),
  counter('serin_ingest_thread_busy_seconds_total', 'Time that the ingest thread spent working.', [], (now) =>
    one(now.busySeconds),
  ),
  gauge(
    'serin_ingest_thread_delay_seconds',
    'How late the ingest thread came to what was due, since the last look at this metric.',
    ['at'],
    ({ delaySeconds: { p50, p99, max } }) => [
      [['p50'], p50],
      [['p99'], p99],
      [['max'], max],
    ],
  ),
  gauge('serin_ingest_thread_heap_bytes', 'Heap in use by the ingest thread.', [], (now) => one(now.heapBytes)),
];

type Read = (now: ThreadCounters) => readonly Sample<number>[];

function counter(name: string, help: string, labels: readonly string[], read: Read): Metric<ThreadCounters> {
  return { name, help, labels, type: 'counter', read };
}

function gauge(name: string, help: string, labels: readonly string[], read: Read): Metric<ThreadCounters> {
  return { name, help, labels, type: 'gauge', read };
}

function histogram(
  name: string,
  help: string,
  read: (now: ThreadCounters) => ThreadCounters['times']['ack'],
): Metric<ThreadCounters> {
  return { name, help, labels: [], type: 'histogram', read: (now) => [[[], read(now)]] };
}

function one(value: number): readonly Sample<number>[] {
  return [[[], value]];
}

function named(counts: Readonly<Record<string, number>>): readonly Sample<number>[] {
  return Object.entries(counts).map(([name, count]) => [[name], count]);
}

function pairs(counts: readonly Pair[]): readonly Sample<number>[] {
  return counts.map(([first, second, count]) => [[first, second], count]);
}

function overflowsOf(now: ThreadCounters, kind: string): number {
  return now.overflows.filter((overflow) => overflow.kind === kind).reduce((sum, { times }) => sum + times, 0);
}
