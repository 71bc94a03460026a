import { defineDetector } from '../define-detector.ts';
import { wholeDrift } from '../maths/category-shift.ts';
import { effectiveCells } from '../maths/class-scores.ts';
import { sayNumber } from '../say.ts';
import type { Category, Confusions } from '../terms.ts';
import { cellsNeeded, classDetails, classSettings } from './class-accuracy.ts';

/** Shares of the classes among the matured labels of a multiclass model: total variation distance from the reference's. */
export const classDrift = defineDetector({
  name: 'class_drift',
  title: 'Share of the matured labels of a multiclass model that moved to other classes (total variation distance)',
  kind: 'accuracy',
  subject: 'model',
  needs: 'confusions',
  values: 'any',
  comparesWithReference: true,
  fails: 'above',
  failsWhen: 'the share is above `limit`, and above what sampling noise reaches with `chance`',
  headline: { about: 'the labels', happened: 'say other things' },
  statistic: 'the shift of the classes of labels',
  say: sayNumber,
  settings: {
    limit: { default: 0.1, unit: 'share', meaning: 'largest share that may have moved', range: [0.01, 1] },
    ...classSettings,
  },
  requires: cellsNeeded,
  measure(reference, window, { limit, chance }) {
    const shift = wholeDrift(classesOf(reference), classesOf(window), chance);
    return {
      statistic: shift.distance,
      limit: Math.max(limit, shift.noise),
      interval: shift.interval,
      seen: shift.seen,
      details: classDetails(window),
    };
  },
});

/** Effective numbers of labels by class: shares are weighted as the predictions are, and their noise is that of so many records. */
function classesOf({ cells }: Confusions): Category[] {
  const weight = cells.reduce((sum, cell) => sum + cell.weight, 0);
  const scale = effectiveCells(cells) / weight;
  const counts = new Map<string, number>();
  for (const cell of cells) counts.set(cell.actual, (counts.get(cell.actual) ?? 0) + cell.weight);
  return [...counts].map(([value, count]) => ({ value, count: count * scale }));
}
