import { addHistograms as addTwo } from '../../../daemon/store/add-histograms.ts';
import { Bins } from '../../../detectors/maths/bins.ts';
import type { Bin, Category, Histogram } from '../../../detectors/terms.ts';
import { normal, randomFrom } from '../../detectors/samples.ts';

/** One feature of a made-up model: log-normal amounts or categories, with a day, a week and a life of their own. */
export interface Feature {
  readonly name: string;
  readonly kind: 'number' | 'category';
  /** Standard deviation of the logarithm of the values. */
  readonly sigma: number;
  /** How far the mean moves over a day, and at the weekend, in standard deviations. */
  readonly daily: number;
  readonly phase: number;
  readonly weekly: number;
  /** What every window does besides: standard deviation of its mean. */
  readonly wobble: number;
  readonly missing: number;
}

/** What goes wrong with a feature; sizes in standard deviations or shares. */
export interface Injection {
  readonly shift?: number;
  readonly spread?: number;
  /** Share of the values that are ten times as large. */
  readonly tail?: number;
  readonly missing?: number;
  /** Share of the records that bring a category never seen. */
  readonly fresh?: number;
  /** Share that the first category takes from the others. */
  readonly taken?: number;
  /** Factor of the unit. */
  readonly unit?: number;
}

/** How the numbers of a world are made. */
export interface WorldSettings {
  readonly seed: number;
  readonly features: number;
  /** 1 for days, weeks and window-to-window variation as described at `Feature`; 0 for none of them. */
  readonly life: number;
  /** Records of a window in the middle of the day; nights have a quarter. */
  readonly records: number;
}

const HOURS_OF_DAY = 24;
const HOURS_OF_WEEK = 168;
const STEP = 0.2;
/** Bins reach from 5 standard deviations below the mean to 16 above: a unit a thousand times as large still fits. */
const FIRST = -25;
const LAST = 80;
const CATEGORIES = [0.35, 0.2, 0.15, 0.1, 0.08, 0.06, 0.04, 0.02];

/** A fixed set of features for a seed. */
export function makeFeatures({ seed, features, life }: WorldSettings): Feature[] {
  const random = randomFrom(seed);
  return Array.from({ length: features }, (_, at) => ({
    name: `feature ${at}`,
    kind: at % 5 === 4 ? 'category' : 'number',
    sigma: 0.5 + random(),
    daily: life * 0.4 * random(),
    phase: 2 * Math.PI * random(),
    weekly: life * 0.3 * random(),
    wobble: life * 0.06 * random(),
    missing: at % 3 === 0 ? 0.05 * random() : 0,
  }));
}

/** Records of the window that starts at an hour. */
export function recordsAt(hour: number, { records, life }: WorldSettings): number {
  return Math.round(records * (1 - life * 0.375 * (1 + Math.cos((2 * Math.PI * hour) / HOURS_OF_DAY))));
}

/**
 * What the rollups would hold of a feature in the window of an hour.
 * @param own what the whole window does besides its season, in standard deviations of the feature's wobble
 */
export function drawHistogram(
  feature: Feature,
  hour: number,
  records: number,
  random: () => number,
  wrong: Injection = {},
  own: number = normal(random),
): Histogram {
  const weekend = hour % HOURS_OF_WEEK >= 5 * HOURS_OF_DAY ? 1 : 0;
  const season = Math.sin((2 * Math.PI * hour) / HOURS_OF_DAY + feature.phase);
  const mean = feature.daily * season + feature.weekly * weekend + feature.wobble * own;
  const missing = poisson(records * Math.min(1, feature.missing + (wrong.missing ?? 0)), random);
  const present = Math.max(0, records - missing);
  const bins = feature.kind === 'number' ? drawNumbers(feature, mean, present, random, wrong) : [];
  const categories = feature.kind === 'category' ? drawCategories(mean, present, random, wrong) : [];
  const drawn = [...bins, ...categories].reduce((sum, { count }) => sum + count, 0);
  return { count: drawn + missing, missing, bins: Bins.of(bins), categories };
}

function drawNumbers(
  { sigma }: Feature,
  mean: number,
  count: number,
  random: () => number,
  { shift = 0, spread = 1, tail = 0, unit = 1 }: Injection,
): Bin[] {
  const centre = mean + shift + Math.log(unit) / sigma;
  const far = centre + Math.log(10) / sigma;
  const bins: Bin[] = [];
  for (let at = FIRST; at < LAST; at++) {
    const z = (at + 0.5) * STEP;
    const share = (1 - tail) * density((z - centre) / spread) + tail * density((z - far) / spread);
    const drawn = share * STEP < 1e-9 ? 0 : poisson((count * share * STEP) / spread, random);
    if (drawn > 0)
      bins.push({ low: Math.exp(sigma * at * STEP), high: Math.exp(sigma * (at + 1) * STEP), count: drawn });
  }
  return bins;
}

function drawCategories(
  mean: number,
  count: number,
  random: () => number,
  { fresh = 0, taken = 0 }: Injection,
): Category[] {
  const weights = CATEGORIES.map((share, at) => share * Math.exp((at % 2 === 0 ? 0.5 : -0.5) * mean));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const shares = weights.map((weight, at) => (1 - fresh) * ((1 - taken) * (weight / total) + (at === 0 ? taken : 0)));
  const categories = shares.map((share, at) => ({ value: `category ${at}`, count: poisson(count * share, random) }));
  if (fresh > 0) categories.push({ value: 'never seen', count: poisson(count * fresh, random) });
  return categories.filter((category) => category.count > 0);
}

function density(z: number): number {
  return Math.exp(-(z ** 2) / 2) / Math.sqrt(2 * Math.PI);
}

/** A Poisson number: counted below a mean of 30 (Knuth), from there on a rounded normal one. */
function poisson(mean: number, random: () => number): number {
  if (mean <= 0) return 0;
  if (mean >= 30) return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal(random)));
  const limit = Math.exp(-mean);
  let count = 0;
  for (let product = random(); product > limit; product *= random()) count++;
  return count;
}

/** Histograms of several windows as one. */
export function addHistograms(histograms: readonly Histogram[]): Histogram {
  return histograms.reduce(addTwo, { count: 0, missing: 0, bins: Bins.none, categories: [] });
}
