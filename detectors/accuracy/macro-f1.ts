import { defineDetector } from '../define-detector.ts';
import { macroF1Bounds } from '../maths/class-bounds.ts';
import { classScores, macroF1 as f1Of } from '../maths/class-scores.ts';
import { sayNumber } from '../say.ts';
import { cellsNeeded, classSettings, measureClasses } from './class-accuracy.ts';
import { toleratedDrop } from './labels-needed.ts';

/** Mean F1 score of the classes of a multiclass model, each counting the same however rare. Interval: delta method. */
export const macroF1 = defineDetector({
  name: 'macro_f1',
  title: 'Mean F1 score of the classes of a multiclass model, on matured labels',
  kind: 'accuracy',
  subject: 'model',
  needs: 'confusions',
  values: 'any',
  comparesWithReference: true,
  fails: 'below',
  failsWhen: 'it fell by more than `drop`, and by more than sampling noise reaches with `chance`',
  level: 'share',
  statistic: 'the macro F1 score',
  say: sayNumber,
  settings: { drop: toleratedDrop(0.05, 'the macro F1 score'), ...classSettings },
  requires: cellsNeeded,
  measure(reference, window, settings) {
    const measured = measureClasses(f1Of, reference, window, settings, macroF1Bounds);
    const then = new Map(classScores(reference.cells).map(({ name, f1 }) => [name, f1]));
    const worst = classScores(window.cells)
      .map((score) => ({ ...score, fall: (then.get(score.name) ?? 0) - score.f1 }))
      .toSorted((one, other) => other.fall - one.fall)[0];
    if (worst === undefined || worst.fall <= 0) return measured;
    return {
      ...measured,
      seen: `${measured.seen}; "${worst.name}" fell most, to ${sayNumber(worst.f1)}`,
      details: { ...measured.details, worst_class: worst.name, worst_f1: worst.f1 },
    };
  },
});
