/**
 * What is kept apart up to a limit; beyond it records are counted together as `other` in the rollups, and rows keep what was
 * sent. The sources of labels are no part of a rollup: there the row itself has `other`. A list, so that the alert and the
 * metrics know every kind.
 */
export const OVERFLOWS = ['services', 'operations', 'models', 'features', 'slices', 'categories', 'sources'] as const;

export type OverflowKind = (typeof OVERFLOWS)[number];

/** Since the start, what went beyond one limit of one model or service. */
export interface Overflow {
  readonly kind: OverflowKind;
  /** The model, or the service of `operations`; empty for `models`, `services` and `sources`, which have one limit for all. */
  readonly owner: string;
  readonly times: number;
  /** Unix milliseconds at which the last one was received. */
  readonly lastAt: number;
}

/** Owners told apart; further ones are counted under an empty name. */
const MOST_OWNERS = 10_000;

/** Counts what went beyond the limits. */
export class Overflows {
  readonly #counts = new Map<string, { kind: OverflowKind; owner: string; times: number; lastAt: number }>();

  count(kind: OverflowKind, owner: string, at: number): void {
    const key = `${kind}\n${owner}`;
    const known = this.#counts.get(key);
    if (known !== undefined) {
      known.times++;
      known.lastAt = at;
    } else if (owner !== '' && this.#counts.size >= MOST_OWNERS) this.count(kind, '', at);
    else this.#counts.set(key, { kind, owner, times: 1, lastAt: at });
  }

  list(): readonly Overflow[] {
    return [...this.#counts.values()].map((one) => ({ ...one }));
  }
}
