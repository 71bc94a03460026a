import { defineDetector } from '../define-detector.ts';
import { f1Bounds } from '../maths/accuracy-bounds.ts';
import { f1Of } from '../maths/confusion.ts';
import { sayNumber } from '../say.ts';
import { measureAtThreshold } from './at-threshold.ts';
import { accuracySettings, boundDetails, labelsNeeded, toleratedDrop } from './labels-needed.ts';

/** Harmonic mean of precision and recall at the model's threshold. Interval: delta method. */
export const f1 = defineDetector({
  name: 'f1',
  title: 'Harmonic mean of precision and recall, at the threshold of the model, on matured labels',
  kind: 'accuracy',
  subject: 'model',
  needs: 'outcomes',
  values: 'any',
  comparesWithReference: true,
  fails: 'below',
  failsWhen: 'it fell by more than `drop`, and by more than sampling noise reaches with `chance`',
  level: 'share',
  statistic: 'the F1 score',
  say: sayNumber,
  settings: { drop: toleratedDrop(0.1, 'the F1 score'), ...accuracySettings },
  requires: labelsNeeded,
  measure: (reference, window, settings) =>
    measureAtThreshold(
      {
        of: f1Of,
        rests: 'positive label and no flagged prediction with a label',
        details: (outcomes, threshold) => boundDetails(outcomes, (all) => f1Bounds(all, threshold)),
      },
      reference,
      window,
      settings,
    ),
});
