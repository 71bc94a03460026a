import type { Bench } from './bench.ts';

/** Every benchmark, one line each. */
export const benches: readonly Bench[] = [];
