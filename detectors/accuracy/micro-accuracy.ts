import { defineDetector } from '../define-detector.ts';
import { accuracyOfClassesBounds } from '../maths/class-bounds.ts';
import { microAccuracy as accuracyOf } from '../maths/class-scores.ts';
import { sayShare } from '../say.ts';
import { cellsNeeded, classSettings, measureClasses } from './class-accuracy.ts';
import { toleratedDrop } from './labels-needed.ts';

/** Share of a multiclass model's predictions that named the right class: micro precision, recall and F1 at once. */
export const microAccuracy = defineDetector({
  name: 'micro_accuracy',
  title: 'Share of the predictions of a multiclass model that named the right class, on matured labels',
  kind: 'accuracy',
  subject: 'model',
  needs: 'confusions',
  values: 'any',
  comparesWithReference: true,
  fails: 'below',
  failsWhen: 'it fell by more than `drop`, and by more than sampling noise reaches with `chance`',
  level: 'share',
  statistic: 'the share of right answers',
  say: sayShare,
  settings: { drop: toleratedDrop(0.05, 'the share'), ...classSettings },
  requires: cellsNeeded,
  measure: (reference, window, settings) =>
    measureClasses(accuracyOf, reference, window, settings, accuracyOfClassesBounds),
});
