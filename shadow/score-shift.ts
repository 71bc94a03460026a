import type { Impact, ModelInput } from '../detectors/terms.ts';
import { impactFlips } from './impact-flips.ts';
import { columnsOf, inputWidth } from './input-columns.ts';
import { withRankedColumns } from './ranked-columns.ts';
import { seededDraws, type ColumnRange } from './seeded-draws.ts';
import { scoreAll, type ShiftQuestion } from './shift-question.ts';

/** Standard errors by which two mean scores must differ, so that parts of the difference mean anything. */
const LEAST_ERRORS = 3;
/**
 * What comes of the values of some features: the window is scored again with the columns of one feature taken from the
 * reference, rank for rank, all others left as they are. By what part of the shift the mean score goes back is the feature's
 * share; the decisions that change are its flips. Features that act together are each credited: shares need not add up to 1,
 * and may be negative.
 * @see Breiman 2001 (replacing one feature); by rank, as in quantile matching, so that a feature that has not moved does nothing
 * @returns for each feature its impact; the share is null where the mean score did not shift beyond noise
 */
export async function impactsOnScore(
  question: ShiftQuestion,
  features: readonly string[],
): Promise<ReadonlyMap<string, Impact>> {
  const { inputs, window, reference } = question;
  const ranges = rangesOf(inputs);
  const [before, usual] = [await scoreAll(question, window), await scoreAll(question, reference)];
  const shift = before.mean - usual.mean;
  const isShifted = Math.abs(shift) > LEAST_ERRORS * Math.hypot(before.error, usual.error);
  const found = new Map<string, Impact>();
  for (const feature of features) {
    const columns = ranges.filter((range) => range.feature === feature).map((range) => range.columns);
    const known = { scoreShift: shift, rows: before.count, isInput: columns.length > 0 };
    if (columns.length === 0) {
      found.set(feature, { ...known, share: isShifted ? 0 : null, flips: null });
      continue;
    }
    const random = seededDraws(question.seed);
    const after = await scoreAll(question, withRankedColumns(window, reference, inputWidth(inputs), columns, random));
    const share = isShifted ? (before.mean - after.mean) / shift : null;
    found.set(feature, { ...known, share, flips: await impactFlips(question, columns, before, after, random) });
  }
  return found;
}

function rangesOf(inputs: readonly ModelInput[]): { readonly feature: string; readonly columns: ColumnRange }[] {
  let from = 0;
  return inputs.map((input) => {
    const columns = { from, to: from + columnsOf(input) };
    from = columns.to;
    return { feature: input.feature, columns };
  });
}
