import { defineDetector } from '../define-detector.ts';
import { precisionBounds } from '../maths/accuracy-bounds.ts';
import { precisionOf } from '../maths/confusion.ts';
import { sayShare } from '../say.ts';
import { measureAtThreshold } from './at-threshold.ts';
import { accuracySettings, boundDetails, labelsNeeded, toleratedDrop } from './labels-needed.ts';

/** Share of the flagged predictions that were positive, at the model's threshold. Interval: Wilson. */
export const precision = defineDetector({
  name: 'precision',
  title: 'Share of the flagged predictions that were positive, at the threshold of the model, on matured labels',
  kind: 'accuracy',
  subject: 'model',
  needs: 'outcomes',
  values: 'any',
  comparesWithReference: true,
  fails: 'below',
  failsWhen: 'it fell by more than `drop`, and by more than sampling noise reaches with `chance`',
  level: 'share',
  statistic: 'the precision',
  say: sayShare,
  settings: { drop: toleratedDrop(0.1, 'the precision'), ...accuracySettings },
  requires: labelsNeeded,
  measure: (reference, window, settings) =>
    measureAtThreshold(
      {
        of: precisionOf,
        rests: 'flagged prediction with a label',
        details: (outcomes, threshold) => boundDetails(outcomes, (all) => precisionBounds(all, threshold)),
      },
      reference,
      window,
      settings,
    ),
});
