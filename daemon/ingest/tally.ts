import { TimeHistogram } from '../metrics/time-histogram.ts';
import type { Mended, Reason } from './records/admission.ts';
import type { Door } from './doors/doors.ts';
import { Overflows } from './rollups/overflows.ts';

const KINDS = ['spans', 'predictions', 'labels'] as const;

/** What the counters of the intake are made of; it lives as long as the process. */
export class Tally {
  spans = 0;
  predictions = 0;
  labels = 0;
  duplicates = 0;
  readonly overflows = new Overflows();
  readonly rejected = new Map<Reason | Mended, number>();
  /** Records accepted, by `<kind> <door>`. */
  readonly accepted = new Map<string, number>();
  /** Bodies, by `<door> <outcome>`: `taken`, `repeated`, or the code of an error. */
  readonly bodies = new Map<string, number>();
  readonly bytes = new Map<Door, number>();
  /** Rows that the store confirmed, by table. */
  readonly stored = new Map<string, number>();
  sealFailures = 0;
  loadFailures = 0;
  readonly times = {
    ack: new TimeHistogram(),
    commit: new TimeHistogram(),
    decode: new TimeHistogram(),
    seal: new TimeHistogram(),
    load: new TimeHistogram(),
  };
  readonly #attributed = { spans: 0, predictions: 0, labels: 0 };

  count(reason: Reason | Mended, times = 1): void {
    add(this.rejected, reason, times);
  }

  /** A body was answered, after decompression. */
  answered(door: Door, outcome: string, size: number): void {
    add(this.bodies, `${door} ${outcome}`, 1);
    add(this.bytes, door, size);
  }

  /** All records accepted since the last call came through this door. */
  cameThrough(door: Door): void {
    for (const kind of KINDS) {
      const fresh = this[kind] - this.#attributed[kind];
      if (fresh === 0) continue;
      this.#attributed[kind] = this[kind];
      add(this.accepted, `${kind} ${door}`, fresh);
    }
  }
}

/** Adds to the number of a key, from 0. */
export function add<Key>(counts: Map<Key, number>, key: Key, times: number): void {
  counts.set(key, (counts.get(key) ?? 0) + times);
}
