/** What can go wrong in the payments service, each on its own switch. */
export interface Breakage {
  /** This region sends `amount` in cents: a hundred times too much. */
  readonly centsIn: 'EU' | null;
  /** Share of requests whose ledger write takes ten times as long. */
  readonly slowLedger: number;
  /** Share of fraud that tests stolen cards with small payments, a pattern that the first model never saw. */
  readonly cardTesting: number;
}

export const HEALTHY: Breakage = { centsIn: null, slowLedger: 0, cardTesting: 0 };

/** A bad day: a client release, a full disk and a new gang at once. */
export const BROKEN: Breakage = { centsIn: 'EU', slowLedger: 0.12, cardTesting: 0.7 };
