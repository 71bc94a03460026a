import type { Times } from '../metrics/time-histogram.ts';
import { REASONS } from './records/admission.ts';
import type { DoorReading } from './doors/door-counts.ts';
import type { Overflow } from './rollups/overflows.ts';
import type { Tally } from './tally.ts';

/** A count with the two names that it goes by. */
export type Pair = readonly [first: string, second: string, count: number];

/** What the intake tells of itself, since the start; plain data, so that it can travel between threads. */
export interface Counters {
  readonly spans: number;
  readonly predictions: number;
  readonly labels: number;
  /** Records refused, by reason; see `admission.ts`. */
  readonly rejected: Readonly<Record<string, number>>;
  /** Changes that stored records went through, by kind. */
  readonly mended: Readonly<Record<string, number>>;
  /** Records acked again and not stored again. */
  readonly duplicates: number;
  /** Records accepted, by kind and door. */
  readonly accepted: readonly Pair[];
  /** Bodies by door and outcome: `taken`, `repeated`, or the code of an error. */
  readonly bodies: readonly Pair[];
  /** Bytes of bodies by door, after decompression. */
  readonly bytes: Readonly<Record<string, number>>;
  /** Bytes in memory that wait for the disk. */
  readonly waitingBytes: number;
  readonly spoolBytes: number;
  /** Segments not in the store yet, with the one being filled. */
  readonly segments: number;
  /** Segments that the store refused too often, and the rows of each table that it lacks because of it. */
  readonly setAside: { readonly segments: number; readonly rows: Readonly<Record<string, number>> };
  /** Age of the oldest acked record that is not in the store yet, besides those set aside. */
  readonly lagSeconds: number;
  /** Rows that the store confirmed, by table. */
  readonly stored: Readonly<Record<string, number>>;
  readonly sealFailures: number;
  readonly loadFailures: number;
  readonly times: Readonly<Record<keyof Tally['times'], Times>>;
  /** How many bodies and prediction_ids are remembered now. */
  readonly remembered: { readonly bodies: number; readonly ids: number };
  /** How many names are told apart now. */
  readonly known: { readonly versions: number; readonly operations: number; readonly sources: number };
  readonly overflows: readonly Overflow[];
}

/** What people should be told of. */
export type Troubles = Pick<Counters, 'overflows' | 'setAside'>;

/** What the thread of the intake adds: its doors, and how busy it is. */
export interface ThreadCounters extends Counters {
  readonly doors: Readonly<Record<'otlp_http' | 'otlp_grpc', DoorReading>>;
  /** Time that the thread spent working, since the start. */
  readonly busySeconds: number;
  /** How late the thread came to what was due, since it was asked last. */
  readonly delaySeconds: { readonly p50: number; readonly p99: number; readonly max: number };
  readonly heapBytes: number;
}

/** The part of the counters that the tally holds. */
export function readTally(
  tally: Tally,
): Omit<Counters, 'waitingBytes' | 'spoolBytes' | 'segments' | 'setAside' | 'lagSeconds' | 'remembered' | 'known'> {
  const reasons = [...tally.rejected];
  const { spans, predictions, labels, duplicates, sealFailures, loadFailures, times } = tally;
  return {
    spans,
    predictions,
    labels,
    duplicates,
    sealFailures,
    loadFailures,
    rejected: Object.fromEntries(reasons.filter(([what]) => what in REASONS)),
    mended: Object.fromEntries(reasons.filter(([what]) => !(what in REASONS))),
    accepted: pairs(tally.accepted),
    bodies: pairs(tally.bodies),
    bytes: Object.fromEntries(tally.bytes),
    stored: Object.fromEntries(tally.stored),
    times: {
      ack: times.ack.read(),
      commit: times.commit.read(),
      decode: times.decode.read(),
      seal: times.seal.read(),
      load: times.load.read(),
    },
    overflows: tally.overflows.list(),
  };
}

function pairs(counts: ReadonlyMap<string, number>): Pair[] {
  return [...counts].map(([key, count]) => {
    const cut = key.indexOf(' ');
    return [key.slice(0, cut), key.slice(cut + 1), count];
  });
}
