import { defineDetector } from '../define-detector.ts';
import { wholeDrift } from '../maths/category-shift.ts';
import { labelsByClass } from '../maths/class-scores.ts';
import { sayNumber } from '../say.ts';
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
    const shift = wholeDrift(labelsByClass(reference.cells), labelsByClass(window.cells), chance);
    return {
      statistic: shift.distance,
      limit: Math.max(limit, shift.noise),
      interval: shift.interval,
      seen: shift.seen,
      details: classDetails(window),
    };
  },
});
