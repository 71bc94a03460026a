import type { Measurement, Requirement } from '../define-detector.ts';
import type { Bounds } from '../maths/accuracy-bounds.ts';
import { effectiveCells } from '../maths/class-scores.ts';
import type { Mean } from '../maths/probability-score.ts';
import { sayNumber } from '../say.ts';
import { atLeast, chance } from '../settings.ts';
import type { ConfusionCell, Confusions } from '../terms.ts';
import { speakForAll } from './labels-needed.ts';
import { noiseOfMean } from './noisy-mean.ts';
import { normalQuantile } from '../maths/special.ts';

/** Settings of every detector of a multiclass model's accuracy. */
export const classSettings = {
  minimum_count: atLeast(200, 'matured labels'),
  chance: { ...chance, default: 1e-6 },
} as const;

export function cellsNeeded(
  { cells }: Confusions,
  { minimum_count: need }: { readonly minimum_count: number },
): readonly Requirement[] {
  return [{ what: 'matured labels', have: effectiveCells(cells), need }];
}

/** A share (or a mean of shares) that falls, against the reference's. Interval: normal, cut at 0 and 1. */
export function measureClasses(
  shareOf: (cells: readonly ConfusionCell[]) => Mean,
  reference: Confusions,
  window: Confusions,
  { drop, chance: rarely }: { readonly drop: number; readonly chance: number },
  boundsOf?: (window: Confusions) => Bounds,
): Measurement {
  const before = { ...shareOf(reference.cells), size: effectiveCells(reference.cells) };
  const after = shareOf(window.cells);
  const half = normalQuantile(0.975) * after.standardError;
  return {
    statistic: after.value,
    limit: before.value - Math.max(drop, noiseOfMean(before, effectiveCells(window.cells), rarely)),
    seen: `it was ${sayNumber(before.value)} in the reference`,
    interval: [Math.max(0, after.value - half), Math.min(1, after.value + half)],
    details: {
      reference: before.value,
      ...classDetails(window),
      ...(boundsOf && classBoundDetails(window, boundsOf)),
    },
  };
}

export function classDetails({ cells, mature, labelled }: Confusions): Record<string, number> {
  return {
    labels: cells.reduce((sum, { count }) => sum + count, 0),
    ...(mature > 0 && { labelled_share: labelled / mature }),
  };
}

/** The bounds of a figure, where labels are missing and no propensity says for what the others stand. */
function classBoundDetails(window: Confusions, boundsOf: (window: Confusions) => Bounds): Record<string, number> {
  const isWeighted = window.cells.some(({ count, weight }) => weight !== count);
  if (isWeighted || !(window.mature > window.labelled)) return {};
  const [worst, best] = boundsOf(window);
  return Number.isFinite(worst) && Number.isFinite(best) ? { worst_case: worst, best_case: best } : {};
}

/** Whether the labels speak for all predictions: none is missing, or propensities weigh them for those that are. */
export function classesSpeakForAll({ classes }: Confusions): boolean {
  return speakForAll(classes.flatMap(({ outcomes }) => outcomes));
}
