import type { Category, ConfusionCell } from '../terms.ts';
import { effectiveSize } from './class-weights.ts';
import type { Mean } from './probability-score.ts';

/** How well one class is told from the others. */
export interface ClassScore {
  readonly name: string;
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  /** Labelled predictions of the class, weighted. */
  readonly weight: number;
}

/** Effective number of labelled predictions. */
export function effectiveCells(cells: readonly ConfusionCell[]): number {
  return effectiveSize(sumOf(cells, 'weight'), sumOf(cells, 'weightSquares'));
}

/** Effective numbers of labels by class: shares are weighted as the predictions are, and their noise is that of so many records. */
export function labelsByClass(cells: readonly ConfusionCell[]): Category[] {
  const scale = effectiveCells(cells) / sumOf(cells, 'weight');
  const counts = new Map<string, number>();
  for (const cell of cells) counts.set(cell.actual, (counts.get(cell.actual) ?? 0) + cell.weight);
  return [...counts].map(([value, count]) => ({ value, count: count * scale }));
}

/** Share of predictions that named the right class: accuracy, which is micro precision, recall and F1 at once. */
export function microAccuracy(cells: readonly ConfusionCell[]): Mean {
  const total = sumOf(cells, 'weight');
  const value = sumOf(cells.filter(isRight), 'weight') / total;
  const right = sumOf(cells.filter(isRight), 'weightSquares');
  const all = sumOf(cells, 'weightSquares');
  const variance = (right * (1 - value) ** 2 + (all - right) * value ** 2) / total ** 2;
  return { value, standardError: Math.sqrt(variance) };
}

/** Precision, recall and F1 of every class that was named or came true; 0 where it was never named, as scikit-learn. */
export function classScores(cells: readonly ConfusionCell[]): ClassScore[] {
  const names = [...new Set(cells.flatMap(({ predicted, actual }) => [predicted, actual]))].sort();
  return names.map((name) => {
    const hit = sumOf(
      cells.filter((cell) => isRight(cell) && cell.actual === name),
      'weight',
    );
    const named = sumOf(
      cells.filter(({ predicted }) => predicted === name),
      'weight',
    );
    const weight = sumOf(
      cells.filter(({ actual }) => actual === name),
      'weight',
    );
    return {
      name,
      precision: named === 0 ? 0 : hit / named,
      recall: weight === 0 ? 0 : hit / weight,
      f1: hit === 0 ? 0 : (2 * hit) / (named + weight),
      weight,
    };
  });
}

/** Mean F1 of the classes, each counting the same; the standard error by the delta method on the cells. */
export function macroF1(cells: readonly ConfusionCell[]): Mean {
  const scores = classScores(cells);
  const value = scores.reduce((sum, { f1 }) => sum + f1, 0) / scores.length;
  const byName = new Map(scores.map((score) => [score.name, { f1: score.f1, whole: wholeOf(cells, score.name) }]));
  let variance = 0;
  for (const cell of cells) {
    const { predicted, actual, weightSquares } = cell;
    // d F1 / d cell: (2 - 2 F1) / (named + came true) on the diagonal, - F1 / (...) for both classes off it.
    const slope = isRight(cell)
      ? slopeOf(byName.get(actual), 2)
      : slopeOf(byName.get(predicted), 0) + slopeOf(byName.get(actual), 0);
    variance += (slope / scores.length) ** 2 * weightSquares;
  }
  return { value, standardError: Math.sqrt(variance) };
}

function slopeOf(score: { f1: number; whole: number } | undefined, gain: 0 | 2): number {
  if (score === undefined || score.whole === 0) return 0;
  return gain === 2 ? (2 - 2 * score.f1) / score.whole : -score.f1 / score.whole;
}

/** Predictions that named the class and those of which it came true. */
function wholeOf(cells: readonly ConfusionCell[], name: string): number {
  return cells.reduce(
    (sum, { predicted, actual, weight }) => sum + (predicted === name ? weight : 0) + (actual === name ? weight : 0),
    0,
  );
}

function isRight({ predicted, actual }: ConfusionCell): boolean {
  return predicted === actual;
}

function sumOf(cells: readonly ConfusionCell[], what: 'weight' | 'weightSquares'): number {
  return cells.reduce((sum, cell) => sum + cell[what], 0);
}
