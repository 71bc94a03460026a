import { setTimeout } from 'node:timers/promises';

/** Median and extremes of a few trials. */
export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((one, other) => one - other);
  return {
    median: sorted[Math.floor(sorted.length / 2)] ?? NaN,
    least: sorted[0] ?? NaN,
    most: sorted.at(-1) ?? NaN,
  };
}

/** What a piece of work took: wall-clock milliseconds, and CPU milliseconds of the whole process, the engine's threads included. */
export interface Cost {
  readonly wallMs: number;
  readonly cpuMs: number;
}

export async function costOf(work: () => Promise<unknown>): Promise<Cost> {
  const [cpu, wall] = [process.cpuUsage(), performance.now()];
  await work();
  const { user, system } = process.cpuUsage(cpu);
  return { wallMs: performance.now() - wall, cpuMs: (user + system) / 1000 };
}

/** Several works in turn, several times, so that what the machine does meanwhile falls on all of them. */
export async function inTurns<Name extends string>(
  rounds: number,
  works: Readonly<Record<Name, () => Promise<unknown>>>,
): Promise<Readonly<Record<Name, readonly Cost[]>>> {
  const names = Object.keys(works) as Name[];
  const costs = Object.fromEntries(names.map((name) => [name, [] as Cost[]])) as Record<Name, Cost[]>;
  for (let round = 0; round < rounds; round++)
    for (const name of names) {
      // What one leaves behind is not collected at the expense of the next.
      globalThis.gc?.();
      costs[name].push(await costOf(works[name]));
    }
  return costs;
}

const CALM_MS = 500;
const CALM_SHARE = 0.05;
const PATIENCE_MS = 60_000;

/** Waits until the process has nothing left to do, such as merges of what was stored before: it is not to be counted. */
export async function untilCalm(): Promise<void> {
  const until = performance.now() + PATIENCE_MS;
  for (;;) {
    const { cpuMs } = await costOf(() => setTimeout(CALM_MS));
    if (cpuMs < CALM_SHARE * CALM_MS || performance.now() > until) return;
  }
}
