import type { Setting, Settings } from '../../detectors/detector.ts';
import { Bins } from '../../detectors/maths/bins.ts';
import { binCode, binEdges } from '../../detectors/maths/log-bins.ts';
import type {
  ClassWeights,
  Durations,
  Histogram,
  LabelBin,
  Outcomes,
  Sample,
  ScoredOutcome,
} from '../../detectors/terms.ts';

/** Random numbers that are the same in every run: uniform in [0, 1) (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A standard normal number (Box and Muller). */
export function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

export function times<T>(count: number, make: (at: number) => T): T[] {
  return Array.from({ length: count }, (_, at) => make(at));
}

/** Numbers in log-linear bins, as the store gives them. */
export function binsOf(numbers: readonly number[]): Bins {
  const counts = new Map<number, number>();
  for (const number of numbers) counts.set(binCode(number), (counts.get(binCode(number)) ?? 0) + 1);
  const bins = [...counts].map(([code, count]) => {
    const [low, high] = binEdges(code);
    return { low, high, count };
  });
  return Bins.of(bins.sort((one, other) => one.low - other.low));
}

/** Labels of a regression as the store gives them; each counts by its weight. */
export function labelBinsOf(labels: readonly number[], weightOf: (label: number) => number = () => 1): LabelBin[] {
  const bins = new Map<number, LabelBin>();
  for (const label of labels) {
    const [low, high] = binEdges(binCode(label));
    const [known, weight] = [bins.get(low), weightOf(label)];
    bins.set(low, { low, high, weight: (known?.weight ?? 0) + weight, squares: (known?.squares ?? 0) + weight ** 2 });
  }
  return [...bins.values()].sort((one, other) => one.low - other.low);
}

/** Raw values as bins of one value each. */
export function pointsOf(values: readonly number[]): Bins {
  const ascending = values.toSorted((one, other) => one - other);
  return Bins.of(ascending.map((value) => ({ low: value, high: value, count: 1 })));
}

/** A feature's histogram out of its values as they were sent; `null` is missing. */
export function histogramOf(values: readonly (number | string | null)[]): Histogram {
  const texts = new Map<string, number>();
  for (const value of values) if (typeof value === 'string') texts.set(value, (texts.get(value) ?? 0) + 1);
  return {
    count: values.length,
    missing: values.filter((value) => value === null).length,
    bins: binsOf(values.filter((value) => typeof value === 'number')),
    categories: [...texts].map(([value, count]) => ({ value, count })),
  };
}

export function durationsOf(milliseconds: readonly number[]): Durations {
  return { count: milliseconds.length, errors: 0, bins: binsOf(milliseconds) };
}

/** Matured labels out of scores and what turned out, each prediction by itself. */
export function outcomesOf(scored: readonly { readonly score: number; readonly positive: boolean }[]): Outcomes {
  const byScore = new Map<number, { positives: number; negatives: number }>();
  for (const { score, positive } of scored) {
    const group = byScore.get(score) ?? { positives: 0, negatives: 0 };
    group[positive ? 'positives' : 'negatives']++;
    byScore.set(score, group);
  }
  return {
    predictions: scored.length,
    mature: scored.length,
    labelled: scored.length,
    outcomes: [...byScore]
      .map(([score, counts]) => ({ score, ...counts }))
      .sort((one, other) => one.score - other.score),
  };
}

/** Outcomes in ascending score, of predictions that count by their weights; a group may have money at stake. */
export function weightedOutcomes(
  scored: readonly {
    readonly score: number;
    readonly positive: boolean;
    readonly weight: number;
    readonly value?: number;
  }[],
): ScoredOutcome[] {
  const sides = (positive: boolean, weight: number): ClassWeights => ({
    positives: positive ? weight : 0,
    negatives: positive ? 0 : weight,
    positiveSquares: positive ? weight ** 2 : 0,
    negativeSquares: positive ? 0 : weight ** 2,
  });
  const byScore = new Map<number, ScoredOutcome>();
  for (const { score, positive, weight, value } of scored) {
    const one: ScoredOutcome = {
      score,
      positives: positive ? 1 : 0,
      negatives: positive ? 0 : 1,
      weights: sides(positive, weight),
      ...(value !== undefined && { value: sides(positive, weight * value) }),
    };
    const known = byScore.get(score);
    byScore.set(score, known === undefined ? one : sumOf(known, one));
  }
  return [...byScore.values()].sort((one, other) => one.score - other.score);
}

function sumOf(one: ScoredOutcome, other: ScoredOutcome): ScoredOutcome {
  const add = (first: ClassWeights, second: ClassWeights): ClassWeights => ({
    positives: first.positives + second.positives,
    negatives: first.negatives + second.negatives,
    positiveSquares: first.positiveSquares + second.positiveSquares,
    negativeSquares: first.negativeSquares + second.negativeSquares,
  });
  return {
    score: one.score,
    positives: one.positives + other.positives,
    negatives: one.negatives + other.negatives,
    weights: add(one.weights!, other.weights!),
    ...(one.value && other.value && { value: add(one.value, other.value) }),
  };
}

/** A sample of rows, or of vectors, as the store gives it; NaN is missing. */
export function sampleOf(rows: readonly (readonly number[])[], columns?: readonly string[]): Sample {
  return {
    rows: rows.length,
    columns: columns ?? (rows[0] ?? []).map((_, at) => String(at)),
    matrix: Buffer.from(Float32Array.from(rows.flat()).buffer).toString('base64'),
  };
}

/** What a detector is judged with when nothing is configured. */
export function defaultsOf<Declared extends Record<string, Setting>>(detector: {
  readonly settings: Declared;
}): Settings<Declared>;
export function defaultsOf({ settings }: { readonly settings: Record<string, Setting> }): Record<string, number> {
  return Object.fromEntries(Object.entries(settings).map(([name, setting]) => [name, setting.default]));
}
