import { defineDetector } from '../define-detector.ts';
import { highestShare, wilsonInterval } from '../maths/binomial.ts';
import { sayCount, sayNumber, sayShare } from '../say.ts';
import { atLeast, chance } from '../settings.ts';
import type { BudgetSeries } from '../terms.ts';

const MINUTE = 60_000;

/**
 * Multi-window, multi-burn-rate alerting on an objective over 30 days (Site Reliability Workbook, chapter 5): a burn rate
 * of 14.4 held for an hour spends 2 % of the budget, 6 for six hours 5 %, 3 for a day 10 %, 1 for three days 10 %. The
 * short window says that it is still going on.
 */
const PAIRS = [
  { factor: 14.4, long: 60, short: 5, says: '1 h and 5 min' },
  { factor: 6, long: 360, short: 30, says: '6 h and 30 min' },
  { factor: 3, long: 1440, short: 120, says: '1 d and 2 h' },
  { factor: 1, long: 4320, short: 360, says: '3 d and 6 h' },
] as const;

/** What is looked at changes once a minute. */
const LOOKS_A_WEEK = 7 * 24 * 60;

/**
 * Expected false pages a week, at most, of one budget whose objective just holds: the rule is fixed, and each of its pairs of
 * windows is passed by sampling noise with the chance that is set.
 */
export function falsePagesAWeek({ chance: rarely }: { readonly chance: number }): number {
  return PAIRS.length * LOOKS_A_WEEK * rarely;
}

/** A budget that burns as fast as this wants somebody now; slower, in working hours. */
const PAGE_FROM = 6;

/** What one pair of windows says: `burn` is that of the calmer of the two. */
interface PairBurn {
  readonly pair: (typeof PAIRS)[number];
  readonly burn: number;
  readonly limit: number;
  /** 95 %, of the calmer of the two. */
  readonly interval: readonly [number, number];
  readonly bad: number;
  readonly total: number;
  /** The long window was seen from its beginning, so that a pass is one. */
  readonly whole: boolean;
}

/**
 * How fast a budget is spent: the share of bad events over what the objective allows. Of an operation, slow or failed requests;
 * of a model, what its declared budgets count.
 */
export const burnRate = defineDetector({
  name: 'burn_rate',
  title:
    'How many times faster than its objective allows an operation is slow or fails, or a budget of the model is spent',
  kind: 'latency',
  subject: 'operation',
  needs: 'budget',
  values: 'numbers',
  comparesWithReference: false,
  fails: 'above',
  failsWhen:
    'the budget burns faster than 14.4x over 1 h and 5 min, 6x over 6 h and 30 min, 3x over 1 d and 2 h, or 1x over 3 d and 6 h (both windows), and faster than sampling noise reaches with `chance` when the objective just holds',
  headline: { happened: 'spends its budget too fast' },
  statistic: 'the burn rate',
  say: (rate) => `${sayNumber(rate)}x`,
  settings: {
    objective: {
      default: 0.99,
      unit: 'share',
      meaning: 'share of requests that must be fast and without error, over 30 days',
      range: [0.01, 0.999999],
    },
    minimum_count: atLeast(100, 'requests'),
    chance,
  },
  requires: (series, { minimum_count: need }) => [
    { what: series.events ?? 'requests', have: within(series, 4320).total, need },
  ],
  measure(series, settings) {
    const objective = series.objective ?? settings.objective;
    const burns = PAIRS.flatMap((pair) => burnOf(pair, series, { ...settings, objective }) ?? []);
    const worst = burns.toSorted((one, other) => other.burn / other.limit - one.burn / one.limit)[0];
    const { events = 'requests', bad: did = 'broke the objective' } = series;
    if (worst === undefined) return { insufficient: sayLack(series, settings.minimum_count) };
    if (worst.burn <= worst.limit && !burns.some(({ whole }) => whole))
      return { insufficient: sayUnwatched(series, burns[0]!.pair) };
    const { pair, bad, total } = worst;
    return {
      statistic: worst.burn,
      limit: worst.limit,
      interval: worst.interval,
      seen: `over ${pair.says}, ${sayCount(bad)} of ${sayCount(total)} ${events} (${sayShare(bad / total)}) ${did}`,
      details: Object.fromEntries([
        ['windows', pair.says],
        ['looks_back_minutes', pair.long],
        ...severityOf(burns),
        ['objective', objective],
        ...burns.map((each) => [each.pair.says, each.burn]),
      ]),
    };
  },
});

/** Nothing while every pair holds. */
function severityOf(burns: readonly PairBurn[]): [string, string][] {
  const broken = burns.filter(({ burn, limit }) => burn > limit);
  if (broken.length === 0) return [];
  return [['severity', broken.some(({ pair }) => pair.factor >= PAGE_FROM) ? 'page' : 'ticket']];
}

/**
 * A long window that began before anything was seen counts what is missing as good: it may fail, but it cannot pass.
 * Undefined when either window holds too few requests.
 */
function burnOf(
  pair: (typeof PAIRS)[number],
  series: BudgetSeries,
  { objective, minimum_count, chance: rarely }: { objective: number; minimum_count: number; chance: number },
): PairBurn | undefined {
  const budget = 1 - objective;
  const long = within(series, pair.long);
  const short = within(series, pair.short);
  if (long.total < minimum_count || short.total === 0) return undefined;
  const seen = Math.min(1, seenMs(series) / (pair.long * MINUTE));
  const burn = Math.min((long.bad / long.total) * seen, short.bad / short.total) / budget;
  const limit = Math.max(pair.factor, highestShare(budget, long.total, rarely) / budget);
  const [wide, narrow] = [wilsonInterval(long.bad, long.total), wilsonInterval(short.bad, short.total)];
  const interval = [0, 1].map((end) => Math.min(wide[end]! * seen, narrow[end]!) / budget) as [number, number];
  return { pair, burn, limit, interval, bad: long.bad, total: long.total, whole: seen >= 1 };
}

function seenMs({ asOf, points }: BudgetSeries): number {
  return asOf - (points[0]?.from ?? asOf);
}

/** How much longer the shortest window with enough events must be watched. */
function sayUnwatched(series: BudgetSeries, { long, says }: PairBurn['pair']): string {
  const shortest =
    long === 60 ? 'an hour, the shortest window' : `${says.split(' and ')[0]}, the shortest window that holds enough`;
  const minutes = sayCount(Math.ceil(long - seenMs(series) / MINUTE));
  return `${series.events ?? 'requests'} have been counted for less than ${shortest}: ${minutes} more minutes are needed`;
}

/** What the pair needs that is nearest to being enough. */
function sayLack(series: BudgetSeries, need: number): string {
  const { events = 'requests' } = series;
  const lacks = PAIRS.map((pair) => {
    const long = within(series, pair.long).total;
    const where = long < need ? pair.says.split(' and ')[0] : pair.says.split(' and ')[1];
    return { where, more: Math.max(1, need - long) };
  });
  const { where, more } = lacks.reduce((one, other) => (other.more < one.more ? other : one));
  const are = more === 1 ? 'is' : 'are';
  return `too few ${events} in any pair of windows to tell a burn rate: ${sayCount(more)} more ${are} needed in the last ${where}`;
}

/** Sum of the points whose middle lies in the last `minutes`. */
function within({ asOf, points }: BudgetSeries, minutes: number): { readonly total: number; readonly bad: number } {
  let [total, bad] = [0, 0];
  for (const point of points) {
    const middle = (point.from + point.to) / 2;
    if (middle < asOf - minutes * MINUTE || middle >= asOf) continue;
    total += point.total;
    bad += point.bad;
  }
  return { total, bad };
}
