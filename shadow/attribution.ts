import type { Attribution, ModelInput } from '../detectors/terms.ts';
import { columnsOf, inputWidth } from './input-columns.ts';
import { seededDraws, withDrawnColumns } from './seeded-draws.ts';

/** Rows that differ, rows of the reference to draw from, and how the model that scores them is asked. */
export interface AttributionQuestion {
  readonly inputs: readonly ModelInput[];
  /** Row-major; rows whose difference is to be explained. */
  readonly window: Float32Array;
  /** Row-major; rows that stand for what is usual. */
  readonly reference: Float32Array;
  /** What the score of each row of the window is compared with, such as that of the control. */
  readonly compared: Float64Array;
  /** Scores at and above which a row is declined: for `compared`, and for the model. */
  readonly thresholds: { readonly compared: number; readonly model: number };
  /** Rows of the reference that each row is tried with. */
  readonly draws: number;
  readonly seed: number;
  /** @returns one score a row, NaN where there is none */
  score(matrix: Float32Array, rows: number): Promise<Float32Array>;
}

/**
 * Which features a difference goes with: each row is scored again with the columns of one feature taken from rows of the
 * reference, all others left as they are. A flip goes with a feature when the decision becomes that of the other side;
 * the score shift of a feature is how far the score moves towards the other one, on average. Features that act together
 * are each credited: shares need not add up to 1.
 * @see Breiman 2001 (permutation importance); marginal replacement as in Janzing et al. 2020
 * @returns most flips first, then the largest shift
 */
export async function attribute(question: AttributionQuestion): Promise<Attribution[]> {
  const { inputs, window, compared } = question;
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
      ...(await replaced(question, { from, to, width, rows, before, compared, stream: at })),
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
  readonly compared: Float64Array;
  readonly stream: number;
}

async function replaced(
  { window, reference, thresholds, draws, seed, score }: AttributionQuestion,
  { from, to, width, rows, before, compared, stream }: Replacement,
): Promise<{ flips: number; shift: number }> {
  const random = seededDraws(seed + stream);
  let [undone, flips, moved, scored] = [0, 0, 0, 0];
  for (let draw = 0; draw < draws; draw++) {
    const changed = withDrawnColumns(window, reference, width, [{ from, to }], random);
    const after = await score(changed, rows);
    for (let row = 0; row < rows; row++) {
      const [was, is, other] = [before[row] ?? Number.NaN, after[row] ?? Number.NaN, compared[row] ?? Number.NaN];
      if (!Number.isFinite(was) || !Number.isFinite(is) || !Number.isFinite(other)) continue;
      scored++;
      moved += (was - is) * Math.sign(was - other);
      const declined = other >= thresholds.compared;
      if (was >= thresholds.model === declined) continue;
      flips++;
      if (is >= thresholds.model === declined) undone++;
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
