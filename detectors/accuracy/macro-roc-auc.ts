import { defineDetector } from '../define-detector.ts';
import { macroAuc } from '../maths/macro-auc.ts';
import { normalQuantile } from '../maths/special.ts';
import { sayNumber } from '../say.ts';
import { cellsNeeded, classDetails, classSettings } from './class-accuracy.ts';
import { toleratedDrop } from './labels-needed.ts';

/** Mean over the classes of the ROC-AUC of one against the rest; classes with fewer than ten of either side are left out. */
export const macroRocAuc = defineDetector({
  name: 'macro_roc_auc',
  title: 'Mean over the classes of a multiclass model of the ROC-AUC of one against the rest, on matured labels',
  kind: 'accuracy',
  subject: 'model',
  needs: 'confusions',
  values: 'any',
  comparesWithReference: true,
  fails: 'below',
  failsWhen: 'it fell by more than `drop`, and by more than sampling noise reaches with `chance` (DeLong)',
  level: 'share',
  statistic: 'the macro ROC-AUC',
  say: sayNumber,
  settings: { drop: toleratedDrop(0.05, 'the macro ROC-AUC'), ...classSettings },
  requires: cellsNeeded,
  measure(reference, window, { drop, chance }) {
    const [before, after] = [macroAuc(reference.classes), macroAuc(window.classes)];
    if (before === undefined || after === undefined) return { insufficient: 'no class has ten labels of either side' };
    const noise = -normalQuantile(chance) * Math.hypot(before.standardError, after.standardError);
    const half = normalQuantile(0.975) * after.standardError;
    return {
      statistic: after.value,
      limit: before.value - Math.max(drop, noise),
      seen: `it was ${sayNumber(before.value)} in the reference`,
      interval: [Math.max(0, after.value - half), Math.min(1, after.value + half)],
      details: { reference: before.value, classes: after.classes, ...classDetails(window) },
    };
  },
});
