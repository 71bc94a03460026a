import { defineDetector } from '../define-detector.ts';
import { highestShare, wilsonInterval } from '../maths/binomial.ts';
import { labelsByClass } from '../maths/class-scores.ts';
import { totalOf } from '../maths/quantile.ts';
import { sayShare } from '../say.ts';
import { cellsNeeded, classDetails, classSettings } from './class-accuracy.ts';

/**
 * Share of the reference's matured labels that said the class which none of the window says, the most frequent of such. The shift of
 * all classes together hardly sees a small one that is gone. Interval: Wilson's, of the share in the reference.
 */
export const vanishedClass = defineDetector({
  name: 'vanished_class',
  title:
    'Share, in the reference, of the most frequent class that no matured label of a multiclass model says any more',
  kind: 'accuracy',
  subject: 'model',
  needs: 'confusions',
  values: 'any',
  comparesWithReference: true,
  fails: 'above',
  failsWhen:
    'the share is above `limit`, and above that of a class that as many labels leave out by chance with `chance`',
  headline: { about: 'the labels', happened: 'lack a class' },
  statistic: 'the share of the class that is gone',
  say: sayShare,
  settings: {
    limit: {
      default: 0.01,
      unit: 'share',
      meaning: 'largest share of the reference whose class may be gone',
      range: [0.0001, 1],
    },
    ...classSettings,
  },
  requires: cellsNeeded,
  measure(reference, window, { limit, chance }) {
    const [before, after] = [labelsByClass(reference.cells), labelsByClass(window.cells)];
    const [then, now] = [totalOf(before), totalOf(after)];
    const said = new Set(after.map(({ value }) => value));
    const gone = before.filter(({ value }) => !said.has(value)).toSorted((one, other) => other.count - one.count)[0];
    // Half of the chance is for that none of the labels says a class of this share, half for that the reference shows more of it.
    const part = chance / 2 / before.length;
    const leftOut = -Math.expm1(Math.log(part) / now);
    const count = gone?.count ?? 0;
    return {
      statistic: count / then,
      limit: Math.max(limit, highestShare(leftOut, then, part)),
      interval: wilsonInterval(count, then),
      seen:
        gone === undefined
          ? `labels say all ${before.length} classes of the reference`
          : `no label says ${JSON.stringify(gone.value)}, as ${sayShare(count / then)} did in the reference`,
      details: { ...classDetails(window), ...(gone && { gone_class: gone.value }) },
    };
  },
});
