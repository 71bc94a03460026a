import type { Mended, Reason } from './admission.ts';
import { Overflows } from './overflows.ts';

/** What the counters of the intake are made of; it lives as long as the process. */
export class Tally {
  spans = 0;
  predictions = 0;
  labels = 0;
  duplicates = 0;
  readonly overflows = new Overflows();
  readonly rejected = new Map<Reason | Mended, number>();

  count(reason: Reason | Mended, times = 1): void {
    this.rejected.set(reason, (this.rejected.get(reason) ?? 0) + times);
  }
}
