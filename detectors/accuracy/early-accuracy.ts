import { defineDetector } from '../define-detector.ts';
import { microAccuracy } from '../maths/class-scores.ts';
import { sayShare } from '../say.ts';
import { atLeast } from '../settings.ts';
import { cellsNeeded, classSettings, measureClasses } from './class-accuracy.ts';
import { toleratedDrop } from './labels-needed.ts';

/**
 * Share of right answers on the labels that have come so far, each standing for those that are still to come: weighted by
 * 1 / (share of labels that come by this age), from the delays seen in the reference, which are taken for the same whatever the class.
 */
export const earlyAccuracy = defineDetector({
  name: 'early_accuracy',
  title:
    'Share of right answers of a multiclass model on the labels that have come so far, weighted for those still to come',
  kind: 'accuracy',
  subject: 'model',
  needs: 'confusion_forecast',
  values: 'any',
  comparesWithReference: true,
  fails: 'below',
  failsWhen: 'it fell by more than `drop`, and by more than sampling noise reaches with `chance`',
  statistic: 'the early share of right answers',
  say: sayShare,
  settings: {
    drop: toleratedDrop(0.05, 'the share'),
    ...classSettings,
    minimum_count: {
      ...atLeast(200, 'labels'),
      meaning: 'effective number of labels that must have come; with fewer the finding is insufficient',
    },
  },
  requires: cellsNeeded,
  measure: (reference, window, settings) => measureClasses(microAccuracy, reference, window, settings),
});
