import { defineDetector } from '../define-detector.ts';
import { macroF1 as f1Of, microAccuracy } from '../maths/class-scores.ts';
import { estimateClasses, type EstimatedClasses } from '../maths/estimated-classes.ts';
import { labelledOf } from '../maths/estimated-auc.ts';
import { macroAuc as aucOf } from '../maths/macro-auc.ts';
import { normalQuantile } from '../maths/special.ts';
import { sayNumber } from '../say.ts';
import type { Confusions } from '../terms.ts';
import { cellsNeeded, classDetails, classesSpeakForAll, classSettings } from './class-accuracy.ts';
import { errorInterval, errorOfPromise, promiseDetails, sayPromise } from './promise-details.ts';

/**
 * How wrong the estimate without labels was: the share of right answers that was published of a stretch before its labels came
 * against the one that came true; see `estimate_error`. Macro F1 and macro ROC-AUC, worked out from the predictions with
 * labels, stand beside what came true in the details.
 */
export const estimatedAccuracyError = defineDetector({
  name: 'estimated_accuracy_error',
  title: 'How far the estimated share of right answers lay from the one that came true, on matured labels',
  kind: 'accuracy',
  subject: 'model',
  needs: 'confusions',
  values: 'any',
  comparesWithReference: true,
  fails: 'above',
  failsWhen: 'the two differ by more than `limit`, and by more than sampling noise reaches with `chance`',
  headline: { happened: 'is not as good or bad as was estimated' },
  statistic: 'the error of the estimated share of right answers',
  say: sayNumber,
  settings: {
    limit: { default: 0.05, unit: 'share', meaning: 'largest error that is tolerated', range: [0.001, 1] },
    ...classSettings,
  },
  requires: cellsNeeded,
  measure(reference, window, { limit, chance }) {
    const { promised } = window;
    const ofLabelled = estimateClasses(reference, window, labelledOf);
    const estimated = expectedOf(reference, window, ofLabelled);
    const realised = microAccuracy(window.cells);
    const learned = microAccuracy(reference.cells).standardError;
    const ofEstimate = Math.max(learned, promised === undefined ? 0 : errorOfPromise(promised));
    const error = Math.hypot(realised.standardError, ofEstimate);
    const difference = Math.abs(estimated - realised.value);
    return {
      statistic: difference,
      limit: Math.max(limit, -normalQuantile(chance / 2) * error),
      interval: errorInterval(difference, error),
      seen: `${sayPromise(estimated, promised, 'the probabilities')} and ${sayNumber(realised.value)} came true`,
      details: {
        estimated,
        realised: realised.value,
        ...promiseDetails(promised),
        ...othersOf(ofLabelled, window),
        ...classDetails(window),
      },
    };
  },
});

/** The share that was to be expected of the predictions that have a label. */
function expectedOf(reference: Confusions, window: Confusions, ofLabelled: EstimatedClasses): number {
  const { promised } = window;
  if (promised === undefined) return ofLabelled.accuracy.value;
  if (classesSpeakForAll(window)) return promised.value;
  return promised.value + ofLabelled.accuracy.value - estimateClasses(reference, window).accuracy.value;
}

function othersOf({ macroF1, macroAuc }: EstimatedClasses, { cells, classes }: Confusions): Record<string, number> {
  const realised = aucOf(classes);
  const all = {
    estimated_macro_f1: macroF1.value,
    realised_macro_f1: f1Of(cells).value,
    estimated_macro_roc_auc: macroAuc?.value ?? NaN,
    realised_macro_roc_auc: realised?.value ?? NaN,
  };
  return Object.fromEntries(Object.entries(all).filter(([, number]) => Number.isFinite(number)));
}
