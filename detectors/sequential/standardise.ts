import type { Series, SeriesPoint } from '../terms.ts';

const HOUR = 3_600_000;
/** Seasons that are taken out where the reference holds each at least twice: the hours of a week, of a day, or none. */
const SEASONS: readonly number[] = [168 * HOUR, 24 * HOUR];

/** A median absolute deviation is this share of a normal distribution's standard deviation. */
const MAD_OF_NORMAL = 0.6745;

/**
 * How much wider the reference's scatter is taken, over the root of its points: its mean and its scatter are known only so well,
 * and a chart takes what they are off by for a shift. Charts held to a false alarm in 100,000 points of noise kept to it with
 * this from 48 points of a reference on; without it they fired two to four times as often at one in 10,000.
 */
const UNSURE = 4;

/**
 * The values of a series less what the reference has at the same hour of the week (of the day, or altogether, as far as
 * the reference reaches), in standard deviations of what the reference then still varies by. A share varies by no less
 * than so many records let it. Undefined where the reference does not vary.
 */
export function standardise(reference: Series, window: Series): number[] | undefined {
  const season = seasonOf(reference);
  const usual = usualBySeason(reference.points, season, reference.stepMs);
  const overall = median(reference.points.map(({ value }) => value));
  const usualAt = (at: number): number => usual.get(phaseOf(at, season, reference.stepMs)) ?? overall;
  const left = reference.points.map(({ at, value }) => Math.abs(value - usualAt(at)));
  // Outliers of the reference may widen it, but not so far that they hide a change.
  const within = Math.max(median(left) / MAD_OF_NORMAL, rootMeanSquare(left) / 2);
  const floor =
    within *
    unseenFactor(reference.points.length / Math.max(1, usual.size)) *
    (1 + UNSURE / Math.sqrt(reference.points.length));
  const scaleOf = ({ at, count }: SeriesPoint): number =>
    reference.unit === 'share' ? Math.hypot(floor, sampling(usualAt(at), count)) : floor;
  if (reference.unit !== 'share' && floor === 0) return undefined;
  return window.points.map((point) => (point.value - usualAt(point.at)) / scaleOf(point));
}

/**
 * How much more than the reference itself a new value scatters about a usual value that is the median of so few: the
 * reference is nearer to its own medians by as much as anything new is farther away.
 */
function unseenFactor(valuesAPhase: number): number {
  const variance = Math.min(0.9, (valuesAPhase <= 2 ? 1 : Math.PI / 2) / valuesAPhase);
  return Math.sqrt((1 + variance) / (1 - variance));
}

function seasonOf({ points }: Series): number {
  const length = (points.at(-1)?.at ?? 0) - (points[0]?.at ?? 0);
  return SEASONS.find((season) => length >= 2 * season - HOUR) ?? 0;
}

function phaseOf(at: number, season: number, stepMs: number): number {
  return season === 0 ? 0 : Math.floor((at % season) / stepMs);
}

function usualBySeason(points: readonly SeriesPoint[], season: number, stepMs: number): ReadonlyMap<number, number> {
  const byPhase = new Map<number, number[]>();
  for (const { at, value } of points) {
    const phase = phaseOf(at, season, stepMs);
    byPhase.set(phase, [...(byPhase.get(phase) ?? []), value]);
  }
  return new Map([...byPhase].map(([phase, values]) => [phase, median(values)]));
}

/** Standard deviation of a share of so many records; one with none of them seen is not held to be impossible. */
function sampling(share: number, count: number): number {
  const likely = (share * count + 1) / (count + 2);
  return Math.sqrt((likely * (1 - likely)) / Math.max(1, count));
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  const middle = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(middle)] ?? 0) + (sorted[Math.ceil(middle)] ?? 0)) / 2;
}

function rootMeanSquare(values: readonly number[]): number {
  let squares = 0;
  for (const value of values) squares += value * value;
  return Math.sqrt(squares / Math.max(1, values.length));
}
