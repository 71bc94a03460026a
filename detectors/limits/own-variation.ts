import { quantile } from 'simple-statistics';
import { studentQuantile, studentSurvival } from '../maths/special.ts';

/**
 * What a statistic was in the reference's own chunks: stretches as long as a window, one after the other. It is null for a
 * chunk with too little data.
 */
export interface OwnVariation {
  /** Start of the first chunk, Unix milliseconds. */
  readonly from: number;
  readonly chunkMs: number;
  readonly statistics: readonly (number | null)[];
  /** Records that the chunks hold in the middle (median). */
  readonly usualCount: number;
}

/** Fewer chunks tell nothing of their variation. */
export const LEAST_CHUNKS = 8;

const DAY = 86_400_000;
/** What the time of a chunk may have to do with its statistic: nothing, its time of day, or its time of the week. */
const SEASONS = [1, DAY, 7 * DAY] as const;

/**
 * Chunks of less than a week have seen no weekend, or no workday: how far they go is doubled. Of made-up months with days,
 * weeks and wobble (docs/detectors.md) a reference of a day brought 0 to 26 false pages where 0.4 were allowed, 0 to 1 with half
 * as much again, and none with twice as much.
 */
export const UNSEEN_WEEK = 2;

/**
 * The logarithm of a statistic that is the root of many squared deviations (PSI, KS, Wasserstein) scatters by 0.25 and
 * more between samples; chunks that lie closer together do so by chance, or because they are all below what matters.
 */
const LEAST_SCATTER = 0.1;
/** That of a level, such as a mean error, may be as little as sampling noise, which is looked at besides. */
const LEAST_SCATTER_OF_LEVEL = 0.01;

/** Share of the chunks above zero that count as alike: the lowest, unless the floor is nearer. */
const QUIETEST = 1 / 3;

/** What the next chunk is expected to be, on the scale of logarithms. */
export interface Expected {
  readonly mean: number;
  /** Of the next chunk, with the error of the mean. */
  readonly scatter: number;
  readonly degrees: number;
  readonly season: 'none' | 'day' | 'week';
  /** Values below are as good as this one. */
  readonly least: number;
  /** How many times farther the next chunk may go than those that were seen tell. */
  readonly allowance: number;
}

interface Point {
  readonly slot: number;
  readonly y: number;
}

/**
 * What the reference leads to expect of a window: the logarithms of the statistic are taken for normal around a mean that
 * may depend on the hour of the day or of the week, whichever predicts chunks left out best. A chunk is part of what it is
 * compared with, which makes its statistic smaller by (n - 1) / (n + 1) at most; that is made good. The lowest third of the
 * chunks count as large as the largest of them (winsorised), or as a quarter of the floor where that is less. Chunks of less
 * than a week are allowed twice as much.
 * @param at start of the window
 * @param floor the least statistic that matters; infinite for a level, of which none is too small to matter
 * @returns undefined with fewer than 8 chunks
 */
export function expectNext(own: OwnVariation, at: number, floor: number): Expected | undefined {
  const known = own.statistics.flatMap((statistic, chunk) =>
    statistic === null || !Number.isFinite(statistic) ? [] : [{ statistic, start: own.from + chunk * own.chunkMs }],
  );
  const count = known.length;
  if (count < LEAST_CHUNKS) return undefined;
  const least = leastOf(
    known.map(({ statistic }) => statistic),
    floor,
  );
  const leastScatter = floor === Infinity ? LEAST_SCATTER_OF_LEVEL : LEAST_SCATTER;
  const correction = Math.log((count + 1) / (count - 1));
  const allowance = own.statistics.length * own.chunkMs < 7 * DAY ? UNSEEN_WEEK : 1;
  const fits = SEASONS.filter((period) => period === 1 || period > own.chunkMs).flatMap((period, season) => {
    const slotOf = (start: number): number => (period === 1 ? 0 : mod(start, period));
    const points = known.map(({ statistic, start }) => ({
      slot: slotOf(start),
      y: Math.log(Math.max(statistic, least)) + correction,
    }));
    const fitted = fit(points, slotOf(at), SEASON_NAMES[season]!, least, leastScatter);
    return fitted === undefined ? [] : { ...fitted, allowance };
  });
  return fits.toSorted((one, other) => one.error - other.error)[0];
}

const SEASON_NAMES = ['none', 'day', 'week'] as const;

/**
 * The value at and below which chunks count as alike. Zeros and near zeros would make the scatter of logarithms boundless;
 * but a chunk far below the floor still tells how far others may rise, so that most of them must stay apart.
 */
function leastOf(statistics: readonly number[], floor: number): number {
  const positive = statistics.filter((statistic) => statistic > 0);
  const quiet = positive.length === 0 ? Infinity : quantile(positive, QUIETEST);
  return Math.max(Math.min(floor / 4, quiet), Number.MIN_VALUE);
}

/** Undefined when the slot of the window, or another, holds a single chunk: what it scatters by cannot be told. */
function fit(
  points: readonly Point[],
  slot: number,
  season: Expected['season'],
  least: number,
  leastScatter: number,
): (Omit<Expected, 'allowance'> & { readonly error: number }) | undefined {
  const slots = new Map<number, { sum: number; count: number }>();
  for (const point of points) {
    const known = slots.get(point.slot) ?? { sum: 0, count: 0 };
    slots.set(point.slot, { sum: known.sum + point.y, count: known.count + 1 });
  }
  const own = slots.get(slot);
  const degrees = points.length - slots.size;
  if (own === undefined || degrees < LEAST_CHUNKS - 1 || [...slots.values()].some(({ count }) => count < 2))
    return undefined;
  let squares = 0;
  let leftOut = 0;
  for (const point of points) {
    const { sum, count } = slots.get(point.slot)!;
    const residual = point.y - sum / count;
    squares += residual ** 2;
    leftOut += (residual / (1 - 1 / count)) ** 2;
  }
  const scatter = Math.max(leastScatter, Math.sqrt(squares / degrees)) * Math.sqrt(1 + 1 / own.count);
  return { mean: own.sum / own.count, scatter, degrees, season, least, error: leftOut };
}

/** The statistic that the next chunk passes with this chance. */
export function limitFrom({ mean, scatter, degrees, allowance }: Expected, chance: number): number {
  return allowance * Math.exp(mean + studentQuantile(chance, degrees) * scatter);
}

/** The chance that the next chunk shows a statistic this large. */
export function chanceFrom({ mean, scatter, degrees, least, allowance }: Expected, statistic: number): number {
  return studentSurvival((Math.log(Math.max(statistic / allowance, least)) - mean) / scatter, degrees);
}

function mod(value: number, period: number): number {
  return ((value % period) + period) % period;
}
