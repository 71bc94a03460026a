import { addBins } from '../../../daemon/store/add-histograms.ts';
import type { Summaries } from '../../../daemon/watch/judge.ts';
import { Bins } from '../../../detectors/maths/bins.ts';
import type { BudgetSeries, Durations } from '../../../detectors/terms.ts';
import { durationsOf, normal, randomFrom } from '../../detectors/samples.ts';
import { HOUR, START, type Scene } from './try-detectors.ts';

/** Requests that are so many times slower: all, or a share of them; and a share that fails, for so many hours. */
export interface Slower {
  readonly all?: number;
  readonly tail?: number;
  readonly by?: number;
  readonly failing?: number;
  readonly hours?: number;
}

const OPERATIONS = 10;
const REQUESTS = 2000;
const TWO_WEEKS = 336;
const MINUTE = 60_000;
/** What a burn rate looks back over. */
const LOOKS_BACK_HOURS = 72;
const NONE: Summaries = { features: [], scores: [], operations: [], budgets: [], outcomes: [] };

/** One operation of a service: how slow it is at noon, at the weekend, and what every hour does besides. */
interface Operation {
  readonly name: string;
  readonly daily: number;
  readonly weekly: number;
  readonly wobble: number;
  readonly sigma: number;
  readonly failing: number;
}

function operationsOf(seed: number): Operation[] {
  const random = randomFrom(seed);
  return Array.from({ length: OPERATIONS }, (_, at) => ({
    name: `shop/operation ${at}`,
    daily: 0.4 * random(),
    weekly: 0.3 * random(),
    wobble: 0.06 * random(),
    sigma: 0.4 + 0.6 * random(),
    failing: 0.001 + 0.003 * random(),
  }));
}

function busyness(hour: number): number {
  return 1 - 0.35 * (1 + Math.cos((2 * Math.PI * hour) / 24));
}

/** Log-normal durations, slower when there is more to do and faster at the weekend. */
function drawDurations(
  of: Operation,
  hour: number,
  random: () => number,
  { all = 1, tail = 0, by = 1 }: Slower,
): Durations {
  const weekend = hour % 168 >= 120 ? 1 : 0;
  const centre = Math.log(40) + of.daily * busyness(hour) - of.weekly * weekend + of.wobble * normal(random);
  return durationsOf(
    Array.from({ length: Math.round(REQUESTS * busyness(hour)) }, () => {
      const slow = random() < tail ? by : all;
      return slow * Math.exp(centre + of.sigma * normal(random));
    }),
  );
}

function together(hours: readonly Durations[]): Durations {
  const count = hours.reduce((sum, one) => sum + one.count, 0);
  return { count, errors: 0, bins: hours.reduce((sum, { bins }) => addBins(sum, bins), Bins.none) };
}

/** Operations judged by the hour against two weeks; one of them becomes slow. */
export const latencyScene: Scene<Slower> = {
  windowMs: HOUR,
  reference: TWO_WEEKS,
  month: 720,
  patience: 24,
  detectors: ['latency_shift'],
  wrongs: [
    { name: 'all x1.5', injection: { all: 1.5 } },
    { name: 'all x2', injection: { all: 2 } },
    { name: '2 % x10', injection: { tail: 0.02, by: 10 } },
    { name: '5 % x10', injection: { tail: 0.05, by: 10 } },
    { name: '10 % x3', injection: { tail: 0.1, by: 3 } },
  ],
  open(seed) {
    const operations = operationsOf(seed);
    const random = randomFrom(seed + 1);
    const chunks = new Map(
      operations.map((one) => [
        one.name,
        Array.from({ length: TWO_WEEKS }, (_, hour) => drawDurations(one, hour, random, {})),
      ]),
    );
    const of = (draw: (one: Operation, at: number) => Durations): Summaries => ({
      ...NONE,
      operations: operations.map((one, at) => ({
        version: 'all',
        slice: 'all',
        subject: one.name,
        summary: draw(one, at),
      })),
    });
    const reference = of((one) => together(chunks.get(one.name) ?? []));
    return {
      against: () => reference,
      draw: (hour, next, wrong) =>
        of((one, at) => drawDurations(one, hour, next, at === 0 ? (wrong?.injection ?? {}) : {})),
      chunksOf: ({ judged }) => chunks.get(judged.subject),
    };
  },
};

/** Requests of every minute, of which some fail; in an hour of trouble many. A minute's chance of failure has a life of its own. */
function drawBudget(
  of: Operation,
  hour: number,
  seed: number,
  { failing = 0, hours = 1 }: Slower,
  since: number,
): BudgetSeries {
  const points = [];
  for (let at = (hour - LOOKS_BACK_HOURS) * 60; at < hour * 60; at++) {
    const random = randomFrom(seed * 31 + at);
    const here = Math.floor(at / 60);
    const total = Math.round((REQUESTS / 60) * busyness(here));
    const isWrong = here >= since && here < since + hours;
    const share = of.failing * Math.exp(0.5 * normal(random)) + (isWrong ? failing : 0);
    let bad = 0;
    for (let request = 0; request < total; request++) if (random() < share) bad++;
    points.push({ from: START + at * MINUTE, to: START + (at + 1) * MINUTE, total, bad });
  }
  return { asOf: START + hour * HOUR, points };
}

/** The same operations under an objective of 99 %, looked at every hour; one of them fails for an hour, or keeps failing. */
export const burnScene: Scene<Slower> = {
  windowMs: HOUR,
  reference: LOOKS_BACK_HOURS,
  month: 720,
  patience: 72,
  detectors: ['burn_rate'],
  wrongs: [
    { name: 'an hour of 10 % errors', injection: { failing: 0.1 } },
    { name: 'an hour of 20 %', injection: { failing: 0.2 } },
    { name: 'an hour of 50 %', injection: { failing: 0.5 } },
    { name: '2 % from then on', injection: { failing: 0.02, hours: 1000 } },
    { name: '5 % from then on', injection: { failing: 0.05, hours: 1000 } },
  ],
  open(seed) {
    const operations = operationsOf(seed);
    return {
      against: () => NONE,
      // A window is the hour that has just ended.
      draw: (hour, _, wrong) => ({
        ...NONE,
        budgets: operations.slice(0, wrong === undefined ? 4 : 1).map((one, at) => ({
          version: 'all',
          slice: 'all',
          subject: one.name,
          summary: drawBudget(one, hour + 1, seed * 1000 + at, wrong?.injection ?? {}, wrong?.since ?? Infinity),
        })),
      }),
    };
  },
};
