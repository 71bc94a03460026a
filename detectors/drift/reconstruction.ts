import { defineDetector, type Unmeasurable } from '../define-detector.ts';
import { matrixOf, overSameColumns, type Matrix } from '../maths/matrix.ts';
import { onceOf } from '../maths/once-of.ts';
import { principalComponents, reconstructionError } from '../maths/principal-components.ts';
import { normalQuantile } from '../maths/special.ts';
import { sayNumber, sayShare } from '../say.ts';
import { atLeast, chance } from '../settings.ts';
import type { Sample } from '../terms.ts';

const FOLDS = 2;
/** The time that components take grows with the third power of the columns. */
const MOST_COLUMNS = 200;

/**
 * Reconstruction error: components are learned from a part of the reference, and the error of the window's rows is held
 * against that of the other part, so that neither was seen. It changes when features no longer go together as they did.
 */
export const reconstruction = defineDetector({
  name: 'reconstruction',
  title: 'By how much worse, or better, principal components of the reference describe the rows of the window',
  kind: 'drift',
  subject: 'rows',
  needs: 'sample',
  values: 'any',
  onRequest: true,
  comparesWithReference: true,
  fails: 'above',
  failsWhen: 'the mean error changed by more than `limit`, and by more than sampling noise reaches with `chance`',
  statistic: 'the change of the reconstruction error',
  say: sayShare,
  settings: {
    limit: { default: 0.1, unit: 'share', meaning: 'largest change that is no drift', range: [0.001, 10] },
    explained: { default: 0.65, unit: 'share', meaning: 'variance that the components explain', range: [0.1, 0.99] },
    minimum_rows: atLeast(200, 'sampled rows'),
    chance: { ...chance, default: 1e-6 },
  },
  requires: ({ rows }, { minimum_rows: need }) => [{ what: 'sampled rows', have: rows, need }],
  measure(reference, window, { limit, explained, chance: rarely }) {
    const errors = errorsOf(window, learningFrom(reference, explained));
    if ('insufficient' in errors) return errors;
    const { one, other, m, n } = errors;
    if (one.mean === 0) return { insufficient: 'the components describe the reference without any error' };
    const error = Math.sqrt(one.variance / m + Math.max(one.variance, other.variance) / n) / one.mean;
    const change = other.mean / one.mean - 1;
    return {
      statistic: Math.abs(change),
      limit: Math.max(limit * (reference.allowance ?? 1), -normalQuantile(rarely / 2) * error),
      seen: `the mean error moved from ${sayNumber(one.mean)} to ${sayNumber(other.mean)}`,
      interval: [Math.max(0, Math.abs(change) - 1.96 * error), Math.abs(change) + 1.96 * error],
      details: { reference: one.mean, window: other.mean },
    };
  },
});

interface Errors {
  readonly one: ReturnType<typeof momentsOf>;
  readonly other: ReturnType<typeof momentsOf>;
  /** Rows of the reference, and of the window. */
  readonly m: number;
  readonly n: number;
}

/** The same for the same reference and share, so that errors are known by it. */
const learningFrom = onceOf((reference: Sample, explained: number) => ({ reference, explained }));

/** The errors of reference and window, worked out once: limits are tried one after the other, and these do not depend on them. */
const errorsOf = onceOf(
  (window: Sample, { reference, explained }: ReturnType<typeof learningFrom>): Errors | Unmeasurable => {
    const [then, now] = [matrixOf(reference), matrixOf(window)];
    if (then === undefined || now === undefined) return { insufficient: 'the sample is not whole' };
    const [before, after] = overSameColumns(then, now);
    const { length } = before.columns;
    if (length > MOST_COLUMNS) return { insufficient: `the rows have ${length} columns, more than ${MOST_COLUMNS}` };
    const usual: number[] = [];
    const found = new Float64Array(after.rows);
    for (let fold = 0; fold < FOLDS; fold++) {
      const learned = take(before, (row) => row % FOLDS !== fold);
      const components = principalComponents(learned.values, learned.rows, learned.columns.length, explained);
      for (let row = fold; row < before.rows; row += FOLDS)
        usual.push(reconstructionError(before.values, row, components));
      for (let row = 0; row < after.rows; row++) {
        found[row] = (found[row] ?? 0) + reconstructionError(after.values, row, components) / FOLDS;
      }
    }
    return { one: momentsOf(usual), other: momentsOf(found), m: before.rows, n: after.rows };
  },
);

function take({ rows, columns, values }: Matrix, wanted: (row: number) => boolean): Matrix {
  const kept = Array.from({ length: rows }, (_, row) => row).filter(wanted);
  const taken = new Float32Array(kept.length * columns.length);
  for (const [at, row] of kept.entries()) {
    taken.set(values.subarray(row * columns.length, (row + 1) * columns.length), at * columns.length);
  }
  return { rows: kept.length, columns, values: taken };
}

function momentsOf(values: ArrayLike<number>): { readonly mean: number; readonly variance: number } {
  let [mean, squares] = [0, 0];
  for (let at = 0; at < values.length; at++) {
    const [value, before] = [values[at] ?? 0, mean];
    mean += (value - mean) / (at + 1);
    squares += (value - before) * (value - mean);
  }
  return { mean, variance: squares / Math.max(1, values.length - 1) };
}
