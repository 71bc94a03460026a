import { defineDetector } from '../define-detector.ts';
import { recallBounds } from '../maths/accuracy-bounds.ts';
import { recallOf } from '../maths/confusion.ts';
import { sayShare } from '../say.ts';
import { measureAtThreshold } from './at-threshold.ts';
import { accuracySettings, boundDetails, labelsNeeded, toleratedDrop } from './labels-needed.ts';

/** Share of the positives that were flagged, at the model's threshold. Interval: Wilson. */
export const recall = defineDetector({
  name: 'recall',
  title: 'Share of the positives that were flagged, at the threshold of the model, on matured labels',
  kind: 'accuracy',
  subject: 'model',
  needs: 'outcomes',
  values: 'any',
  comparesWithReference: true,
  fails: 'below',
  failsWhen: 'it fell by more than `drop`, and by more than sampling noise reaches with `chance`',
  level: 'share',
  statistic: 'the recall',
  say: sayShare,
  settings: { drop: toleratedDrop(0.1, 'the recall'), ...accuracySettings },
  requires: labelsNeeded,
  measure: (reference, window, settings) =>
    measureAtThreshold(
      {
        of: recallOf,
        rests: 'positive label',
        details: (outcomes, threshold) => boundDetails(outcomes, (all) => recallBounds(all, threshold)),
      },
      reference,
      window,
      settings,
    ),
});
