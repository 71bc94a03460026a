import { defineDetector, type Unmeasurable } from '../define-detector.ts';
import { tellApart } from '../maths/boosted-trees.ts';
import { matrixOf, overSameColumns } from '../maths/matrix.ts';
import { logitInterval } from '../maths/logit.ts';
import { onceOf } from '../maths/once-of.ts';
import { rocAuc, type Auc } from '../maths/roc-auc.ts';
import { normalQuantile } from '../maths/special.ts';
import { sayNumber, sayShare } from '../say.ts';
import { atLeast, chance } from '../settings.ts';
import type { Sample, ScoredOutcome } from '../terms.ts';

/**
 * Domain classifier: how well a model of small boosted trees, cross-fitted, tells rows of the window from rows of the
 * reference. It sees what no feature shows by itself, such as two that no longer go together. Its AUC is 0.5 when nothing
 * changed, with up to twice the variance (n + m + 1) / 12nm of one fixed score (Mann and Whitney 1947): each pair of folds
 * counts twice, since the rows of one teach the trees that score the other. The interval is DeLong's, of the trees as fitted.
 */
export const domainClassifier = defineDetector({
  name: 'domain_classifier',
  title: 'How well a classifier tells rows of the window from rows of the reference, over all features together',
  kind: 'drift',
  subject: 'rows',
  needs: 'sample',
  values: 'any',
  onRequest: true,
  comparesWithReference: true,
  fails: 'above',
  failsWhen: 'the AUC is above `limit`, and above what sampling noise reaches with `chance`',
  level: 'share',
  statistic: 'the AUC of telling window from reference',
  say: sayNumber,
  settings: {
    limit: { default: 0.6, unit: 'AUC', meaning: 'largest AUC that is no drift', range: [0.5, 1] },
    minimum_rows: atLeast(200, 'sampled rows'),
    chance: { ...chance, default: 1e-6 },
  },
  requires: ({ rows }, { minimum_rows: need }) => [{ what: 'sampled rows', have: rows, need }],
  measure(reference, window, { limit, chance: rarely }) {
    const told = tell(window, reference);
    if ('insufficient' in told) return told;
    const { columns, importance, n, m } = told;
    const { value, positiveVariance, negativeVariance } = told.auc;
    const noise = 0.5 - normalQuantile(rarely) * Math.sqrt((n + m + 1) / (6 * n * m));
    const most = importance.indexOf(Math.max(...importance));
    return {
      statistic: value,
      limit: Math.max(0.5 + (limit - 0.5) * (reference.allowance ?? 1), noise),
      seen: `${columns[most]} tells them apart most (${sayShare(importance[most] ?? 0)} of it)`,
      interval: logitInterval(value, Math.sqrt(positiveVariance / n + negativeVariance / m)),
      details: Object.fromEntries(strongest(columns, importance)),
    };
  },
});

interface Told {
  readonly columns: readonly string[];
  readonly importance: Float64Array;
  readonly auc: Auc;
  /** Rows of the window, and of the reference. */
  readonly n: number;
  readonly m: number;
}

/** Works out once what does not depend on the settings: the trees take longer than all else, and limits are tried one after the other. */
const tell = onceOf((window: Sample, reference: Sample): Told | Unmeasurable => {
  const [then, now] = [matrixOf(reference), matrixOf(window)];
  if (then === undefined || now === undefined) return { insufficient: 'the sample is not whole' };
  const [before, after] = overSameColumns(then, now);
  const { columns } = before;
  if (columns.length === 0) return { insufficient: 'the rows have no features' };
  const values = new Float32Array((before.rows + after.rows) * columns.length);
  values.set(before.values);
  values.set(after.values, before.values.length);
  const isNow = new Uint8Array(before.rows + after.rows).fill(1, before.rows);
  const { scores, importance } = tellApart(values, columns.length, isNow);
  return { columns, importance, auc: rocAuc(outcomesOf(scores, isNow)), n: after.rows, m: before.rows };
});

/** The five features that tell most, with their shares. */
function strongest(columns: readonly string[], importance: Float64Array): (readonly [string, number])[] {
  return columns
    .map((column, at) => [`share of ${column}`, importance[at] ?? 0] as const)
    .sort(([, one], [, other]) => other - one)
    .slice(0, 5)
    .filter(([, share]) => share > 0);
}

function outcomesOf(scores: Float64Array, isNow: Uint8Array): ScoredOutcome[] {
  const order = [...scores.keys()].sort((one, other) => (scores[one] ?? 0) - (scores[other] ?? 0));
  const outcomes: { score: number; positives: number; negatives: number }[] = [];
  for (const row of order) {
    const score = scores[row] ?? 0;
    let last = outcomes.at(-1);
    if (last?.score !== score) outcomes.push((last = { score, positives: 0, negatives: 0 }));
    if (isNow[row] === 1) last.positives++;
    else last.negatives++;
  }
  return outcomes;
}
