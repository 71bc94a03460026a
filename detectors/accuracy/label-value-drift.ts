import { defineDetector } from '../define-detector.ts';
import { measureDivergence, noisyIndex } from '../drift/compare-groups.ts';
import { Bins } from '../maths/bins.ts';
import { effectiveSize } from '../maths/class-weights.ts';
import { stabilityIndex } from '../maths/divergence.ts';
import { onceOf } from '../maths/once-of.ts';
import { sayNumber } from '../say.ts';
import type { Histogram, Residuals } from '../terms.ts';
import { errorDetails, regressionSettings } from './regression-error.ts';

/** Population stability index of the matured labels of a regression, grouped by the deciles of the reference's. */
export const labelValueDrift = defineDetector({
  name: 'label_value_drift',
  title: 'How far the matured labels of a regression have moved from the reference (population stability index)',
  kind: 'accuracy',
  subject: 'model',
  needs: 'residuals',
  values: 'any',
  comparesWithReference: true,
  fails: 'above',
  failsWhen:
    'the index (shares below 1e-4 count as 1e-4) is above `limit`, and above what sampling noise reaches with `chance`; to noise an empty group counts as half a record',
  squared: true,
  headline: { about: 'the labels', happened: 'say other things' },
  statistic: 'PSI of the labels',
  say: sayNumber,
  settings: {
    limit: { default: 0.1, unit: 'index', meaning: 'largest index that is no drift', range: [0.001, 100] },
    ...regressionSettings,
  },
  requires: ({ labels = [] }, { minimum_count: need }) => [{ what: 'matured labels', have: sizeOf(labels), need }],
  measure(reference, window, settings) {
    const measured = measureDivergence(histogramOf(reference), histogramOf(window), settings, {
      by: stabilityIndex,
      noise: noisyIndex,
    });
    const { seen, interval, details } = measured.explain?.() ?? measured;
    return {
      statistic: measured.statistic,
      limit: measured.limit,
      seen,
      ...(interval && { interval }),
      details: { ...details, ...errorDetails(window) },
    };
  },
});

type Labels = NonNullable<Residuals['labels']>;

function sizeOf(labels: Labels): number {
  const sum = (what: 'weight' | 'squares'): number => labels.reduce((all, one) => all + one[what], 0);
  return effectiveSize(sum('weight'), sum('squares'));
}

/** Effective numbers of labels by bin: shares are weighted as the predictions are, and their noise is that of so many records. */
const histogramOf = onceOf(({ labels = [] }: Residuals): Histogram => {
  const size = sizeOf(labels);
  const scale = size / labels.reduce((all, { weight }) => all + weight, 0);
  const bins = Bins.of(labels.map(({ low, high, weight }) => ({ low, high, count: weight * scale })));
  return { count: size, missing: 0, bins, categories: [] };
});
