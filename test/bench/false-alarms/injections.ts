import type { Injection } from './world.ts';
import { middle, type WatchedWorld } from './watched-world.ts';

/** What is made to go wrong, at a stated size; a ramp grows by its size with every window. */
export interface Case {
  readonly name: string;
  readonly kind: 'number' | 'category';
  readonly slice?: string;
  injection(windows: number): Injection;
}

export const CASES: readonly Case[] = [
  { name: 'mean +0.5 sd', kind: 'number', injection: () => ({ shift: 0.5 }) },
  { name: 'mean +1 sd', kind: 'number', injection: () => ({ shift: 1 }) },
  { name: 'standard deviation x2', kind: 'number', injection: () => ({ spread: 2 }) },
  { name: 'tail: 5 % of the values x10', kind: 'number', injection: () => ({ tail: 0.05 }) },
  {
    name: 'mean +1 sd in one slice, a quarter of the traffic',
    kind: 'number',
    slice: 'region=NZ',
    injection: () => ({ shift: 1 }),
  },
  { name: 'one category takes 30 % of the others', kind: 'category', injection: () => ({ taken: 0.3 }) },
  { name: 'a new category, 5 %', kind: 'category', injection: () => ({ fresh: 0.05 }) },
  { name: 'missing +10 %', kind: 'number', injection: () => ({ missing: 0.1 }) },
  { name: 'unit x100', kind: 'number', injection: () => ({ unit: 100 }) },
  { name: 'slow ramp: +0.02 sd a window', kind: 'number', injection: (windows) => ({ shift: 0.02 * windows }) },
];

export interface CaseResult {
  readonly name: string;
  readonly found: number;
  readonly trials: number;
  /** Windows from the beginning to the first that fails for it, in the middle. */
  readonly delay: number;
}

/** Injects a case at several hours into several features, and tells how many are found within `patience` windows. */
export function tryCase(
  world: WatchedWorld,
  { name, kind, slice = 'all', injection }: Case,
  options: { readonly trials: number; readonly patience: number; readonly pagesAWeek: number },
): CaseResult {
  const candidates = world.features.flatMap((feature, at) =>
    feature.kind === kind && (slice === 'all' || at < 20) ? [at] : [],
  );
  const delays: number[] = [];
  for (let trial = 0; trial < options.trials; trial++) {
    const feature = candidates[(trial * 7) % candidates.length]!;
    const start = world.firstHour + trial * 53;
    for (let windows = 1; windows <= options.patience; windows++) {
      const wrong = { feature, slice, injection: injection(windows) };
      const judged = world.judgeHour(start + windows, options.pagesAWeek, wrong, trial + 1);
      const subject = world.features[feature]!.name;
      const isFound = judged.some(
        ({ finding }) => finding.state === 'fail' && finding.subject === subject && finding.slice === slice,
      );
      if (isFound) {
        delays.push(windows);
        break;
      }
    }
  }
  return { name, found: delays.length, trials: options.trials, delay: middle(delays) };
}

/** What an alarm every so many windows finds by chance, when it alarms as often as the budget allows. */
export function tryDummy(
  pagesAWeek: number,
  patience: number,
  windowHours = 1,
): { readonly found: number; readonly delay: number } {
  const every = (7 * 24) / windowHours / pagesAWeek;
  return { found: Math.min(1, patience / every), delay: Math.min(patience, every) / 2 };
}
