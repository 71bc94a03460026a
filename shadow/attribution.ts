import type { Attribution, ModelInput } from '../detectors/terms.ts';
import { alignClasses, classDistance, decidedClass } from './class-columns.ts';
import { columnsOf, inputWidth } from './input-columns.ts';
import { seededDraws, withDrawnColumns } from './seeded-draws.ts';

/** Rows that differ, rows of the reference to draw from, and how the model that scores them is asked. */
export interface DrawQuestion {
  readonly inputs: readonly ModelInput[];
  /** Row-major; rows whose difference is to be explained. */
  readonly window: Float32Array;
  /** Row-major; rows that stand for what is usual. */
  readonly reference: Float32Array;
  /** Rows of the reference that each row is tried with. */
  readonly draws: number;
  readonly seed: number;
  /** @returns one score a row, or one a class, row-major; NaN where there is none */
  score(matrix: Float32Array, rows: number): Promise<Float32Array>;
}

/** The same for a model with one score. */
export interface AttributionQuestion extends DrawQuestion {
  /** What the score of each row of the window is compared with, such as that of the control. */
  readonly compared: Float64Array;
  /** Scores at and above which a row is declined: for `compared`, and for the model. */
  readonly thresholds: { readonly compared: number; readonly model: number };
}

/** The same for a model that tells classes apart. */
export interface ClassAttributionQuestion extends DrawQuestion {
  /** Row-major: what the probabilities of each row of the window are compared with. */
  readonly compared: Float64Array;
  /** Columns of `compared`, and those of the model. */
  readonly names: readonly string[];
  readonly classes: readonly string[];
}

/** How scores of a row are held against those of the other side; they are as many a row as the model gives. */
interface Held {
  /** Whether there are scores of both sides. */
  isKnown(scores: Float32Array, row: number): boolean;
  /** Whether both sides decide the same. */
  agrees(scores: Float32Array, row: number): boolean;
  /** How far the second scores are nearer to the other side than the first. */
  moved(before: Float32Array, after: Float32Array, row: number): number;
}

/**
 * Which features a difference goes with: each row is scored again with the columns of one feature taken from rows of the
 * reference, all others left as they are. A flip goes with a feature when the decision becomes that of the other side;
 * the score shift of a feature is how far the score moves towards the other one, on average. Features that act together
 * are each credited: shares need not add up to 1.
 * @see Breiman 2001 (permutation importance); marginal replacement as in Janzing et al. 2020
 * @returns most flips first, then the largest shift
 */
export function attribute(question: AttributionQuestion): Promise<Attribution[]> {
  const { compared, thresholds } = question;
  const otherOf = (row: number): number => compared[row] ?? Number.NaN;
  return attributeHeld(question, {
    isKnown: (scores, row) => Number.isFinite(scores[row]) && Number.isFinite(otherOf(row)),
    agrees: (scores, row) => (scores[row] ?? 0) >= thresholds.model === otherOf(row) >= thresholds.compared,
    moved: (before, after, row) => {
      const was = before[row] ?? 0;
      return (was - (after[row] ?? 0)) * Math.sign(was - otherOf(row));
    },
  });
}

/**
 * The same for classes: a flip goes with a feature when the most probable class becomes that of the other side; the shift is
 * how much nearer the probabilities come to it, in total variation distance.
 */
export function attributeClasses(question: ClassAttributionQuestion): Promise<Attribution[]> {
  const { compared, names, classes } = question;
  const columns = names.length;
  const aligned = new WeakMap<Float32Array, Float64Array>();
  const align = (scores: Float32Array): Float64Array => {
    const known = aligned.get(scores) ?? alignClasses(scores, classes, names);
    aligned.set(scores, known);
    return known;
  };
  const decided = (scores: Float64Array, row: number): number => decidedClass(scores, row, columns);
  return attributeHeld(question, {
    isKnown: (scores, row) => decided(align(scores), row) >= 0 && decided(compared, row) >= 0,
    agrees: (scores, row) => decided(align(scores), row) === decided(compared, row),
    moved: (before, after, row) =>
      classDistance(align(before), compared, row, columns) - classDistance(align(after), compared, row, columns),
  });
}

async function attributeHeld(question: DrawQuestion, held: Held): Promise<Attribution[]> {
  const { inputs, window } = question;
  const width = inputWidth(inputs);
  const rows = width === 0 ? 0 : window.length / width;
  if (rows === 0 || question.reference.length === 0) return [];
  const before = await question.score(window.slice(), rows);
  const found: Attribution[] = [];
  let from = 0;
  for (const [at, input] of inputs.entries()) {
    const to = from + columnsOf(input);
    found.push({
      feature: input.feature,
      ...(await replaced(question, held, { from, to, width, rows, before, stream: at })),
    });
    from = to;
  }
  return byFeature(found).sort((a, b) => b.flips - a.flips || Math.abs(b.shift) - Math.abs(a.shift));
}

interface Replacement {
  readonly from: number;
  readonly to: number;
  readonly width: number;
  readonly rows: number;
  readonly before: Float32Array;
  readonly stream: number;
}

async function replaced(
  { window, reference, draws, seed, score }: DrawQuestion,
  held: Held,
  { from, to, width, rows, before, stream }: Replacement,
): Promise<{ flips: number; shift: number }> {
  const random = seededDraws(seed + stream);
  let [undone, flips, moved, scored] = [0, 0, 0, 0];
  for (let draw = 0; draw < draws; draw++) {
    const changed = withDrawnColumns(window, reference, width, [{ from, to }], random);
    const after = await score(changed, rows);
    for (let row = 0; row < rows; row++) {
      if (!held.isKnown(before, row) || !held.isKnown(after, row)) continue;
      scored++;
      moved += held.moved(before, after, row);
      if (held.agrees(before, row)) continue;
      flips++;
      if (held.agrees(after, row)) undone++;
    }
  }
  return { flips: flips === 0 ? 0 : undone / flips, shift: scored === 0 ? 0 : moved / scored };
}

/** A feature that feeds several inputs is named once, with the larger effect. */
function byFeature(found: readonly Attribution[]): Attribution[] {
  const largest = new Map<string, Attribution>();
  for (const one of found) {
    const known = largest.get(one.feature);
    const isLarger = (than: Attribution): boolean =>
      one.flips > than.flips || (one.flips === than.flips && Math.abs(one.shift) > Math.abs(than.shift));
    if (known === undefined || isLarger(known)) largest.set(one.feature, one);
  }
  return [...largest.values()];
}
