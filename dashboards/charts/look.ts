import type { Check } from '../../daemon/api/contract.ts';

/** One check at one time it was looked at. */
export interface Look {
  /** Unix milliseconds. */
  readonly at: number;
  readonly check: Check;
}
